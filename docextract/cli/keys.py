"""``docextract keys``: API keys of the service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from docextract.cli._console import stderr, stdout, table, tell

app = typer.Typer(no_args_is_help=True, help="API keys of `docextract serve`.")

_File = Annotated[Path, typer.Option("--file", metavar="FILE", help="The file of keys.")]
_SCOPES = ["ocr", "extract"]


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Who or what the key is for.")],
    *,
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope", help="ocr, extract, jobs, review, templates or metrics; repeat it."
        ),
    ] = _SCOPES,
    file: _File = Path("keys.json"),
) -> None:
    """Make a key and print its secret, which is kept nowhere: the file has its hash only.

    Example: `docextract keys new accounting --scope extract --file keys.json`
    """
    from docextract.errors import UnknownName
    from docextract.service.keys import Scope, add_key

    known = [str(one) for one in Scope]
    for one in scope:
        if one not in known:
            raise UnknownName("scope", one, known)
    typer.echo(add_key(file, name, [Scope(one) for one in scope]))
    tell(stderr(), f"{file}: has key {name!r} now. A running service knows it when restarted")


@app.command("list")
def list_(*, file: _File = Path("keys.json")) -> None:
    """List the keys of a file with their scopes."""
    from docextract.service.keys import load_keys

    shown = table("key", "scopes")
    for key in load_keys(file).keys:
        shown.add_row(key.name, ", ".join(sorted(key.scopes)))
    stdout().print(shown)


@app.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(help="The key's name.")],
    *,
    file: _File = Path("keys.json"),
) -> None:
    """Remove a key from a file."""
    from docextract.service.keys import revoke_key

    revoke_key(file, name)
    tell(stderr(), f"{file}: key {name!r} is gone. A running service forgets it when restarted")
