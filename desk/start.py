"""The first page: where to go."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from desk.access import SignedIn, allowed
from desk.pages import page

router = APIRouter(prefix="/desk")


@router.get("/")
def start(request: Request, who: Annotated[SignedIn, Depends(allowed())]) -> HTMLResponse:
    """The pages that this user may open."""
    return page(request, who, "start/start.html")
