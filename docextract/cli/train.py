"""``docextract train``: a line recognizer of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docextract.cli._console import stderr, tell
from docextract.errors import MissingExtra

if TYPE_CHECKING:
    from docextract.training.crnn.loop import Progress


def train(  # noqa: PLR0917 - typer's options are parameters
    recipe: Annotated[Path, typer.Argument(help="The recipe, such as models/NAME/recipe.yaml.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="The model's folder, models/NAME.")
    ],
    lines: Annotated[
        int | None,
        typer.Option("--lines", min=1, help="How many; the recipe says when absent."),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="Begin with this model's weights."),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that draw.")] = 1,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads that learn.")] = 1,
) -> None:
    """Train a CRNN on drawn lines and write it as a model with its card.

    The state is saved in DIR/checkpoint.pt every ten thousand lines; the same command goes on
    from there. Needs the train extra: `pip install 'docextract[train]'`.

    Example: `docextract train models/crnn-typed/recipe.yaml -o models/crnn-typed`
    """
    try:
        from docextract.training.crnn import export, load_recipe, load_weights, train_network
    except ModuleNotFoundError:
        raise MissingExtra("training", "train") from None
    plan = load_recipe(recipe)
    if lines is not None:
        plan = plan.with_lines(lines)
    weights = None if start is None else load_weights(start / "weights.npz")
    trained = train_network(
        plan, out / "checkpoint.pt", start=weights, workers=workers, threads=threads, tell=_tell
    )
    card = export(trained, out)
    tell(stderr(), f"{card}: trained on {trained.lines:,} drawn lines")


def _tell(progress: Progress) -> None:
    tell(
        stderr(),
        f"{progress.lines:,} of {progress.of:,} lines, loss {progress.loss:.3f}, "
        f"{progress.lines_s:.0f} lines/s",
    )
    if progress.scores:
        read = (f"{kind} {100 * s.exact:.1f}" for kind, s in progress.scores.items())
        tell(stderr(), f"held-out drawn lines, per cent exact: {', '.join(read)}")
