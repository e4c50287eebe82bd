"""A month of 3,000 cases through the real services, and a bookkeeping of its own of what must come of it.

The script decides by its own books what happens next and never asks the product; only where a case goes at
opening (its municipality and department) is read from it, since routing is tested elsewhere.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from uuid import UUID

from sqlalchemy import select

from crm_store.database import transaction
from crm_store.domain.region import Region
from crm_store.services.cases import NewCase, open_case
from crm_store.services.compliments import share_compliment
from crm_store.services.delays import note_delays
from crm_store.services.disputes import decide_dispute
from crm_store.services.escalations import sweep_escalations
from crm_store.services.follow_ups import answer_follow_up, close_unanswered
from crm_store.services.incident_sweep import age_incidents
from crm_store.services.incidents import NewIncident, end_incident, open_incident
from crm_store.services.referrals import accept_referral, decline_referral, refer_case, sweep_follow_ups
from crm_store.services.stages import ask_citizen, assign_case, change_category, set_stage, take_answer
from crm_store.tables import FollowUp, Incident, User, new_id
from tests.store.naive_clock import DAY, NaiveClock, first_answer_due, moment
from tests.store.people import writes

CASES = 3000
LADDER = (75, 100, 150, 200)
SWEEPS = (7 * 60, 17 * 60)
CONFIDENTIAL = ("corruption", "staff")
GATHERING = ("water", "electricity", "prepaid", "sanitation", "refuse", "streetlights", "roads")
DISTRICT, LOCALS = "IDM", ("KDM", "MLM", "NLM", "MALM")


def level_of(kind: str, category: str, *, emergency: bool) -> tuple[str, int]:
    """The service levels as DOMAIN.md tells them."""
    if emergency:
        return "hours", 4
    if kind == "complaint":
        days = {"water": 2, "electricity": 2, "sanitation": 2, "streetlights": 5, "roads": 10}
        return ("working_days", days[category]) if category in days else ("calendar_days", 14)
    return {
        "query": ("working_days", 3),
        "dispute": ("calendar_days", 30),
        "compliment": ("working_days", 5),
    }[kind]


@dataclass
class Book:
    """What the script knows of a case. Times are minutes; `moves`: (time, what)."""

    kind: str
    category: str
    place: str | None
    opened: int
    emergency: bool
    person: int | None
    amount: int | None
    clock: NaiveClock
    answer_due: int
    reference: str = ""
    id: UUID | None = None
    municipality: str = ""
    department: str = ""
    outside: bool = False
    confidential: bool = False
    stage: str = "new"
    step: int = 0
    stood_since: int | None = None
    stood_why: str = ""
    done: list[tuple[int, int | None]] = field(default_factory=list)
    answered_first: int | None = None
    moves: list[tuple[int, str]] = field(default_factory=list)
    asked: int | None = None
    fixed: tuple[int, bool] | None = None
    rated: tuple[int, int] | None = None
    holds: list[tuple[int, int | None]] = field(default_factory=list)
    shared: int | None = None
    in_incident: bool = False
    been: list[tuple[str, str]] = field(default_factory=list)
    offered_from: tuple[str, str] | None = None
    bounces: int = 0

    @property
    def open(self) -> bool:
        return self.stage != "done"

    def stand(self, at: int, why: str) -> None:
        self.go(at)
        self.stood_since, self.stood_why = at, why
        if why == "done":
            self.stage = "done"
            self.done.append((at, None))

    def go(self, at: int) -> None:
        """The clock runs on, if it stood."""
        if self.stood_since is not None:
            self.clock.pause(self.stood_since, at)
            if self.stood_why == "done":
                self.done[-1] = (self.done[-1][0], at)
            self.stood_since = None

    def broken(self, now: int) -> int | None:
        limit = now if self.stood_since is None else self.stood_since
        return self.clock.due if self.clock.due < limit else None

    def escalate(self, at: int) -> None:
        self.step += 1
        self.moves.append((at, f"escalated_{self.step}"))


class Month:
    """Runs the script from `first` to `last` (minutes)."""

    def __init__(self, region: Region, first: int, last: int, seed: int = 4) -> None:
        self.region, self.first, self.last = region, first, last
        self.random = random.Random(seed)
        self.books: list[Book] = []
        self.outages: list[tuple[int, str, str, str]] = []
        self._due: list[tuple[int, int, Callable[[int], None]]] = []
        self._order = count()
        self._places = {
            code: [place.name for place in region.places if place.municipality == code] for code in LOCALS
        }
        self._next_place = {category: count() for category in region.categories}

    # --- the stage ----------------------------------------------------------------------------------

    def at(self, when: int, deed: Callable[[int], None]) -> None:
        if when < self.last:
            heapq.heappush(self._due, (when, next(self._order), deed))

    def run(self) -> None:
        with transaction() as session:
            self.session = session
            # They may see what is confidential, so that the script can work on every case.
            for name in ("sipho", "nomsa"):
                session.add(User(id=new_id(), username=name, role="administrator"))
            self.people = [writes(session, address=f"+2783{n:07d}").conversation_id for n in range(150)]
        for _ in range(CASES - 60):
            self.at(self._some_time(), self._open_some)
        self._plan_outage("water", "Sundumbili", "no water since last night", self.first + 24 * DAY + 610)
        self._plan_outage("electricity", "Groutville", "no electricity here", self.first + 33 * DAY + 1120)
        days = range(self.first // DAY, self.last // DAY)
        sweeps = [day * DAY + at for day in days for at in SWEEPS]
        for sweep in [*sweeps, self.last]:
            with transaction() as session:
                self.session = session
                while self._due and self._due[0][0] < sweep:
                    when, _, deed = heapq.heappop(self._due)
                    deed(when)
            self._sweep(sweep)

    def _sweep(self, at: int) -> None:
        now = moment(at)
        sweep_escalations(transaction, self.region, now)
        note_delays(transaction, self.region, now)
        sweep_follow_ups(transaction, self.region, now)
        close_unanswered(transaction, self.region, now)
        with transaction() as session:
            age_incidents(session, self.region, now)
        for book in self.books:
            if book.open and book.stood_since is None:
                while book.step < len(LADDER) and book.clock.reached(LADDER[book.step], at):
                    book.escalate(at)

    # --- what happens -------------------------------------------------------------------------------

    def _some_time(self) -> int:
        day = self.random.randrange(self.first // DAY, self.last // DAY - 5)
        hour = self.random.choice((6, 7, 8, 8, 9, 9, 10, 11, 12, 13, 14, 15, 15, 16, 18, 21, 23))
        return day * DAY + hour * 60 + self.random.randrange(60)

    def _open_some(self, at: int) -> None:
        kind = self.random.choices(("complaint", "query", "dispute", "compliment"), (70, 14, 10, 6))[0]
        category = self.random.choice(list(self.region.categories))
        if kind == "dispute":
            category = self.random.choice(("billing", "meter_reading", "water", "electricity", "refuse"))
        code = self.random.choice(LOCALS)
        place: str | None = self._places[code][self.random.randrange(len(self._places[code]))]
        if category in GATHERING:
            # Round and round, so that no place has so many reports that they gather.
            everywhere = sorted(name for names in self._places.values() for name in names)
            place = everywhere[next(self._next_place[category]) % len(everywhere)]
        elif self.random.random() < 0.1:
            place = None
        emergency = (
            kind == "complaint" and category in ("water", "electricity") and self.random.random() < 0.1
        )
        self._open(at, kind, category, place, emergency=emergency)

    def _open(
        self, at: int, kind: str, category: str, place: str | None, text: str = "It is so", **more: bool
    ) -> Book:
        emergency = more.get("emergency", False)
        person = self.random.randrange(150) if self.random.random() < 0.12 else None
        amount = (
            self.random.randrange(100, 9000) if kind == "dispute" and self.random.random() < 0.7 else None
        )
        level = level_of(kind, category, emergency=emergency)
        book = Book(
            kind, category, place, at, emergency, person, amount,
            NaiveClock(*level, at), first_answer_due(at, emergency=emergency),
        )  # fmt: skip
        new = NewCase(
            case_class=kind,
            category=category,
            description=text,
            place=place,
            conversation_id=None if person is None else self.people[person],
            account_number="41006273" if amount else None,
            disputed_amount=Decimal(amount) if amount else None,
            emergency=emergency,
            channel="web",
        )
        case = open_case(self.session, self.region, new, moment(at))
        book.reference, book.id = case.reference, case.id
        book.municipality, book.department = case.municipality, case.department or ""
        book.been = [(book.municipality, book.department)]
        book.confidential = kind != "compliment" and category in CONFIDENTIAL
        if case.referred_to:
            book.outside, book.stage = True, "referred"
            book.moves.append((at, "referrals_outside"))
        if amount:
            book.holds.append((at, None))
        self.books.append(book)
        if kind == "compliment":
            share_compliment(self.session, self.region, case, moment(at))
            book.shared = at
        self._plan(book, at)
        return book

    def _plan(self, book: Book, at: int) -> None:
        length = max(book.clock.due - at, 240)
        chance = self.random.random
        if chance() < 0.7:
            self.at(at + self._wait(length, 0.2), lambda t: self._assign(book, t))
        if chance() < 0.18:
            self.at(at + self._wait(length, 0.6), lambda t: self._refer(book, t))
        if chance() < 0.18:
            self.at(at + self._wait(length, 0.7), lambda t: self._ask(book, t))
        if chance() < 0.06:
            self.at(at + self._wait(length, 1.2), lambda t: self._withdraw(book, t))
        if chance() < 0.05:
            self.at(at + self._wait(length, 0.9), lambda t: self._recategorise(book, t))
        if chance() < 0.86:
            spread = 0.9 if chance() < 0.75 else 2.4
            self.at(at + self._wait(length, spread), lambda t: self._resolve(book, t))

    def _wait(self, length: int, share: float) -> int:
        return self.random.randrange(1, max(2, int(length * share)))

    def _actor(self) -> str:
        return self.random.choice(("agent:sipho", "agent:nomsa"))

    def _worked(self, book: Book, at: int, stage: str) -> None:
        """Staff moved the case."""
        book.go(at)
        book.stage, book.outside = stage, False if stage != "referred" else book.outside
        book.answered_first = at if book.answered_first is None else book.answered_first

    def _assign(self, book: Book, at: int) -> None:
        if book.stage not in ("new", "referred", "reopened"):
            return
        assign_case(self.session, self.region, book.reference, "sipho", "agent:nomsa", moment(at))
        self._worked(book, at, "assigned")
        book.offered_from = None

    def _refer(self, book: Book, at: int) -> None:
        if not book.open or book.stage == "referred" or book.confidential or book.bounces >= 3:
            return
        here = (book.municipality, book.department)
        which = self.random.choice(("within", "across", "outside"))
        more: dict[str, str] = {}
        if which == "outside":
            more["referred_to"] = self.random.choice(("eskom", "kzn_transport"))
        elif which == "within":
            departments = self.region.municipalities[book.municipality].departments
            more["department"] = self.random.choice(sorted(set(departments) - {book.department}))
        else:
            other = self.random.choice([code for code in (DISTRICT, *LOCALS) if code != book.municipality])
            handles = self.region.municipalities[other].handles
            more["municipality"] = other
            more["department"] = handles.get(book.category) or handles["general"]
        refer_case(self.session, self.region, book.reference, "agent:sipho", note="x", now=moment(at), **more)
        self._worked(book, at, "referred")
        book.moves.append((at, f"referrals_{which}"))
        if which == "outside":
            book.outside = True
            return
        book.offered_from = here
        self._goes_to(book, at, (more.get("municipality", book.municipality), more["department"]))
        if self.random.random() < 0.8:
            self.at(at + self.random.randrange(30, 1500), lambda t: self._take_or_decline(book, t))

    def _goes_to(self, book: Book, at: int, there: tuple[str, str]) -> None:
        book.bounces += there in book.been
        book.been.append(there)
        book.municipality, book.department = there
        if book.bounces >= 3:
            book.moves.append((at, "ping_pongs"))

    def _take_or_decline(self, book: Book, at: int) -> None:
        if book.stage != "referred" or book.offered_from is None:
            return
        if self.random.random() < 0.6 or book.bounces >= 3:
            accept_referral(self.session, self.region, book.reference, "agent:nomsa", moment(at), "nomsa")
            self._worked(book, at, "assigned")
            book.moves.append((at, "referrals_accepted"))
        else:
            decline_referral(self.session, self.region, book.reference, "no", "agent:nomsa", moment(at))
            self._worked(book, at, "new")
            book.moves.append((at, "referrals_declined"))
            self._goes_to(book, at, book.offered_from)
            self.at(at + self.random.randrange(30, 900), lambda t: self._refer(book, t))
        book.offered_from = None

    def _ask(self, book: Book, at: int) -> None:
        if not book.open or book.stage == "waiting":
            return
        ask_citizen(self.session, self.region, book.reference, "Which house?", "agent:sipho", moment(at))
        self._worked(book, at, "waiting")
        book.stand(at, "waiting")
        book.offered_from = None
        if self.random.random() < 0.85:
            self.at(at + self.random.randrange(20, 4 * DAY), lambda t: self._answer(book, t))

    def _answer(self, book: Book, at: int) -> None:
        if book.stage != "waiting":
            return
        take_answer(self.session, self.region, book.reference, "Number 7", None, moment(at))
        book.go(at)
        book.stage = "in_progress"

    def _recategorise(self, book: Book, at: int) -> None:
        """Said better: a complaint of water was one of roads, say; nothing gets longer by it."""
        if not book.open or book.kind != "complaint" or book.stage == "waiting" or book.emergency:
            return
        category = self.random.choice(("billing", "housing", "roads", "streetlights", "water", "corruption"))
        if category == book.category:
            return
        change_category(self.session, self.region, book.reference, category, "agent:nomsa", "so", moment(at))
        book.category = category
        handles = self.region.municipalities[book.municipality].handles
        book.department = handles.get(category) or handles["general"]
        book.been.append((book.municipality, book.department))
        book.confidential = book.confidential or category in CONFIDENTIAL
        new = NaiveClock(*level_of(book.kind, category, emergency=False), book.opened, book.clock.pauses)
        if new.due < book.clock.due:
            book.clock = new

    def _withdraw(self, book: Book, at: int) -> None:
        if not book.open:
            return
        set_stage(self.session, self.region, book.reference, "closed", "citizen", "gone", now=moment(at))
        book.stand(at, "done")
        book.moves.append((at, "withdrawn"))
        self._lift(book, at)

    def _resolve(self, book: Book, at: int) -> None:
        if not book.open:
            return
        if book.kind == "dispute":
            outcome = self.random.choice(("upheld", "partly", "rejected"))
            amount = Decimal(50) if outcome == "partly" else None
            decide_dispute(
                self.session,
                self.region,
                book.reference,
                outcome,
                "read again",
                self._actor(),
                moment(at),
                amount,
            )
            book.moves.append((at, outcome))
            self._lift(book, at)
        else:
            set_stage(
                self.session, self.region, book.reference, "resolved", self._actor(), "done", now=moment(at)
            )
        self._resolved(book, at)
        if book.person is not None and book.asked is None and book.kind in ("complaint", "query"):
            self.at(at + 4 * 60, lambda t: self._follow_up(book, t))
        elif self.random.random() < 0.08:
            self.at(at + self.random.randrange(60, 3 * DAY), lambda t: self._reopen(book, t))

    def _resolved(self, book: Book, at: int, by: str = "people") -> None:
        if by == "people":
            self._worked(book, at, "done")
        book.stand(at, "done")
        book.moves.append((at, f"resolved by {by}"))

    def _lift(self, book: Book, at: int) -> None:
        if book.holds and book.holds[-1][1] is None:
            book.holds[-1] = (book.holds[-1][0], at)

    def _reopen(self, book: Book, at: int) -> None:
        if book.open or not book.moves[-1][1].startswith("resolved"):
            return
        set_stage(
            self.session, self.region, book.reference, "reopened", "agent:sipho", "not so", now=moment(at)
        )
        self._reopened(book, at)

    def _reopened(self, book: Book, at: int) -> None:
        book.go(at)
        book.stage = "reopened"
        book.moves.append((at, "reopenings"))
        if book.amount:
            book.holds.append((at, None))
        self.at(at + self._wait(3 * DAY, 1), lambda t: self._resolve(book, t))

    def _follow_up(self, book: Book, at: int) -> None:
        """The question is asked (how and when it is sent is tested elsewhere) and, mostly, answered."""
        if book.open or book.asked is not None:
            return
        conversation = self.people[book.person or 0]
        self.session.add(FollowUp(case_id=book.id, conversation_id=conversation, asked_at=moment(at)))
        self.session.flush()
        book.asked = at
        if self.random.random() < 0.8:
            self.at(at + self.random.randrange(5, DAY), lambda t: self._follow_up_answer(book, t))

    def _follow_up_answer(self, book: Book, at: int) -> None:
        assert book.id is not None
        fixed = self.random.random() < 0.75
        answer_follow_up(self.session, self.region, book.id, None, moment(at), fixed=fixed)
        book.fixed = (at, fixed)
        if not fixed:
            if not book.open:
                self._reopened(book, at)
                if book.step < len(LADDER):
                    book.escalate(at)
        elif self.random.random() < 0.8:
            self.at(at + self.random.randrange(1, 90), lambda t: self._rate(book, t))

    def _rate(self, book: Book, at: int) -> None:
        assert book.id is not None
        rating = self.random.choice((1, 2, 3, 4, 4, 5, 5))
        answer_follow_up(self.session, self.region, book.id, None, moment(at), rating=rating)
        book.rated = (at, rating)

    # --- outages ------------------------------------------------------------------------------------

    def _plan_outage(self, category: str, place: str, text: str, at: int) -> None:
        books: list[Book] = []

        def begins(now: int) -> None:
            new = NewIncident(category=category, trouble="outage", started_at=moment(now), place=place)
            open_incident(self.session, self.region, new, "agent:nomsa", moment(now))
            incident = self.session.scalars(select(Incident).order_by(Incident.number.desc())).first()
            assert incident is not None
            self.outages.append((now, incident.municipality, category, place))
            self.at(now + 20 * 60, lambda t: ends(t, incident.number))

        def reports(now: int) -> None:
            book = self._open(now, "complaint", category, place, text)
            book.in_incident = True
            books.append(book)

        def ends(now: int, number: int) -> None:
            end_incident(self.session, self.region, number, "agent:nomsa", moment(now), resolve="repaired")
            for book in books:
                if book.open:
                    self._resolved(book, now, "system")

        self.at(at, begins)
        for _ in range(30):
            self.at(at + self.random.randrange(1, 180), reports)
