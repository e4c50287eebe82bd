"""A scripted month: the report says exactly what the script's own bookkeeping says, group by group."""

from collections import Counter, defaultdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from crm_store.database import transaction
from crm_store.reports.calculation import make_report
from crm_store.reports.periods import Period
from tests.store.naive_clock import minute, moment
from tests.store.scripted_month import LADDER, Book, Month

SAST = ZoneInfo("Africa/Johannesburg")
FIRST = minute(datetime(2026, 3, 16, tzinfo=SAST))
LAST = minute(datetime(2026, 5, 6, 12, tzinfo=SAST))


def predicted(book: Book, begins: int, ends: int) -> Counter[str]:
    """What the case adds to each sum of the period, by the script's own books."""
    now: Counter[str] = Counter()
    if book.opened >= ends:
        return now

    def within(at: int | None) -> bool:
        return at is not None and begins <= at < ends

    moves = [(at, what) for at, what in book.moves if within(at)]
    now.update(what for _, what in moves if not what.startswith(("resolved", "withdrawn")))
    steps = sum(what.startswith("escalated_") for _, what in moves)
    now["escalations"], now["escalated"] = steps, int(steps > 0)
    now["referred"] = int(any(what in _REFERRALS for _, what in moves))
    now["reopened"] = int(now["reopenings"] > 0)
    ended = [(at, what) for at, what in moves if what.startswith(("resolved", "withdrawn", "reopenings"))]
    now["resolutions"] = sum(what.startswith("resolved") for _, what in ended)
    broken = book.broken(LAST)
    if ended:
        at, what = ended[-1]
        now["withdrawn"] = int(what == "withdrawn")
        if what.startswith("resolved"):
            late = broken is not None and broken < at
            now.update(["resolved", what.replace(" ", "_"), "resolved_late" if late else "kept"])
    now["broken"] = int(within(broken))
    is_open = not any(a < ends and (b is None or b >= ends) for a, b in book.done)
    now["open_at_end"] = int(is_open)
    now["overdue_at_end"] = int(is_open and broken is not None and broken < ends)
    if within(book.opened):
        now.update(["received", "acknowledged"])
        now["in_incidents"] = int(book.in_incident)
    first, due = book.answered_first, book.answer_due
    if book.kind != "compliment":
        now["response_in_time"] = int(within(first) and first is not None and first <= due)
        finished = any(a <= due and (b is None or b > due) for a, b in book.done)
        now["response_late"] = int(within(due) and (first is None or first > due) and not finished)
    now["asked"] = int(within(book.asked))
    if book.fixed and within(book.fixed[0]):
        now["fixed" if book.fixed[1] else "not_fixed"] = 1
    if book.rated and within(book.rated[0]):
        now["rated"], now["rating_sum"] = 1, book.rated[1]
        now["rated_well"] = int(book.rated[1] >= 4)
    now["holds_placed"] = sum(within(a) for a, _ in book.holds)
    standing = any(a < ends and (b is None or b >= ends) for a, b in book.holds)
    now["held_at_end"] = (book.amount or 0) if standing else 0
    now["praise_shared"] = int(within(book.shared))
    return now


_REFERRALS = ("referrals_within", "referrals_across", "referrals_outside")


def groups(book: Book):
    if book.confidential:
        return [("confidential", (book.category if book.category in ("corruption", "staff") else None,))]
    return [
        ("all", ()),
        ("class", (book.kind,)),
        ("category", (book.category,)),
        ("municipality", (book.municipality,)),
        ("department", (book.municipality, book.department)),
        ("place", (book.municipality, book.place)),
    ]


def expected(month: Month, period: Period, municipality: str | None = None):
    begins, ends = minute(period.begins_at), min(minute(period.ends_at), LAST)
    sums, people = defaultdict(Counter), defaultdict(set)
    for book in month.books:
        if municipality not in (None, book.municipality):
            continue
        found = predicted(book, begins, ends)
        for group in groups(book) if +found else []:
            sums[group].update(found)
            if book.person is not None and found["received"] and group[0] != "confidential":
                people[group].add(book.person)
    for at, code, category, place in month.outages:
        if begins <= at < ends and municipality in (None, code):
            for group in (
                ("all", ()), ("category", (category,)), ("municipality", (code,)), ("place", (code, place)),
            ):  # fmt: skip
                sums[group]["outages"] += 1
    for group, found in people.items():
        sums[group]["people"] = len(found)
    return sums


COMPARED = [
    *("received", "acknowledged", "people", "open_at_end", "overdue_at_end", "kept", "broken"),
    *("resolved", "resolved_late", "resolved_by_people", "resolved_by_system", "resolutions", "withdrawn"),
    *("reopened", "reopenings", "response_in_time", "response_late", "escalated", "escalations"),
    *(f"escalated_{step + 1}" for step in range(len(LADDER))),
    *("referred", *_REFERRALS, "referrals_accepted", "referrals_declined", "ping_pongs"),
    *("asked", "fixed", "not_fixed", "rated", "upheld", "partly", "rejected", "holds_placed"),
    *("held_at_end", "praise_shared", "outages", "in_incidents"),
]


@pytest.fixture
def month(database_url, region):
    month = Month(region, FIRST, LAST)
    month.run()
    return month


def test_the_report_is_what_the_books_say(month, region):
    now = moment(LAST)
    wrong, compared = [], 0
    for kind, day, municipality in (
        ("month", date(2026, 4, 1), None),
        ("month", date(2026, 4, 1), "KDM"),
        ("week", date(2026, 4, 6), None),
        ("week", date(2026, 4, 27), "IDM"),
        ("quarter", date(2026, 5, 1), None),
    ):
        period = Period.containing(kind, day, SAST)
        with transaction() as session:
            report = make_report(session, region, period, now, municipality)
        for which, one in (("value", period), ("before", period.before())):
            books = expected(month, one, municipality)
            rows = {(row.group, row.key): row.figures for row in report.rows}
            assert not [key for key, sums in books.items() if +sums and key not in rows]
            for key, figures in rows.items():
                for name in COMPARED:
                    if key[0] == "confidential" and name == "people":
                        continue
                    told, counted = getattr(figures[name], which), books[key][name]
                    compared += 1
                    if told != counted:
                        wrong.append(f"{one.name} {municipality} {key} {name}: {told}, books {counted}")
                rated = books[key]["rated"]
                mean = round(books[key]["rating_sum"] / rated, 4) if rated else None
                told = figures["rating_mean"]
                if key[0] == "confidential":
                    assert told.value is None  # a mean of few would tell who said what
                elif which == "value" and rated:
                    assert abs(float(told.value) - mean) <= 0.005
    assert not wrong, f"{len(wrong)} of {compared} differ:\n" + "\n".join(wrong[:60])
