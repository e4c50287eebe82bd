"""All routes of the API, and its description."""

from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi

from api import readings


def routes() -> APIRouter:
    """Everything under /api/v1."""
    router = APIRouter()
    router.include_router(readings.router)

    @router.get("/api/v1/openapi.json", include_in_schema=False)
    def description() -> dict[str, Any]:
        """The API's description (OpenAPI 3.1), for programs that read such."""
        return get_openapi(
            title="Phendula",
            version="1",
            description="For other systems of the municipality. Keys: `phendula key add`.",
            routes=router.routes,
        )

    return router
