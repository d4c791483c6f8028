"""Training: batches in, a better network out, with checkpoints on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import ctc_loss

from docextract.errors import UsageError
from docextract.synth.lines import typed_alphabet
from docextract.training.crnn.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from docextract.training.crnn.examples import Batch, Example
from docextract.training.crnn.feed import DrawnFeed, drawn_examples, example_maker
from docextract.training.crnn.network import Crnn, as_input
from docextract.training.crnn.recipe import Recipe, Schedule
from docextract.training.crnn.scoring import Score, score

_BLOCK = 64  # lines of one block of the generator
_HELD_OUT_SEED = 1_000_003  # added to the recipe's seed: lines that are never learnt from
_SCORE_LINES = 100_000
_CLIP = 5.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a training stands; ``scores`` come with every hundred thousand lines."""

    lines: int
    of: int
    loss: float
    lines_s: float
    scores: dict[str, Score] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A network at the end of its training: lines learnt from, scores on held-out drawn lines."""

    network: Crnn
    recipe: Recipe
    lines: int
    scores: Mapping[str, Score]


def train_network(
    recipe: Recipe,
    checkpoint: Path,
    *,
    start: dict[str, Tensor] | None = None,
    workers: int = 1,
    threads: int = 1,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Trained:
    """Train a recipe's network to the end, going on from ``checkpoint`` where it exists.

    ``start`` are weights to begin with instead of random ones. Raises UsageError when ``start`` is
    of another architecture, or the checkpoint of another recipe, its number of lines aside.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(recipe.data.seed)
    network = Crnn(recipe.architecture, len(typed_alphabet()))
    if start is not None:
        put_weights(network, start, "the weights to start from are")
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(
        network.parameters(),
        recipe.schedule.learning_rate,
        weight_decay=recipe.schedule.weight_decay,
    )
    lines = _resume(network, optimizer, checkpoint, recipe)
    examples, maker = held_out(recipe), example_maker(recipe)
    with DrawnFeed(recipe, first_block=lines // _BLOCK, workers=workers) as feed:
        for progress in steps(network, optimizer, recipe.schedule, iter(feed), lines):
            lines, before = progress.lines, lines
            save_checkpoint(_state(recipe, lines, network, optimizer), checkpoint)
            if lines // _SCORE_LINES > before // _SCORE_LINES:
                tell(replace(progress, scores=score(network, examples, maker)))
            else:
                tell(progress)
    return Trained(network, recipe, lines, score(network, examples, maker))


def _state(
    recipe: Recipe, lines: int, network: Crnn, optimizer: torch.optim.Optimizer
) -> Checkpoint:
    return Checkpoint(recipe.model_dump_json(), lines, network.state_dict(), optimizer.state_dict())


def held_out(recipe: Recipe) -> Sequence[Example]:
    """Drawn lines that no training of this recipe sees."""
    seed = recipe.data.seed + _HELD_OUT_SEED
    return list(islice(drawn_examples(recipe, seed), recipe.data.held_out))


def _resume(network: Crnn, optimizer: torch.optim.Optimizer, path: Path, recipe: Recipe) -> int:
    """Put a checkpoint's state in place; how many lines it has seen."""
    state = load_checkpoint(path)
    if state is None:
        return 0
    _check_same(recipe, state.recipe_json, path)
    network.load_state_dict(state.network)
    optimizer.load_state_dict(state.optimizer)
    return state.lines


def _check_same(recipe: Recipe, saved_json: str, path: Path) -> None:
    """Raise UsageError when a checkpoint is of another recipe; it may be made longer or shorter."""
    saved = Recipe.model_validate_json(saved_json).with_lines(recipe.schedule.lines)
    other = [name for name in Recipe.model_fields if getattr(saved, name) != getattr(recipe, name)]
    if other:
        raise UsageError(
            f"{path}: the checkpoint is of another recipe: its {', '.join(other)} differ. "
            "Name another folder, or delete it to start anew"
        )


def put_weights(network: Crnn, weights: dict[str, Tensor], what: str) -> None:
    """Load weights; raises UsageError, which begins with ``what``, when they do not fit."""
    try:
        network.load_state_dict(weights)
    except RuntimeError:
        raise UsageError(
            f"{what} of another architecture than the recipe. Name those of the same one, "
            "or leave them out to start anew"
        ) from None


def steps(
    network: Crnn,
    optimizer: torch.optim.Optimizer,
    schedule: Schedule,
    batches: Iterator[Batch],
    lines: int,
) -> Iterator[Progress]:
    """Learn from batches until the schedule's lines are done; report now and then."""
    losses: list[float] = []
    since, started = lines, time.monotonic()
    while lines < schedule.lines:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(schedule, lines / schedule.lines)
        network.train()
        batch = next(batches)
        losses.append(_step(network, optimizer, batch, schedule))
        lines += len(batch)
        if lines - since >= schedule.report_lines or lines >= schedule.lines:
            speed = (lines - since) / (time.monotonic() - started)
            yield Progress(lines, schedule.lines, sum(losses) / len(losses), speed)
            losses, since, started = [], lines, time.monotonic()


def learning_rate(schedule: Schedule, done: float) -> float:
    """One cycle (Smith & Topin 2018): up in a line, down in half a cosine, by share done."""
    if done < schedule.warm_up:
        return schedule.learning_rate * (0.04 + 0.96 * done / schedule.warm_up)
    rest = min(1.0, (done - schedule.warm_up) / (1 - schedule.warm_up))
    down = 0.5 * (1 + float(torch.cos(torch.tensor(rest * torch.pi))))
    return schedule.learning_rate * (0.001 + 0.999 * down)


def _step(
    network: Crnn, optimizer: torch.optim.Optimizer, batch: Batch, schedule: Schedule
) -> float:
    """One step down the CTC loss (Graves 2006); returns the loss per character."""
    images = as_input(torch.from_numpy(batch.images)).to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16, enabled=schedule.precision == "bfloat16"):
        logits = network(images)
    lengths = torch.from_numpy(batch.lengths)
    loss = ctc_loss(
        logits.float().log_softmax(2).transpose(0, 1),
        torch.from_numpy(batch.labels),
        torch.from_numpy(batch.steps),
        lengths,
        zero_infinity=True,
    )
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
    optimizer.step()
    return float(loss.detach())
