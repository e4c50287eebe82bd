"""The web application, put together: webhooks, phone page and health (bot), the API, and the desk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api import web as api
from bot import web
from crm_store.database import forget_engine, sql_engine
from crm_store.logs import configure_logging
from crm_store.settings import settings
from crm_store.threads import limit_threads
from desk import web as desk


def create_app() -> FastAPI:
    """The application that uvicorn serves (`phendula web`). Wrong settings end the start by name."""
    configure_logging("web")
    settings()

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        limit_threads()
        sql_engine()  # the first webhook must not pay for the first connection's set-up
        yield
        forget_engine()

    app = FastAPI(title="Phendula", lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(web.routes())
    app.include_router(api.routes())
    desk.add_to(app)
    return app
