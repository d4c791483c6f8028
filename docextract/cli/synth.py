"""``docextract synth``: drawn lines and pages with true labels."""

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


@app.command()
def pages(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="A new folder for pictures and labels.json.")
    ],
    *,
    template: Annotated[
        str, typer.Option("--template", "-t", metavar="NAME|FILE", help="What to draw pages of.")
    ],
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many pages.")] = 20,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same pages.")] = 1,
    photo: Annotated[
        bool, typer.Option("--photo", help="Photographed on a desk instead of scanned.")
    ] = False,
    hard: Annotated[
        bool, typer.Option("--hard", help="Photographed, with more of all that makes it hard.")
    ] = False,
) -> None:
    """Fill in a template's form with valid invented values, and draw it, with labels.

    The form is the picture that the template's layout names as its reference. All rules of the
    template are met. `docextract eval OUT` reads the pages and counts what is right. Needs the
    synth extra: `pip install 'docextract[synth]'`, and typefaces from Debian packages.

    Examples:

    - `docextract synth pages drawn-forms/ --template invoice -n 50`
    - `docextract synth pages photos/ --template my/form.yaml -n 200 --seed 7 --photo`
    """
    from docextract.synth.pages import HARD_PHOTO, PHOTO, SCAN, PageGenerator, write_pages
    from docextract.template import load_template

    conditions = HARD_PHOTO if hard else PHOTO if photo else SCAN
    generator = PageGenerator(load_template(template), seed, conditions=conditions)
    written = write_pages(generator.pages(count), out, template)
    tell(stderr(), f"{out}: {written} pages and labels.json")
