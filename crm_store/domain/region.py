"""A region and its municipalities as data: the typed model of a `municipalities/*.yml` file.

Whatever differs from one municipality to the next is a field here and a line in that file, never a
constant in code. `crm_store.domain.region_file.load_region` reads and checks a file.
"""

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from crm_store.domain.registers import name_of, register_code

Language = Literal["en", "zu"]
CaseClass = Literal["complaint", "query", "dispute", "compliment"]
Service = Literal["water", "electricity"]
Kind = Literal["district", "local", "metro"]

Text = Annotated[str, StringConstraints(strict=True, min_length=1, strip_whitespace=True)]
Code = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{2,5}$")]
Identifier = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9_]*$")]
Clock = Annotated[str, StringConstraints(strict=True, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Phone = Annotated[str, StringConstraints(strict=True, pattern=r"^\+?[0-9][0-9 ]{1,16}$")]
TemplateSid = Annotated[str, StringConstraints(strict=True, pattern=r"^HX[0-9a-fA-F]{32}$")]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
DaysOfWeek = Annotated[
    str,
    StringConstraints(
        strict=True, pattern=r"^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$"
    ),
]

# The GSM 03.38 alphabet: a character outside it turns an SMS to UCS-2 and doubles its price (CHANNELS.md).
GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
SMS_LENGTH = 160
# Two SMS are 306 characters; 'Was this helpful?' and its choices take the rest.
ANSWER_LENGTH = 270


class Part(BaseModel):
    """A piece of the file: unknown keys are faults, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Name(Part):
    """What people see, in both languages; `locative` is the isiZulu 'at/to' form (eMnyangweni ...,
    kwa-Eskom).
    """

    en: Text
    zu: Text
    locative: Text | None = None

    def in_language(self, language: str) -> str:
        """The name in `language` ('en' or 'zu')."""
        return self.zu if language == "zu" else self.en


class Contacts(Part):
    phone: Phone | None = None
    tollfree: Phone | None = None
    whatsapp: Phone | None = None
    email: Text | None = None
    website: Text | None = None
    address: Text | None = None


StaffRole = Literal["supervisor", "manager", "municipal_manager"]


class StaffContact(Part):
    """Where somebody of the municipality's own is told that a case needs them."""

    email: Text | None = None
    phone: Annotated[str, StringConstraints(strict=True, pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None


class Department(Part):
    name: Name
    phone: Phone | None = None
    email: Text | None = None
    # Who hears of escalations here; what is left out comes from the municipality's `staff`.
    staff: dict[StaffRole, StaffContact] = {}
    # In which language these contacts are written to; left out: the municipality's. Users choose their own.
    staff_language: Literal["en", "zu"] | None = None


class OfficeHours(Part):
    """One stretch of opening time; a lunch closure is two stretches on the same days."""

    days: DaysOfWeek
    opens: Clock
    closes: Clock

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError(f"opens at {self.opens} but closes at {self.closes}")
        return self


class PayPoint(Part):
    name: Text
    municipality: Code | None = None
    where: Name | None = None


class ServiceLevel(Part):
    """How long, and how it is counted: exactly one of the five durations.

    `hours`: round the clock. `working_day_hours`: all 24 hours of working days. `office_hours`: opening time
    only. `working_days`, `calendar_days`: whole days after the day of opening, to closing time of the last
    one.
    """

    hours: int | None = Field(None, gt=0)
    working_day_hours: int | None = Field(None, gt=0)
    office_hours: int | None = Field(None, gt=0)
    working_days: int | None = Field(None, gt=0)
    calendar_days: int | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _exactly_one_duration(self) -> Self:
        durations = (
            self.hours,
            self.working_day_hours,
            self.office_hours,
            self.working_days,
            self.calendar_days,
        )
        if sum(d is not None for d in durations) != 1:
            raise ValueError(
                "give exactly one of hours, working_day_hours, office_hours, working_days, calendar_days"
            )
        return self


class ServiceLevelRule(ServiceLevel):
    """A level and what it is for; the first rule that fits is taken, a municipality's own rules before the
    region's.
    """

    case_class: CaseClass = Field(alias="class")
    categories: tuple[Identifier, ...] = ()
    emergency: bool = False
    # Only for cases of that priority; left out: for any.
    priority: Literal["high", "normal"] | None = None
    # When a person must have answered first, where it differs from the municipality's or region's.
    first_response: ServiceLevel | None = None

    def fits(self, case_class: str, category: str, priority: str) -> bool:
        """True when this rule speaks of such a case; no categories means all.

        An emergency has the emergency level whatever its class.
        """
        if self.categories and category not in self.categories:
            return False
        if self.emergency or priority == "emergency":
            return self.emergency and priority == "emergency"
        return self.case_class == case_class and self.priority in (None, priority)


ReadingValue = Literal[
    "account_number",
    "municipality",
    "service",
    "meter_number",
    "reading",
    "taken_on",
    "taken_at",
    "state",
    "flags",
    "channel",
    "reading_id",
    "replaces",
    "register",
]


class ExportColumn(Part):
    """A column of the billing system's file: its name there, and which of a reading's values it holds."""

    name: Text
    value: ReadingValue


class BillingExport(Part):
    """The file in which readings go to the billing system; without `columns` all values by their names."""

    format: Literal["csv", "jsonl"] = "csv"
    separator: Literal[",", ";", "\t", "|"] = ","
    header: bool = True
    # As in Python's strftime: "%Y%m%d" is 20261130.
    date_format: Text = "%Y-%m-%d"
    columns: tuple[ExportColumn, ...] = ()


class Municipality(Part):
    name: Name
    kind: Kind
    letters: Code
    demarcation: Text | None = None
    departments: dict[Identifier, Department] = Field(min_length=1)
    handles: dict[Identifier, Identifier]
    office_hours: tuple[OfficeHours, ...] = ()
    service_levels: tuple[ServiceLevelRule, ...] = ()
    first_response: ServiceLevel | None = None
    contacts: Contacts = Contacts()
    staff: dict[StaffRole, StaffContact] = {}
    staff_language: Literal["en", "zu"] = "en"
    # Its own form of the file of readings; else the region's.
    billing_export: BillingExport | None = None


class Place(Part):
    """A place people name. `wide`: the name also stands for the whole municipality, so a narrower one is
    preferred.
    """

    name: Text
    locative: Text
    municipality: Code
    latitude: Latitude
    longitude: Longitude
    ward: int | None = Field(None, gt=0)
    aliases: tuple[Text, ...] = ()
    areas: tuple[Identifier, ...] = ()
    wide: bool = False


class External(Part):
    """A body outside the region's municipalities to which a case is referred on, with the same reference."""

    name: Name
    phone: Phone | None = None
    email: Text | None = None
    website: Text | None = None
    # Working days after which the owner asks there how far it is; left out: the region's.
    follow_up_working_days: int | None = Field(None, gt=0)


class Road(Part):
    """A road that is not the municipality's own: reports of it are referred to its owner."""

    name: Text
    aliases: tuple[Text, ...] = ()
    owner: Identifier


class RoutingRule(Part):
    """The first rule that fits is taken. What it leaves out comes from the place's municipality and its
    `handles`.
    """

    categories: tuple[Identifier, ...] = Field(min_length=1)
    place_in: tuple[Code, ...] = ()
    areas: tuple[Identifier, ...] = ()
    # Fits only what is said of one of `roads`; refers to the owner of that road.
    other_roads: bool = False
    municipality: Code | None = None
    department: Identifier | None = None
    refer_to: Identifier | None = None


class RegionalDesk(Part):
    """Who gets a case when neither category nor place tells."""

    municipality: Code
    department: Identifier


class Category(Part):
    name: Name
    needs_place: bool = False
    dispute_needs: tuple[Literal["account_number", "amount", "reading", "month"], ...] = ()
    # What people call such matters, in either language: finds the category in forms.
    words: tuple[Text, ...] = ()


class EmergencyNumber(Part):
    number: Phone
    who: Name


class EmergencyKind(Part):
    """Whom to ring: by area, else by municipality, else the default."""

    category: Identifier
    default: EmergencyNumber
    municipalities: dict[Code, EmergencyNumber] = {}
    areas: dict[Identifier, EmergencyNumber] = {}


class Emergency(Part):
    national: dict[Literal["any", "ambulance_fire", "police"], EmergencyNumber]
    kinds: dict[Identifier, EmergencyKind]


class Hotline(Part):
    name: Name
    phone: Phone


class AddedHoliday(Part):
    date: dt.date
    name: Text


class Holidays(Part):
    """Public holidays of `country` by the `holidays` package, plus `add`, minus `remove`."""

    country: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{2}$")]
    add: tuple[AddedHoliday, ...] = ()
    remove: tuple[dt.date, ...] = ()


class EscalationStep(Part):
    at_percent: int = Field(gt=0, le=1000)
    to: Literal["owner", "supervisor", "manager", "municipal_manager"]


class GatherRule(Part):
    """When reports of one trouble are an incident: so many people within so many hours, near each other.

    `suggest_at`: a person is asked to confirm it; `open_at`: it opens by itself, if so many are no chance.
    `kilometres`: how far around a pin.
    """

    categories: tuple[Identifier, ...] = Field(min_length=1)
    hours: int = Field(6, gt=0, le=168)
    suggest_at: int = Field(3, ge=2)
    open_at: int = Field(6, ge=2)
    kilometres: float = Field(3.0, gt=0, le=50)

    @model_validator(mode="after")
    def _opens_no_sooner_than_it_suggests(self) -> Self:
        if self.open_at < self.suggest_at:
            raise ValueError(f"opens at {self.open_at} people but suggests at {self.suggest_at}")
        return self


class IncidentRules(Part):
    """How reports gather: the first rule that names the category; a category that none names never does."""

    gather: tuple[GatherRule, ...] = ()
    # How sure it must be that the reports are no chance before an incident opens by itself.
    confidence: float = Field(0.999, gt=0.5, lt=1)
    # A suggestion, or an incident that opened by itself, ends when nobody reported for so long.
    quiet_hours: int = Field(24, gt=0)


class EarlyWarningRules(Part):
    """When reports of a category rise above what is usual in an area."""

    weeks: int = Field(8, ge=4, le=26)
    at_least: int = Field(5, ge=2)
    # The chance of so many in usual times, below which there is a warning.
    chance: float = Field(0.0001, gt=0, lt=0.1)


class Telling(Part):
    """When and how people are written to unasked: decent hours, pauses, and the question after the end."""

    since: Clock = "08:00"
    until: Clock = "20:00"
    # Moves of a case that follow each other this quickly are told as one.
    settle_minutes: int = Field(2, ge=0, le=60)
    # The citizen hears of a delay when this much of the time is used, but not before the last working day.
    delay_at_percent: int = Field(90, ge=50, le=100)
    follow_up_hours: int = Field(4, ge=1, le=12)
    close_after_days: int = Field(5, ge=1, le=30)

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.since >= self.until:
            raise ValueError(f"begins at {self.since} but ends at {self.until}")
        return self


class Chats(Part):
    """How chats with staff are kept moving, and what an SMS costs."""

    # In office hours: nobody has taken the chat for so long.
    unclaimed_minutes: int = Field(15, ge=1, le=480)
    # The person has waited so long for the next word of the agent who took it.
    agent_idle_minutes: int = Field(30, ge=5, le=480)
    # The person has not answered the agent for so long.
    citizen_silent_hours: int = Field(12, ge=1, le=72)
    # An agent whose desk was not seen for so long is away, whatever they said.
    seen_minutes: int = Field(20, ge=2, le=120)
    # Rand a segment, for the count beside what is typed; left out: only segments are shown.
    sms_price: Decimal | None = Field(None, ge=0, le=10)


class Referral(Part):
    """What happens to cases that are handed on."""

    follow_up_working_days: int = Field(5, gt=0)
    # Come back so often to a department that had it before: a supervisor decides where it stays.
    bounces_to_supervisor: int = Field(3, gt=0)


class Confidential(Part):
    """Reports that only the named roles see."""

    categories: tuple[Identifier, ...] = ()
    roles: tuple[Identifier, ...] = Field(("administrator", "municipal_manager"), min_length=1)


class NumberFormat(Part):
    """How an account or meter number looks; `regex` is matched against the whole number, separators
    removed.
    """

    regex: Text
    example: Text

    @model_validator(mode="after")
    def _example_fits(self) -> Self:
        try:
            pattern = re.compile(self.regex)
        except re.error as error:
            raise ValueError(f"regex does not compile: {error}") from None
        if not pattern.fullmatch(self.example):
            raise ValueError(f"the example {self.example!r} does not fit the regex {self.regex!r}")
        return self

    def matches(self, number: str) -> bool:
        """True when the whole of `number` has this form."""
        return re.fullmatch(self.regex, number) is not None


class MeterFormat(NumberFormat):
    services: tuple[Service, ...] = Field(min_length=1)


class ReadingRules(Part):
    """When a meter reading is on time and when its use is plausible, as multiples of the account's
    average.
    """

    days_before: int = Field(2, ge=0, le=15)
    days_after: int = Field(2, ge=0, le=15)
    high_use_factor: float = Field(3.0, gt=1)
    low_use_factor: float = Field(0.1, ge=0, lt=1)
    # Below this much use (kl or kWh) a factor says little: one extra wash day triples a small household's
    # month.
    small_use: int = Field(10, ge=0)
    # Beyond these a reading is taken and waits for a person; `most_accounts_a_phone` in 30 days.
    most_per_phone_a_day: int = Field(20, ge=1)
    most_per_account_a_day: int = Field(6, ge=1)
    most_accounts_a_phone: int = Field(10, ge=1)
    # Use in each month of the year, January first, as a multiple of the average's; a service without: 1.
    season: dict[Service, Annotated[tuple[float, ...], Field(min_length=12, max_length=12)]] = {}


class TariffStep(Part):
    """`price`: rand for each kl or kWh of the month up to `up_to`, without VAT; the last step has no end."""

    up_to: int | None = Field(None, gt=0)
    price: Decimal = Field(ge=0)


class Tariff(Part):
    """What a service costs from a day on, in one municipality or (without one) in all of the region.

    `steps` for ordinary meters; `registers` for those with several: rand for each kl or kWh of the register,
    by its word ('peak', 'off_peak', 'T1' …), without VAT.
    """

    service: Service
    municipality: Code | None = None
    valid_from: dt.date
    vat_percent: Decimal = Field(Decimal(15), ge=0)
    steps: tuple[TariffStep, ...] = ()
    registers: dict[str, Annotated[Decimal, Field(ge=0)]] = Field(default_factory=dict)

    @field_validator("registers")
    @classmethod
    def _names_registers(cls, registers: dict[str, Decimal]) -> dict[str, Decimal]:
        for word in registers:
            register_code(word)
        if len({name_of(word) for word in registers}) < len(registers):
            raise ValueError("two prices for one register")
        return registers

    @model_validator(mode="after")
    def _steps_rise(self) -> Self:
        if not self.steps and not self.registers:
            raise ValueError("needs 'steps', 'registers', or both")
        ends = [step.up_to for step in self.steps[:-1]]
        if self.steps and (
            None in ends
            or ends != sorted(set(ends), key=lambda end: end or 0)
            or self.steps[-1].up_to is not None
        ):
            raise ValueError("the steps must rise, and only the last one has no 'up_to'")
        return self


class NoticeText(Part):
    en: Text
    zu: Text


class Notice(Part):
    """The privacy notice (POPIA s18) of first contact: one GSM-7 segment without links on SMS, longer
    elsewhere.
    """

    sms: NoticeText
    chat: NoticeText
    # On SMS, beside the answer to a reading, where it takes no segment more; the whole notice comes with the
    # first other matter. Without one the whole notice comes with the first reading.
    beside_reading: NoticeText | None = None

    @model_validator(mode="after")
    def _sms_is_one_segment(self) -> Self:
        for language, text in (("en", self.sms.en), ("zu", self.sms.zu)):
            outside = sorted(set(text) - GSM7)
            if outside:
                raise ValueError(f"sms.{language} has characters that are not GSM-7: {' '.join(outside)}")
            if len(text) > SMS_LENGTH:
                raise ValueError(
                    f"sms.{language} is {len(text)} characters, more than one segment ({SMS_LENGTH})"
                )
        return self


class Questions(Part):
    """The ways in which people ask for one answer."""

    en: tuple[Text, ...] = Field(min_length=3, max_length=12)
    zu: tuple[Text, ...] = Field(min_length=3, max_length=12)


class OwnText(Part):
    """A reply in the region's own words; a language without them has those that ship."""

    en: Text | None = None
    zu: Text | None = None

    def in_language(self, language: str) -> str | None:
        """The words in `language` ('en' or 'zu'); None: as they ship."""
        return self.zu if language == "zu" else self.en


class Answer(Part):
    """What is answered, as it stands: GSM-7, no link, short enough for two SMS."""

    en: Text
    zu: Text

    @field_validator("en", "zu")
    @classmethod
    def _fits_the_phone(cls, text: str) -> str:
        outside = sorted(set(text) - GSM7)
        if outside:
            raise ValueError(f"has characters that are not GSM-7: {' '.join(outside)}")
        if len(text) > ANSWER_LENGTH:
            raise ValueError(f"is {len(text)} characters, more than {ANSWER_LENGTH}")
        if re.search(r"https?:|www\.", text):
            raise ValueError("has a link: people on basic phones cannot open it")
        return text

    def in_language(self, language: str) -> str:
        """The answer in `language` ('en' or 'zu')."""
        return self.zu if language == "zu" else self.en


class KnowledgeEntry(Part):
    """One answer and the questions it answers.

    `not_for`: questions that look alike and that the answer does not answer, in either language. `example`:
    the figure is ours until the municipality sets its own.
    """

    id: Identifier
    category: Identifier
    questions: Questions
    not_for: tuple[Text, ...] = ()
    answer: Answer
    example: bool = False


class ApprovedTemplate(Part):
    """The Content SIDs under which WhatsApp approved a text, by language."""

    en: TemplateSid | None = None
    zu: TemplateSid | None = None


class Region(Part):
    """Everything the product knows about the municipalities it serves."""

    code: Identifier
    name: Name
    languages: tuple[Language, ...] = Field(min_length=1)
    timezone: Text
    regional_desk: RegionalDesk
    office_hours: tuple[OfficeHours, ...] = Field(min_length=1)
    holidays: Holidays
    first_response: ServiceLevel
    emergency_first_response: ServiceLevel
    service_levels: tuple[ServiceLevelRule, ...] = Field(min_length=1)
    escalation: tuple[EscalationStep, ...] = Field(min_length=1)
    referral: Referral = Referral()
    confidential: Confidential = Confidential()
    telling: Telling = Telling()
    chats: Chats = Chats()
    categories: dict[Identifier, Category] = Field(min_length=1)
    municipalities: dict[Code, Municipality] = Field(min_length=1)
    externals: dict[Identifier, External] = {}
    areas: dict[Identifier, Name] = {}
    roads: tuple[Road, ...] = ()
    routing: tuple[RoutingRule, ...] = ()
    emergency: Emergency
    corruption_hotline: Hotline
    account_format: NumberFormat
    meter_formats: tuple[MeterFormat, ...] = Field(min_length=1)
    readings: ReadingRules = ReadingRules()
    tariffs: tuple[Tariff, ...] = ()
    incidents: IncidentRules = IncidentRules()
    early_warning: EarlyWarningRules = EarlyWarningRules()
    billing_export: BillingExport = BillingExport()
    notice: Notice
    pay_points: tuple[PayPoint, ...] = ()
    places: tuple[Place, ...] = Field(min_length=1)
    # Words that are a letter or two away from a place and are not one.
    not_places: tuple[Text, ...] = ()
    # What is answered at once. In the file: the path of the file that holds it, from the region's own file.
    knowledge: tuple[KnowledgeEntry, ...] = ()
    # How this region words a reply of the catalogue, by its key; what is not here is as it ships.
    texts: dict[Identifier, OwnText] = {}
    # Approved templates by the name of their text ('notice_resolved'); they go before the setting's.
    whatsapp_templates: dict[Identifier, ApprovedTemplate] = {}
    # Dotted paths of figures that are ours until the municipality has set its own ('*' stands for any key).
    to_confirm: tuple[Text, ...] = ()

    @property
    def letters(self) -> frozenset[str]:
        """The letters with which this region's references begin."""
        return frozenset(m.letters for m in self.municipalities.values())

    def department(self, municipality: str, department: str) -> Department:
        """The department; KeyError when there is none such."""
        return self.municipalities[municipality].departments[department]

    def export_layout(self, municipality: str | None) -> BillingExport:
        """The form of the municipality's file of readings; None: the region's."""
        own = self.municipalities[municipality].billing_export if municipality else None
        return own or self.billing_export

    def knowledge_entry(self, entry_id: str) -> KnowledgeEntry | None:
        """The entry of this id, or None."""
        return next((entry for entry in self.knowledge if entry.id == entry_id), None)

    def place_named(self, name: str) -> Place | None:
        """The place of exactly this name, or None."""
        return next((p for p in self.places if p.name == name), None)
