"""Readings for the billing system: pull a batch, read it again while in doubt, acknowledge it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from api.access import caller_with
from crm_store.database import transaction
from crm_store.domain.billing_export import in_pieces
from crm_store.plain import plain
from crm_store.queries.readings import batches
from crm_store.region import region
from crm_store.services.api_keys import Caller
from crm_store.services.reading_exports import (
    BatchNotFound,
    Wanted,
    WrongFigures,
    acknowledge_batch,
    batch_of,
    batch_rows,
    make_batch,
)
from crm_store.tables import ReadingBatch

router = APIRouter(prefix="/api/v1/readings", tags=["readings"])

Reader = Annotated[Caller, Depends(caller_with("readings"))]


class Pull(BaseModel):
    """Which readings to hand over; without any field all that were not handed over before."""

    municipality: str | None = Field(None, description="Only this one's, such as KDM.")
    period: str | None = Field(None, pattern=r"^20\d\d-(0[1-9]|1[0-2])$", description="Only of this month.")
    state: Literal["accepted", "flagged"] | None = Field(None, description="Flagged ones are for review.")
    settled: bool = Field(True, description="Only of days that are over: nobody corrects them any more.")


class Acknowledgement(BaseModel):
    """What arrived: it must be what the batch holds."""

    count: int
    sum: int


class Batch(BaseModel):
    """A batch of readings; `readings` is left out of lists."""

    number: int
    municipality: str | None
    created_at: datetime
    count: int
    sum: int
    acknowledged_at: datetime | None
    readings: list[dict[str, Any]] | None = None


@router.post(
    "/batches",
    status_code=201,
    response_model=Batch,
    responses={204: {"description": "There are no readings."}},
)
def pull(caller: Reader, wanted: Pull) -> Response:
    """Hand over what was not handed over before, as a new batch."""
    municipality = _own(caller, wanted.municipality)
    if municipality is not None and municipality not in region().municipalities:
        raise HTTPException(422, f"municipality: there is no {municipality}")
    now = datetime.now(UTC)
    yesterday = (now.astimezone(ZoneInfo(region().timezone)) - timedelta(days=1)).date()
    asked = Wanted(
        municipality=municipality,
        period=wanted.period,
        state=wanted.state,
        days_until=yesterday if wanted.settled else None,
    )
    with transaction() as session:
        batch = make_batch(session, asked, now, actor=f"api:{caller.name}")
        number = batch.number if batch else None
    if number is None:
        return Response(status_code=204)
    return _whole(caller, number, 201)


@router.get("/batches")
def list_batches(caller: Reader, acknowledged: bool | None = None) -> list[Batch]:
    """The newest hundred batches; `acknowledged=false`: those whose receipt is open."""
    with transaction() as session:
        found = batches(session, waiting_only=acknowledged is False, municipality=caller.municipality)
        return [_told(batch) for batch in found if acknowledged is not True or batch.acknowledged_at]


@router.get("/batches/{number}", response_model=Batch)
def read(caller: Reader, number: int) -> Response:
    """A batch again, the same."""
    return _whole(caller, number)


@router.post("/batches/{number}/acknowledge")
def acknowledge(caller: Reader, number: int, arrived: Acknowledgement) -> Batch:
    """The batch is taken over. Again with the same figures changes nothing; others are refused (409)."""
    try:
        with transaction() as session:
            batch = acknowledge_batch(
                session,
                number,
                count=arrived.count,
                sum_of_readings=arrived.sum,
                now=datetime.now(UTC),
                actor=f"api:{caller.name}",
                municipality=caller.municipality,
            )
            return _told(batch)
    except BatchNotFound as error:
        raise HTTPException(404, str(error)) from None
    except WrongFigures as error:
        raise HTTPException(409, str(error)) from None


def _own(caller: Caller, asked: str | None) -> str | None:
    """The municipality that the caller may ask for: its key's own, when it has one."""
    if caller.municipality is None:
        return asked
    if asked not in (None, caller.municipality):
        raise HTTPException(403, f"this key is for {caller.municipality} only")
    return caller.municipality


def _whole(caller: Caller, number: int, status: int = 200) -> Response:
    """The batch with its readings, which are fetched while they are sent: there may be a million."""
    try:
        with transaction() as session:
            batch = _told(batch_of(session, number, caller.municipality))
    except BatchNotFound as error:
        raise HTTPException(404, str(error)) from None

    def told() -> Iterator[str]:
        yield batch.model_dump_json(exclude={"readings"}).removesuffix("}") + ',"readings":['
        with transaction() as session:
            comma = ""
            for row in batch_rows(session, number):
                yield comma + json.dumps(plain(row), ensure_ascii=False)
                comma = ","
        yield "]}"

    return StreamingResponse(in_pieces(told()), status, media_type="application/json")


def _told(batch: ReadingBatch) -> Batch:
    return Batch(
        number=batch.number,
        municipality=batch.municipality,
        created_at=batch.created_at,
        count=batch.count,
        sum=batch.sum,
        acknowledged_at=batch.acknowledged_at,
    )
