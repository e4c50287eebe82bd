"""Starting the product, all of it or one process, and its periodic work."""

import contextlib
import os
import runpy
import shutil
from datetime import UTC, datetime
from socket import AF_INET, AF_INET6, create_server, socket
from typing import Annotated

import typer

from crm_store.region import region as own_region
from crm_store.settings import Settings, settings
from phendula.commands.refusal import Refusal, read_time
from phendula.places import ROOT


def add_to(app: typer.Typer) -> None:
    """Adds the commands at the top level."""
    app.command("up")(up)
    app.command("web")(web)
    app.command("worker")(worker)
    app.command("actions")(actions)
    app.command("engine")(engine)
    app.command("migrate")(migrate)
    app.command("telegram-poll")(telegram_poll)
    app.command("sweep")(sweep)


def up() -> None:
    """Start everything (database, engine, actions, web, worker) and keep it running. Ctrl-C stops it."""
    from phendula.product import bring_up

    now = settings()
    bring_up(now, say=typer.echo, when_ready=lambda: typer.echo(addresses(now, first_login())))
    typer.echo("Phendula has stopped.")


def first_login() -> tuple[str, str] | None:
    """Username and password of the first administrator, made now when the desk has no user at all."""
    from crm_store.database import forget_engine, transaction
    from crm_store.services.users import first_administrator

    with transaction() as session:
        made = first_administrator(session, datetime.now(UTC))
    forget_engine()
    return made


def addresses(now: Settings, first_login: tuple[str, str] | None = None) -> str:
    """What a person wants to know when everything is up; the first login of the desk is told this once."""
    from phendula.product import reachable

    uv = "uv" if shutil.which("uv") else ".tools/uv/bin/uv"  # the bootstrap's own, where the machine has none
    here = f"http://{reachable(now.host).replace('127.0.0.1', 'localhost')}:{now.port}"
    outside = now.public_url
    lines = ["", f"Phendula is ready ({now.municipalities}).", ""]
    if now.phone_page:
        lines.append(f"  Phone page          {here}/phone   (write as any number; nothing is really sent)")
    lines.append(f"  Desk                {here}/desk/")
    if first_login is not None:
        username, password = first_login
        lines += [
            f"    first login       {username}   {password}",
            "                      (told this once; you choose your own password when you sign in)",
        ]
    if now.secret_key is None and not all(now.sandbox(one) for one in ("sms", "whatsapp", "telegram")):
        lines += [
            "",
            "  Real people are connected, but addresses of files and hashes of ID digits are made with a",
            "  key that everybody knows: set PHENDULA_SECRET_KEY (docs/settings.md).",
            "",
        ]
    lines += [
        f"  Health, readiness   {here}/health   {here}/ready",
        f"  Twilio's webhook    {outside}/webhooks/twilio{sandboxed(now, 'sms', 'whatsapp')}",
        f"  Telegram's webhook  {outside}/webhooks/telegram{sandboxed(now, 'telegram')}",
        "",
        f"  In another terminal:  {uv} run phendula chat    {uv} run phendula case list",
        "  Ctrl-C stops everything.",
        "",
    ]
    return "\n".join(lines)


def sandboxed(now: Settings, *channels: str) -> str:
    """Says which of the channels are in sandbox."""
    names = [channel for channel in channels if now.sandbox(channel)]  # type: ignore[arg-type]
    return f"   ({', '.join(names)}: sandbox, no credentials set)" if names else ""


def web() -> None:
    """Start the web server only (webhooks, phone page, health)."""
    import uvicorn

    from desk.live import hub

    class Server(uvicorn.Server):
        """Lets go of the desk's live pages first: open streams would hold up the end."""

        async def shutdown(self, sockets: list[socket] | None = None) -> None:
            hub.close()
            await super().shutdown(sockets)

    now = settings()
    config = uvicorn.Config(
        "phendula.app:create_app",
        factory=True,
        host=now.host,
        port=now.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    config.load_app()
    with contextlib.suppress(KeyboardInterrupt):
        server = Server(config)
        try:
            server.run(sockets=[_listen(now)])
        except OSError as error:
            where = f"{now.host}:{now.port}"
            raise Refusal(f"PHENDULA_HOST, PHENDULA_PORT: nothing can listen at {where}: {error}") from None
        if not server.started:
            raise typer.Exit(3)


def _listen(now: Settings) -> socket:
    """The socket of the web server; several processes share the address, and the system deals out among them
    who gets a new connection."""
    family = AF_INET6 if ":" in now.host else AF_INET
    shared = now.web_processes > 1
    return create_server((now.host, now.port), family=family, backlog=2048, reuse_port=shared)


def worker(
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Jobs at the same time.")] = 8,
    name: Annotated[str | None, typer.Option(help="How this worker is called in the queue.")] = None,
    queue: Annotated[
        list[str] | None, typer.Option(help="Only these queues: default, training. Else all it can do.")
    ] = None,
) -> None:
    """Start a worker: it takes turns of conversations, delivers replies and does the periodic work.

    Where the engine's environment is set up, it trains and measures models too.
    """
    from bot import tasks
    from crm_store.logs import configure_logging
    from phendula import trainer

    configure_logging("worker")
    queues = queue or (None if trainer.can_train() else ["default"])
    tasks.run_worker(concurrency=concurrency, name=name, queues=queues)


def actions() -> None:
    """Start the action server, which the engine calls."""
    runpy.run_module("actions.server", run_name="__main__")


def engine() -> None:
    """Start the engine (in its own environment) with the trained model."""
    from phendula.product import engine_command, insist_on_engine

    now = settings()
    insist_on_engine(now.models)
    from crm_store.embedded import database_url

    env = {"ACTIONS_URL": now.actions_url, **os.environ, "DATABASE_URL": database_url()}
    command = engine_command(now.engine_port, now.models)
    os.chdir(ROOT)
    os.execve(command[0], command, env)  # noqa: S606


def migrate() -> None:
    """Bring the database's tables up to date."""
    from crm_store.migrations import migrate as bring_up_to_date
    from phendula.visit import visiting_database

    with visiting_database() as url:
        changed = bring_up_to_date(url)
    typer.echo("The tables are up to date now." if changed else "The tables are up to date.")


def telegram_poll() -> None:
    """Fetch Telegram's messages by asking, for a machine without a public address."""
    from bot import telegram_poll as poll
    from crm_store.logs import configure_logging

    if settings().sandbox("telegram"):
        raise Refusal("TELEGRAM_BOT_TOKEN is not set: there is no bot to ask for messages.")
    configure_logging("telegram-poll")
    poll.run()


def sweep(
    now: Annotated[
        str | None, typer.Option("--now", metavar="TIME", help="As if at this time (not in production).")
    ] = None,
) -> None:
    """Do all periodic work once, instead of waiting for its hour."""
    from bot.sweeps import SweepFailedError
    from bot.sweeps import sweep as all_work
    from phendula.visit import visiting_database

    if now is not None and settings().env == "production":
        raise Refusal("--now is for trying things out: it is refused in production.")
    with visiting_database():
        try:
            for name, outcome in all_work(own_region(), read_time(now) if now else datetime.now(UTC)):
                typer.echo(f"{name}: {outcome}")
        except SweepFailedError as error:
            raise Refusal(str(error)) from None
