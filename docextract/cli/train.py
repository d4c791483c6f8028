"""``docextract train``: a line recognizer of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docextract.cli._console import stderr, stdout, table, tell
from docextract.errors import MissingExtra, UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from docextract.training.crnn import FineTuned, Progress


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
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Fine-tune on labelled lines; needs --from."),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that draw.")] = 1,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads that learn.")] = 1,
) -> None:
    """Train a CRNN on drawn lines and write it as a model with its card.

    The state is saved in DIR/checkpoint.pt every ten thousand lines; the same command goes on
    from there. Needs the train extra: `pip install 'docextract[train]'`.

    With --from and --data, a model is fine-tuned on pictures of lines from your own papers:
    DATA/labels.json is `[{"file": "line.png", "text": "what is printed"}]`, some hundreds of
    lines. Drawn lines are mixed in, so that nothing else is forgotten; one line in five is kept
    to measure on.

    Example: `docextract train models/crnn-typed/recipe.yaml -o models/crnn-typed`

    Example: `docextract train models/crnn-typed/recipe.yaml --from models/crnn-typed
    --data my-lines -o my-crnn`
    """
    try:
        import onnx  # noqa: F401 - the model is written with it, hours from now

        from docextract.training.crnn import (
            export,
            fine_tune,
            load_recipe,
            load_weights,
            train_network,
        )
    except ModuleNotFoundError:
        raise MissingExtra("training", "train") from None
    plan = load_recipe(recipe)
    weights = None if start is None else load_weights(start / "weights.npz")
    if data is not None:
        if weights is None:
            raise UsageError("--data needs --from: the model's folder to go on from")
        tuned = fine_tune(plan, weights, data, lines=lines, threads=threads, tell=_tell)
        stdout().print(_comparison(tuned))
        card = export(tuned.trained, out)
    else:
        plan = plan if lines is None else plan.with_lines(lines)
        card = export(
            train_network(
                plan,
                out / "checkpoint.pt",
                start=weights,
                workers=workers,
                threads=threads,
                tell=_tell,
            ),
            out,
        )
    tell(stderr(), f"{card}: written")


def _comparison(tuned: FineTuned) -> Table:
    """Held-out lines read exactly right, before and after."""
    rows = table("held-out lines", "n", "exact before %", "after %", "CER before %", "after %")
    for kind, before in tuned.before.items():
        after = tuned.after[kind]
        figures = (before.exact, after.exact, before.cer, after.cer)
        rows.add_row(kind, str(before.lines), *(f"{100 * figure:.1f}" for figure in figures))
    return rows


def _tell(progress: Progress) -> None:
    tell(
        stderr(),
        f"{progress.lines:,} of {progress.of:,} lines, loss {progress.loss:.3f}, "
        f"{progress.lines_s:.0f} lines/s",
    )
    if progress.scores:
        read = (f"{kind} {100 * s.exact:.1f}" for kind, s in progress.scores.items())
        tell(stderr(), f"held-out drawn lines, per cent exact: {', '.join(read)}")
