"""``docextract explain``: why a field was read as it was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docextract.cli._console import stderr, stdout, table, tell

if TYPE_CHECKING:
    from docextract.explaining import Explanation, Heard


def explain(
    scan: Annotated[Path, typer.Argument(metavar="SCAN", help="A picture or PDF.")],
    *,
    template: Annotated[
        str, typer.Option("--template", "-t", metavar="NAME|FILE", help="Template to read by.")
    ],
    field: Annotated[
        str, typer.Option("--field", "-f", help="The field, or a cell of a table: lines.3.amount.")
    ],
    page: Annotated[int, typer.Option("--page", min=1, help="The page of a document.")] = 1,
    document: Annotated[
        int, typer.Option("--document", min=1, help="Which one, where a page bears several.")
    ] = 1,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Also write one HTML page, lattice drawn."),
    ] = None,
    crop: Annotated[
        Path | None, typer.Option("--crop", metavar="FILE", help="Also write the crop (PNG).")
    ] = None,
) -> None:
    """Show what a field was read from, what it might have been, and why the winner won.

    Prints the values that were read. Scores are natural logarithms.

    Example: `docextract explain scan.jpg --template invoice --field total --html total.html`
    """
    from docextract.cli._drawings import save_picture
    from docextract.errors import UsageError
    from docextract.explaining import explain as explained
    from docextract.explaining import html_page
    from docextract.pipeline import Extractor

    found = explained(Extractor(template).inspect(scan, field, page=page, document=document))
    _show(found)
    if crop is not None:
        save_picture(crop, found.crop)
        tell(stderr(), f"crop: {crop}")
    if html is not None:
        try:
            html.write_text(html_page(found), encoding="utf-8")
        except OSError as err:
            raise UsageError(f"{html}: cannot be written: {err.strerror}") from None
        tell(stderr(), f"page: {html}")


def _show(found: Explanation) -> None:
    out = stdout()
    reading = found.reading
    tell(out, f"{found.field} = {reading.value}, {found.status}, {reading.confidence:.6g}")
    tell(out, "")
    for number, sentence in enumerate(found.why, 1):
        tell(out, f"{number}. {sentence}")
    tell(out, "")
    candidates = table("text", "value", "log-evidence", *found.scorers, "failed check")
    for one in found.candidates:
        terms = (one.candidate.terms.get(name) for name in found.scorers)
        shares = ("" if term is None else f"{term:.3f}" for term in terms)
        candidates.add_row(
            one.candidate.text, one.value, f"{one.candidate.logp:.3f}", *shares, one.failed
        )
    out.print(candidates)
    for heard in found.heard:
        tell(out, "")
        tell(out, f"{heard.model}: likeliest path {heard.greedy!r}; steps with print:")
        out.print(_steps(heard))
    if found.rules:
        rules = table("rule", "verdict")
        for name, verdict in found.rules.items():
            rules.add_row(name, verdict)
        tell(out, "")
        out.print(rules)


def _steps(heard: Heard) -> object:
    listed = table("step", "at", "likeliest symbols")
    for number, step in enumerate(heard.steps, 1):
        if not step.silent:
            symbols = "  ".join(
                f"{symbol} {probability:.4f}" for symbol, probability in step.symbols
            )
            listed.add_row(str(number), f"{step.middle:.0%}", symbols)
    return listed
