"""A month of people who send meter readings: who writes what on which day. The same seed, the same month.

The words are those of `tests/readings/messages.txt`, with each person's own account and meter numbers in
them; the dials stood last month where the table has them, so its digits are this month's.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from random import Random

from stdnum import damm

from tests.readings.table import METERS, Row, rows

# Of all messages that bring a reading. Assumed: nobody has counted them yet.
UNKNOWN, DOUBTED, CORRECTED, OPEN = 0.02, 0.04, 0.01, 0.02
#: Of the phones: new ones, and those that billing has on file.
FIRST_CONTACT, ON_FILE = 0.08, 0.7
#: Of a day's messages: from phones that sent their water reading a week before, and now electricity.
AGAIN, WEEK = 0.15, 7
#: Sent outside the days around the read day.
OUTSIDE = 0.06
ISIZULU = 0.6
#: Messages in each hour of the day, from midnight, as shares of a hundred.
HOURS = (0.3, 0.2, 0.1, 0.1, 0.3, 1, 3, 6, 8, 8, 7, 6, 6, 5, 5, 6, 8, 10, 9, 5, 3, 2, 0.7, 0.3)

_ZULU = re.compile(
    r"akh?awunti|mitha|sibalo|manzi|gesi|phuth|okufana|yafana|qanda|ngu-?\d|ireading|iridingi", re.I
)
_TELLS = re.compile(r"([ABC]) ([we]) (\d+)(?: dropped)?")
#: Everybody's accounts; the table's other two have meters of two registers, which few people have.
_TABLE = {"A": "41006273", "B": "41006281", "C": "41006299"}
_METERS = [one for one in METERS if one.account_number in _TABLE.values()]
TABLE_METERS = tuple(one.meter_number for one in _METERS)
_OTHERS = re.compile(r"[D-Z]\b")
#: This month's digits, as the table's plainest rows have them.
_RIGHT = {("A", "w"): "02214", ("B", "w"): "01889", ("B", "e"): "045350", ("C", "e"): "88390"}
_FITTING = {digits.lstrip("0") for digits in _RIGHT.values()}
_AVERAGE = {"water": 20, "electricity": 370}
_SERVICE = {"w": "water", "e": "electricity"}


@dataclass(frozen=True)
class Wording:
    """A row of the table: its words, and the readings that they bring as (letter, service, digits)."""

    row: Row
    brings: tuple[tuple[str, str, str], ...]
    isizulu: bool

    @cached_property
    def letters(self) -> str:
        """The accounts that it is about."""
        named = {brought[0] for brought in self.brings} | set(self.row.own)
        return "".join(sorted(named | {letter for letter in _TABLE if self.names(letter)})) or "A"

    def names(self, letter: str) -> bool:
        """Whether the account, or one of its meters, stands in the words in digits."""
        numbers = (
            _TABLE[letter],
            *(one.meter_number for one in _METERS if one.account_number == _TABLE[letter]),
        )
        return any(_spaced(number).search(self.row.text) for number in numbers)


@dataclass(frozen=True)
class Person:
    """One phone with its accounts. `like`: the person of the first day whose twin it is; else itself."""

    number: int
    like: int | None = None

    @property
    def phone(self) -> str:
        """Its number."""
        return f"+2782{self.number:07d}"

    @cached_property
    def known(self) -> bool:
        """Whether the phone wrote to us before this month."""
        return self.luck("known") >= FIRST_CONTACT

    @cached_property
    def on_file(self) -> bool:
        """Whether billing has the phone."""
        return self.luck("file") < ON_FILE

    def luck(self, what: str) -> float:
        """Between 0 and 1; twins have the same."""
        return Random(f"{what} {self.number if self.like is None else self.like}").random()

    def numbers(self) -> dict[str, str]:
        """Its phone, accounts and meters, by what they stand for."""
        accounts = {letter: self.account(letter) for letter in _TABLE}
        return {"phone": self.phone, **accounts, **{one: self.meter(one) for one in TABLE_METERS}}

    def account(self, letter: str) -> str:
        """Its account in place of the table's; a check digit, so that no slip names somebody else's."""
        first = str(4_000_000 + 3 * self.number + "ABC".index(letter))
        return first + str(damm.calc_check_digit(first))

    def meter(self, table: str) -> str:
        """Its meter in place of the table's: as long, and letters where that has letters."""
        digits = f"{self.number:0{len(table)}d}"
        letters = len(re.match("[A-Z]*", table)[0])  # type: ignore[index]
        head = table[:2] if table.isdigit() else table[: letters - 1] + chr(65 + self.number // 10**6)
        return head + digits[len(head) :]

    def says(self, text: str) -> str:
        """The table's words with this person's numbers."""
        for letter, account in _TABLE.items():
            text = _with_number(text, account, self.account(letter))
        for one in _METERS:
            text = _with_number(text, one.meter_number, self.meter(one.meter_number))
        return text


@dataclass(frozen=True)
class Sending:
    """A message of the day, and what its sender says when asked or afterwards."""

    slot: int
    person: Person
    text: str
    letters: str
    brings: int
    answers: dict[str, str]
    afterwards: str | None = None


class Month:
    """The plan of the month: `sendings(day)`, and the accounts of all who write.

    `past`: so many days at its beginning are as the first, the same words from other people.
    """

    def __init__(self, days: int, per_day: int, seed: int, today: dt.date, past: int = 0) -> None:
        self.days, self.per_day, self.seed, self.today, self.past = days, per_day, seed, today, past
        # Slips that stand in the table are of its accounts; the benchmark makes its own.
        table = [
            _wording(row)
            for row in rows()
            if "41006" not in _without_numbers(row.text) and not _OTHERS.search(f"{row.own} {row.expected}")
        ]
        self._plain = [one for one in table if _is_plain(one)]
        self._open = [one for one in table if one not in self._plain and "correction" not in one.row.expected]
        self._corrections = [one for one in table if "correction" in one.row.expected]
        self._fitting = cache(self._all_fitting)

    def sendings(self, day: int) -> Iterator[Sending]:
        """What people write on the day (0 is the first), in the order of the day."""
        is_twin = day < self.past
        chance = Random(f"{self.seed} {0 if is_twin else day}")
        again = int(self.per_day * AGAIN)
        for slot in range(self.per_day):
            person, only = self._person(day, slot), None
            if slot < again and day >= WEEK and not is_twin:
                person, only = self._person(day - WEEK, again + slot), ("B", "e")
            elif again <= slot < 2 * again:
                only = ("B", "w")
            if is_twin:
                # A slip takes as much luck as the account's digits ask for: the next one must not feel it.
                same = Random()
                same.setstate(chance.getstate())
                yield self._sending(slot, person, only, same)
                self._sending(slot, Person(slot), only, chance)
            else:
                yield self._sending(slot, person, only, chance)

    def _person(self, day: int, slot: int) -> Person:
        return Person(day * self.per_day + slot, slot if day < self.past else None)

    def _sending(self, slot: int, person: Person, only: tuple[str, str] | None, chance: Random) -> Sending:
        luck = chance.random()
        if luck < OPEN and only is None:
            return self._of(slot, person, chance.choice(self._open_for(person)))
        wording = self._choose(person, only, luck < OPEN + UNKNOWN + DOUBTED, chance)
        sending = self._of(slot, person, wording)
        letter, _, digits = wording.brings[0]
        if OPEN <= luck < OPEN + UNKNOWN:
            account = person.account(letter)
            slip = _slip(account, chance)
            return _but(sending, text=sending.text.replace(account, slip))
        if OPEN + UNKNOWN <= luck < OPEN + UNKNOWN + DOUBTED:
            wrong = str(int(digits) + (chance.choice((-100, 700)) if letter != "B" else -1000)).zfill(
                len(digits)
            )
            again = chance.choice((digits, digits, "1"))
            answers = {**sending.answers, "reading_again": again, "reading": digits}
            return _but(sending, text=sending.text.replace(digits, wrong), answers=answers)
        if luck > 1 - CORRECTED and wording.brings == (("A", "w", "02214"),):
            return _but(sending, afterwards=chance.choice(self._corrections).row.text)
        return sending

    def _choose(self, person: Person, only: tuple[str, str] | None, typed: bool, chance: Random) -> Wording:
        """A plain row for the person; `typed`: of one reading, with it and its account in digits."""
        return chance.choice(
            self._fitting(only, person.on_file and person.known, typed, chance.random() < ISIZULU)
        )

    def _all_fitting(
        self, only: tuple[str, str] | None, own: bool, typed: bool, isizulu: bool
    ) -> list[Wording]:
        def fits(one: Wording) -> bool:
            if only is not None and [brought[:2] for brought in one.brings] != [only]:
                return False
            if one.row.own and not own:
                return False
            if typed and not (
                len(one.brings) == 1
                and _TABLE[one.brings[0][0]] in one.row.text
                and one.brings[0][2] in one.row.text
            ):
                return False
            return one.isizulu == isizulu

        return [one for one in self._plain if fits(one)]

    def _open_for(self, person: Person) -> list[Wording]:
        return [one for one in self._open if not one.row.own or (person.on_file and person.known)]

    def _of(self, slot: int, person: Person, wording: Wording) -> Sending:
        letters = wording.letters
        first = wording.brings[0] if wording.brings else (letters[0], "e" if letters[0] == "C" else "w", "")
        yes = "yebo" if wording.isizulu else "yes"
        answers = {
            "account_number": person.account(first[0]),
            "meter_number": person.meter(_meter_of(first[0], first[1])),
            "reading": _RIGHT[first[0], first[1]],
            "own_meter": "1",
            "service": "1" if first[1] == "w" else "2",
            "reading_again": "1",
            "same_reading": yes,
        }
        return Sending(
            slot, person, person.says(wording.row.text), letters, max(1, len(wording.brings)), answers
        )

    def accounts(self, days: range) -> Iterator[str]:
        """The lines of billing's file: the accounts of all who write in these days, last read a month ago.

        Without those that stood in the file of the week before, when the days are not the month's first.
        """
        written: dict[int, str] = {}
        for day in range(max(0, days.start - WEEK), days.stop):
            for sending in self.sendings(day):
                person = sending.person
                new = "".join(one for one in sending.letters if one not in written.get(person.number, ""))
                if new:
                    written[person.number] = written.get(person.number, "") + new
                    if day in days:
                        yield from self._account_lines(person, new)

    def known(self, days: range) -> Iterator[tuple[Person, str]]:
        """Who writes in these days and not before in this month, but wrote before it; with the language."""
        seen = set()
        for day in days:
            for sending in self.sendings(day):
                person = sending.person
                if person.known and person.number >= days.start * self.per_day and person.number not in seen:
                    seen.add(person.number)
                    yield person, "zu" if sending.answers["same_reading"] == "yebo" else "en"

    def _account_lines(self, person: Person, letters: str) -> Iterator[str]:
        chance = Random(f"read day {person.number if person.like is None else person.like}")
        away = chance.choice((-9, -6, 6, 9)) if chance.random() < OUTSIDE else chance.randint(-2, 2)
        read_day = (self.today + dt.timedelta(days=away)).day
        phone = person.phone if person.on_file else ""
        last_on = self.today - dt.timedelta(days=30)
        for letter in letters:
            for one in _METERS:
                if one.account_number == _TABLE[letter]:
                    facts = one.facts
                    meter = person.meter(one.meter_number)
                    yield (
                        f"{person.account(letter)},KDM,{facts.service},{meter},{facts.dials},"
                        f"{facts.last_reading},{last_on},{_AVERAGE[facts.service]},{phone},{read_day}\n"
                    )


def arrivals(count: int, seconds: float) -> list[float]:
    """When the messages of a day come, in seconds from its beginning: more in its busy hours."""
    total, found = sum(HOURS), []
    hour, before = 0, 0.0
    for number in range(count):
        share = (number + 0.5) / count * total
        while before + HOURS[hour] < share:
            before += HOURS[hour]
            hour += 1
        found.append((hour + (share - before) / HOURS[hour]) / 24 * seconds)
    return found


def _wording(row: Row) -> Wording:
    brings = tuple((found[1], found[2], found[3]) for found in _TELLS.finditer(row.expected))
    return Wording(row, brings, bool(_ZULU.search(row.text)))


def _is_plain(one: Wording) -> bool:
    """Every reading has its account, its meter, and digits that fit."""
    items = one.row.expected.split("; ")
    return len(items) == len(one.brings) and all(
        _TELLS.fullmatch(item)
        and digits.lstrip("0") in _FITTING
        and (letter in one.row.own or one.names(letter))
        for item, (letter, _, digits) in zip(items, one.brings, strict=True)
    )


def _meter_of(letter: str, service: str) -> str:
    return next(
        one.meter_number
        for one in METERS
        if (one.account_number, one.facts.service) == (_TABLE[letter], _SERVICE[service])
    )


def _spaced(number: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\d)" + "[ -]?".join(number) + r"(?!\d)", re.I)


def _with_number(text: str, table: str, own: str) -> str:
    """The number in place of the table's, with the spaces that stood in that."""

    def put(found: re.Match[str]) -> str:
        characters = iter(own)
        return "".join(next(characters) if one.isalnum() else one for one in found[0])

    return _spaced(table).sub(put, text)


def _without_numbers(text: str) -> str:
    for account in _TABLE.values():
        text = _spaced(account).sub("", text)
    return text


def _slip(account: str, chance: Random) -> str:
    """Two neighbours changed about, or a digit written for another."""
    places = [place for place in range(len(account) - 1) if account[place] != account[place + 1]]
    place = chance.choice(places)
    if chance.random() < 0.5:
        return account[:place] + account[place + 1] + account[place] + account[place + 2 :]
    other = chance.choice([digit for digit in "0123456789" if digit != account[place]])
    return account[:place] + other + account[place + 1 :]


def _but(sending: Sending, **changes: object) -> Sending:
    return Sending(**{**sending.__dict__, **changes})
