"""``docextract lm``: character language models, made and measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from docextract.cli._console import stderr, stdout, tell

app = typer.Typer(
    no_args_is_help=True, help="Make and measure the language models of free-text fields."
)


@app.command()
def build(
    corpus: Annotated[Path, typer.Argument(help="UTF-8 texts as they are printed, one a line.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="The model's folder, models/NAME.")
    ],
    order: Annotated[
        int, typer.Option("--order", min=2, max=6, help="The longest n-gram, in characters.")
    ] = 5,
    prune: Annotated[
        str,
        typer.Option("--prune", metavar="COUNTS", help="Drop n-grams met so rarely, by order."),
    ] = "0,1,2,4,6",
) -> None:
    """Estimate an interpolated modified Kneser-Ney model and write it with a card.

    Example: `docextract lm build corpus.txt -o models/my-business`
    """
    from docextract.training.language import build_language, read_texts

    texts = read_texts(corpus)
    model = build_language(texts, out, order=order, prune=_counts(prune))
    tell(stderr(), f"{out}: {len(texts)} texts, n-grams by order: {model.sizes}")


@app.command("eval")
def evaluate(
    model: Annotated[str, typer.Argument(help="A model's name, or the path of its folder.")],
    texts: Annotated[Path, typer.Argument(help="UTF-8 texts the model was not made of.")],
) -> None:
    """Print a model's perplexity on texts; lower is better.

    Example: `docextract lm eval zh-business held_out.txt`
    """
    from docextract.decoding import load_language
    from docextract.training.language import evaluate as fit_of
    from docextract.training.language import read_texts

    fit = fit_of(load_language(model), read_texts(texts))
    tell(stdout(), f"{fit.texts} texts, {fit.words} words, perplexity {fit.perplexity:.2f}")


def _counts(written: str) -> tuple[int, ...]:
    try:
        counts = tuple(int(part) for part in written.split(","))
    except ValueError:
        counts = (-1,)
    if min(counts) < 0:
        raise typer.BadParameter(f"{written!r}. Write counts such as 0,1,2", param_hint="--prune")
    return counts
