"""`python -m phendula` is the `phendula` command."""

from phendula.cli import main

main()
