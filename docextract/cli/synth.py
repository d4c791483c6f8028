"""``docextract synth``: drawn lines with true labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from docextract.cli._console import stderr, tell

app = typer.Typer(no_args_is_help=True, help="Draw pictures whose true values are known.")


@app.callback()
def main() -> None:
    """Draw pictures whose true values are known."""


@app.command()
def lines(
    out: Annotated[
        Path | None, typer.Argument(help="The folder for the pictures and labels.json.")
    ] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many lines.")] = 200,
    kinds: Annotated[
        str | None,
        typer.Option("--kinds", metavar="K,K", help="Field types or other kinds; all when absent."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same lines.")] = 1,
    show: Annotated[
        Path | None,
        typer.Option(
            "--show", metavar="FILE", help="Also put the lines on one picture to look at."
        ),
    ] = None,
) -> None:
    """Draw text lines as scanners and telephones see them, with their texts.

    Needs the synth extra: `pip install 'docextract[synth]'`, and typefaces from Debian packages.

    Example: `docextract synth lines drawn/ -n 500 --kinds amount,date --show look.png`
    """
    from docextract.synth.lines import draw_lines, line_sheet, write_lines

    if out is None and show is None:
        raise typer.BadParameter("Name a folder, or --show FILE", param_hint="OUT")
    mix = None if kinds is None else dict.fromkeys(kinds.split(","), 1.0)
    drawn = draw_lines(count, seed=seed, mix=mix)
    if out is not None:
        write_lines(drawn, out)
        tell(stderr(), f"{out}: {len(drawn)} lines and labels.json")
    if show is not None:
        line_sheet(drawn, show)
        tell(stderr(), f"{show}: {len(drawn)} lines")
