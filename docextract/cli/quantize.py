"""``docextract quantize``: a recognizer in 8-bit integers, if that is worth it on this host."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from docextract.cli._console import stderr, stdout, table, tell
from docextract.errors import MissingExtra


def quantize(
    model: Annotated[str, typer.Argument(help="A model's name, or the path of its card.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="The new model's folder.")
    ],
    lines: Annotated[
        int, typer.Option("--lines", min=50, help="Drawn lines to measure on.")
    ] = 1200,
) -> None:
    """Quantize a recognizer in several ways and write the best, if any is worth it.

    Worth it: faster on this host, and at most 0.2 points fewer drawn lines read right. Needs the
    train extra: `pip install 'docextract[train]'`.

    Example: `docextract quantize crnn-typed -o models/crnn-typed-int8`
    """
    try:
        import onnx  # noqa: F401
    except ModuleNotFoundError:
        raise MissingExtra("quantizing", "train") from None
    from docextract.training.quantize import quantize as try_all

    outcome = try_all(model, out, lines=lines)
    rows = table("variant", "KB", "ms a line", "exact %")
    for v in outcome.variants:
        rows.add_row(v.name, str(v.size_kb), f"{v.ms_line:.2f}", f"{100 * v.exact:.2f}")
    stdout().print(rows)
    if outcome.chosen is None:
        tell(stderr(), "no variant is faster without reading worse: nothing is written")
    else:
        tell(stderr(), f"{out}: the {outcome.chosen.name} variant")
