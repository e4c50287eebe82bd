"""Serves the actions to the engine, on loopback: ``python -m actions.server``."""

from __future__ import annotations

import logging
import os

from rasa_sdk.endpoint import create_app_for_serve
from rasa_sdk.executor import ActionExecutor

from crm_store.logs import configure_logging
from crm_store.settings import settings


def main() -> None:
    """Runs until it is told to stop."""
    # rasa-sdk binds every interface unless told otherwise.
    os.environ.setdefault("SANIC_HOST", "127.0.0.1")
    configure_logging("actions")
    logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
    executor = ActionExecutor()
    executor.register_package("actions")
    app = create_app_for_serve(executor)
    # rasa-sdk's own `run` keeps a manager process beside the one that works: 150 MB for nothing.
    app.run(
        host=os.environ["SANIC_HOST"],
        port=settings().actions_port,
        single_process=True,
        motd=False,
        access_log=False,
    )


if __name__ == "__main__":
    main()
