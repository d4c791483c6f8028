"""Fine-tuning: a trained network learns a user's own lines and forgets nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from docextract.synth.lines import typed_alphabet
from docextract.training.crnn.examples import Batch, in_batches
from docextract.training.crnn.feed import DrawnFeed, example_maker
from docextract.training.crnn.labelled import Labelled, load_labelled, varied
from docextract.training.crnn.loop import Progress, Trained, held_out, put_weights, steps
from docextract.training.crnn.network import Crnn
from docextract.training.crnn.recipe import Recipe
from docextract.training.crnn.scoring import Score, score

_RATE = 0.25  # of the recipe's learning rate: what is known is not to be washed away
_ROUNDS = 40  # times that each own line is seen, unless the held-out part stops it earlier
_FEWEST_LINES = 12_000
_REPORTS = 16
_PATIENCE = 4  # reports without a better network before it stops


@dataclass(frozen=True, slots=True, eq=False)
class FineTuned:
    """The best network on the way, and scores (own and drawn held-out lines) before and after."""

    trained: Trained
    before: Mapping[str, Score]
    after: Mapping[str, Score]
    refused: int


def fine_tune(
    recipe: Recipe,
    start: dict[str, Tensor],
    data: Path,
    *,
    lines: int | None = None,
    threads: int = 1,
    tell: Callable[[Progress], None] = lambda _: None,
) -> FineTuned:
    """Go on from the weights ``start`` on the labelled lines in ``data``, mixed with drawn lines.

    One line in five is kept to measure on. The network that reads most of those, and of held-out
    drawn lines, is kept; the training stops when none better has come for a while. Errors are
    those of ``load_labelled`` and ``train_network``.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(recipe.data.seed)
    maker = example_maker(recipe)
    own = load_labelled(data, maker)
    network = Crnn(recipe.architecture, len(typed_alphabet()))
    put_weights(network, start, "the weights to start from are")
    measured = [*own.held_out, *(replace(e, kind="drawn") for e in held_out(recipe))]
    before = score(network, measured, maker)
    plan = _plan(recipe, own, lines)
    optimizer = torch.optim.AdamW(network.parameters(), plan.schedule.learning_rate)
    best, best_scores, idle = deepcopy(network.state_dict()), before, 0
    # Other blocks than the base was trained on: lines it has not seen.
    with DrawnFeed(plan, first_block=1 << 24) as feed:
        mixed = _mixed(iter(feed), own, plan)
        for progress in steps(network, optimizer, plan.schedule, mixed, 0):
            scores = score(network, measured, maker)
            tell(replace(progress, scores=scores))
            if _merit(scores) > _merit(best_scores):
                best, best_scores, idle = deepcopy(network.state_dict()), scores, 0
            else:
                idle += 1
            if idle >= _PATIENCE:
                break
    network.load_state_dict(best)
    network.eval()
    trained = Trained(network, plan, progress.lines, best_scores)
    return FineTuned(trained, before, best_scores, own.refused)


def _plan(recipe: Recipe, own: Labelled, lines: int | None) -> Recipe:
    """The recipe with a short schedule and a low rate."""
    wanted = lines or max(_FEWEST_LINES, 2 * _ROUNDS * len(own.learn))
    rate = recipe.schedule.learning_rate * _RATE
    often = max(500, wanted // _REPORTS)
    schedule = recipe.schedule.model_copy(
        update={"lines": wanted, "learning_rate": rate, "report_lines": often}
    )
    return recipe.model_copy(update={"schedule": schedule})


def _merit(scores: Mapping[str, Score]) -> tuple[float, float]:
    """Exact lines, own and drawn alike; ties are broken by character errors."""
    own, drawn = scores["own"], scores["drawn"]
    return own.exact + drawn.exact, -(own.cer + drawn.cer)


def _mixed(drawn: Iterator[Batch], own: Labelled, plan: Recipe) -> Iterator[Batch]:
    """A batch of own lines, a batch of drawn lines, and so on."""
    maker = example_maker(plan)
    lines = varied(own.learn, maker, plan.data.seed)
    for batch in in_batches(lines, maker, plan.schedule.batch_px):
        yield batch
        yield next(drawn)
