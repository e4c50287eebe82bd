"""Rendering: `page(request, who, "cases/list.html", …)`, in the language of whoever is signed in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from babel import Locale, dates
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from crm_store.database import transaction
from crm_store.domain.masks import mask_account, mask_phone
from crm_store.domain.segments import segments
from crm_store.region import region
from crm_store.services.desk_sessions import take_flash
from crm_store.texts import LOCAL_TIME, money
from desk.access import SignedIn
from desk.files import file_fault, file_words
from desk.menu import menu_of
from desk.names import NAMES
from desk.refusals import plainly
from desk.staff_names import STAFF_NAMES
from desk.words import _, language, ngettext

HERE = Path(__file__).parent
STATIC = HERE / "static"


def page(
    request: Request, who: SignedIn | None, template: str, status: int = 200, **values: Any
) -> HTMLResponse:
    """The template with the values; it also sees `who`, `path`, `now`, and what `templates()` gives all.

    A template whose name begins with _ is a fragment: it takes no flash.
    """
    fragment = template.rpartition("/")[2].startswith("_")
    flash = None
    if who is not None and who.flash and not fragment:
        flash = who.flash
        with transaction() as session:
            take_flash(session, who.session_id)
    values = {
        "who": who,
        "path": request.url.path,
        "now": datetime.now(UTC),
        "language": language(),
        "flash": flash,
        "menu": menu_of(who, request.url.path) if not fragment else [],
        **values,
    }
    return HTMLResponse(templates().get_template(template).render(values), status)


@cache
def templates() -> Environment:
    """The templates of the desk: `_`, `ngettext`, `csrf_field()`, `static(name)`, `field(…)`, `choose(…)`,
    `attachment(…)` and `kept(…)` of parts.html, and the filters below.
    """
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        _=_,
        ngettext=ngettext,
        csrf_field=csrf_field,
        static=static_path,
        region=region,
        file_words=file_words,
        file_fault=file_fault,
        **NAMES,
        **STAFF_NAMES,
    )
    env.filters.update(
        date=date_in_words,
        time=time_of_day,
        moment=moment,
        iso=iso,
        ago=ago,
        span=span,
        due=due,
        plainly=plainly,
        money=lambda amount: money(str(amount)),
        segments=lambda text: segments(text).count,
        size=size,
        mask_phone=mask_phone,
        mask_account=mask_account,
    )
    parts: Any = env.get_template("parts.html").module
    env.globals.update(field=parts.field, choose=parts.choose, attachment=parts.attachment, kept=parts.kept)
    return env


@pass_context
def csrf_field(context: Context) -> Markup:
    """The hidden field that every form with method=post begins with."""
    who = context.get("who")
    token = who.csrf if who is not None else context.get("csrf", "")
    return Markup('<input type="hidden" name="csrf" value="{}">').format(token)


def size(count: int | None) -> str:
    """Bytes as a clerk reads them: 38 KB, 1.4 MB."""
    if not count:
        return ""
    return f"{max(1, round(count / 1024))} KB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MB"


@cache
def _fingerprint(name: str) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def static_path(name: str) -> str:
    """The address of a file in desk/static; it changes with the file, so that browsers may keep it."""
    return f"/desk/static/{name}?v={_fingerprint(name)}"


# --- filters: times are aware, shown in local time and in the reader's language ---------------------


def _local(at: datetime) -> datetime:
    return at.astimezone(LOCAL_TIME)


def _locale() -> Locale:
    return Locale.parse(language())


def date_in_words(at: datetime | date | None) -> str:
    """'24 Nov 2026'; nothing for none."""
    if at is None:
        return ""
    day = _local(at).date() if isinstance(at, datetime) else at
    return dates.format_date(day, "d MMM yyyy", locale=_locale())


def time_of_day(at: datetime | None) -> str:
    """'14:05'."""
    return _local(at).strftime("%H:%M") if at is not None else ""


def moment(at: datetime | None) -> Markup:
    """'24 Nov, 14:05' (with the year when it is another one), as a <time> element that scripts can read."""
    if at is None:
        return Markup("")
    here = _local(at)
    this_year = here.year == datetime.now(LOCAL_TIME).year
    day = dates.format_date(here.date(), "d MMM" if this_year else "d MMM yyyy", locale=_locale())
    return _time(at, f"{day}, {here.strftime('%H:%M')}")


def iso(at: datetime) -> str:
    """For attributes: '2026-11-24T12:05:00+00:00'."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def ago(at: datetime | None, now: datetime | None = None) -> Markup:
    """'5 min ago', 'ngemizuzu emi-5 edlule'; older than a day: the day and time."""
    if at is None:
        return Markup("")
    passed = (now or datetime.now(UTC)) - at
    if passed >= timedelta(days=1):
        return moment(at)
    return _time(at, in_words(passed) if passed >= timedelta(minutes=1) else _("just now"))


def due(at: datetime | None, now: datetime | None = None) -> Markup:
    """'in 3 h', 'late by 2 h': with a class that colours it; days from 48 hours on."""
    if at is None:
        return Markup("")
    left = at - (now or datetime.now(UTC))
    if left < timedelta(0):
        return Markup('<span class="due late">{}</span>').format(_("late by %(time)s", time=span(-left)))
    kind = "soon" if left < timedelta(hours=8) else "later"
    return Markup('<span class="due {}">{}</span>').format(kind, _("in %(time)s", time=span(left)))


def in_words(passed: timedelta) -> str:
    """'5 min ago'."""
    return _("%(time)s ago", time=span(passed))


def span(length: timedelta) -> str:
    """'5 min', '3 h', '4 days': how long, in one unit."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return _("%(number)s min", number=max(minutes, 1))
    if minutes < 48 * 60:
        return _("%(number)s h", number=minutes // 60)
    return _("%(number)s days", number=minutes // (24 * 60))


def _time(at: datetime, words: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        iso(at), _local(at).strftime("%Y-%m-%d %H:%M"), escape(words)
    )
