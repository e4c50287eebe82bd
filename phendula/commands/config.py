"""`phendula config …`: the files that describe municipalities."""

from pathlib import Path
from typing import Annotated

import typer

from phendula.region import read_region

app = typer.Typer(help="Check the files that describe municipalities.", no_args_is_help=True)


@app.callback()
def config() -> None:
    """Check the files that describe municipalities."""


@app.command("check")
def check(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Such as municipalities/ilembe.yml.")
    ],
) -> None:
    """Check a file: each fault with its line and field (exit code 1), or what the file describes."""
    region = read_region(file)
    names = ", ".join(municipality.name.en for municipality in region.municipalities.values())
    typer.echo(
        f"{file}: good. {len(region.municipalities)} municipalities ({names}), {len(region.places)} places,"
        f" {len(region.knowledge)} questions answered at once."
    )
