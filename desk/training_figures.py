"""How well live messages are understood, week by week, and how far two trainers agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from crm_store.database import transaction
from crm_store.domain.examples import LANGUAGES
from crm_store.domain.training import Share
from crm_store.queries.training_figures import WeekFigures, agreement, class_figures, weekly_figures
from desk.access import SignedIn, allowed
from desk.pages import page
from desk.training_words import choices
from desk.words import _

router = APIRouter(prefix="/desk/training/figures")
Reader = Annotated[SignedIn, Depends(allowed("figures"))]
_WEEKS = 12
#: The chart's size in its own units, and what of it the axis takes.
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 400, 170, 44, 24


@router.get("")
def show(request: Request, who: Reader) -> HTMLResponse:
    """Weeks, classes of the last four weeks, and agreement; messages are shown to trainers only."""
    now = datetime.now(UTC)
    with transaction() as session:
        weeks = weekly_figures(session, now, _WEEKS)
        by_class = class_figures(session, now - timedelta(weeks=4))
        agreed = agreement(session, now - timedelta(weeks=_WEEKS))
    return page(
        request,
        who,
        "training/figures.html",
        weeks=weeks,
        by_class=by_class,
        agreed=agreed,
        columns=("all", *LANGUAGES),
        percent=percent,
        interval=interval,
        chart=chart(weeks),
        size=(_WIDTH, _HEIGHT, _LEFT, _BOTTOM),
        **choices(),
    )


def percent(share: Share) -> str:
    """'92 %', or a dash without messages."""
    return "-" if share.right is None else f"{share.right:.0%}".replace("%", " %")


def interval(share: Share) -> str:
    """'85-96 %': where the share lies with 95 %."""
    if share.low is None or share.high is None:
        return ""
    return _("%(low)s to %(high)s %%", low=round(share.low * 100), high=round(share.high * 100))


def chart(weeks: list[WeekFigures]) -> list[dict[str, float | str]]:
    """The points of the picture, oldest first: where each week's share and its interval stand."""
    step = (_WIDTH - _LEFT) / len(weeks)
    points: list[dict[str, float | str]] = []
    for number, week in enumerate(reversed(weeks)):
        share = week.message_class["all"]
        if share.right is None or share.low is None or share.high is None:
            continue
        points.append(
            {
                "x": round(_LEFT + step * (number + 0.5), 1),
                "y": _at(share.right),
                "low": _at(share.low),
                "high": _at(share.high),
            }
        )
    return points


def _at(share: float) -> float:
    return round((1 - share) * (_HEIGHT - _BOTTOM - 10) + 10, 1)
