"""`phendula nlu decisions`: what the bot would do about messages whose meaning is known."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import httpx
import typer

from crm_store.domain.knowledge import Knowledge
from crm_store.region import region_file
from phendula.commands.classify import AT_ONCE, parse, some_engine
from phendula.commands.refusal import Refusal
from phendula.outcomes import ASKED, KINDS, WRONG_CASE, outcome_of
from phendula.places import ROOT

DEVELOPMENT = ROOT / "nlu_data" / "heldout" / "development.jsonl"


def decisions(
    file: Annotated[
        Path, typer.Argument(help="A JSON line a message: text, language, class, category.")
    ] = DEVELOPMENT,
    show: Annotated[
        bool, typer.Option("--show", help="List what is asked about and what goes wrong.")
    ] = False,
) -> None:
    """Count which messages would be acted on rightly, asked about, or open a wrong case.

    Use --show on the development messages only: a test set that was looked at is none any more.
    """
    try:
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise Refusal(f"{file} cannot be read as JSON lines: {error}") from error
    region = region_file().region()
    knowledge = Knowledge.of(region)
    with (
        some_engine() as url,
        httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        parsed = list(pool.map(lambda row: parse(client, row["text"]), rows))
    outcomes = [outcome_of(region, knowledge, row, said) for row, said in zip(rows, parsed, strict=True)]
    for row, outcome in zip(rows, outcomes, strict=True):
        if show and outcome.kind not in ("right", "answered"):
            typer.echo(f"{outcome.kind:<15} {outcome.detail:<32} {' '.join(row['text'].split())[:110]}")
    languages = sorted({str(row.get("language")) for row in rows})
    typer.echo(f"{'':<62}{'all':>7}" + "".join(f"{language:>7}" for language in languages))
    for title, kinds in (
        *((meaning, (kind,)) for kind, meaning in KINDS.items()),
        ("ASKED in all", ASKED),
        ("A WRONG CASE in all", WRONG_CASE),
    ):
        shares = []
        for language in ("all", *languages):
            chosen = [
                outcome.kind
                for row, outcome in zip(rows, outcomes, strict=True)
                if language in ("all", str(row.get("language")))
            ]
            counted = Counter(chosen)
            shares.append(sum(counted[kind] for kind in kinds) / (len(chosen) or 1))
        typer.echo(f"{title:<62}" + "".join(f"{share:7.1%}" for share in shares))
