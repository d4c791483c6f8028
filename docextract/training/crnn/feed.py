"""Batches of drawn lines from worker processes, so that drawing and learning overlap."""

from __future__ import annotations

import multiprocessing as mp
import queue
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from docextract.errors import DocextractError
from docextract.synth.lines import LineGenerator, typed_alphabet
from docextract.training.crnn.examples import Batch, Example, ExampleMaker, in_batches
from docextract.training.crnn.recipe import Recipe

_WAITING = 24  # batches drawn ahead
_PATIENCE_S = 300.0


def example_maker(recipe: Recipe) -> ExampleMaker:
    """The maker of examples for a recipe's network."""
    return ExampleMaker(
        typed_alphabet(),
        height=recipe.architecture.height,
        stride=recipe.architecture.stride,
        max_width=recipe.data.max_width,
    )


def drawn_examples(
    recipe: Recipe, seed: int, *, block: int = 0, step: int = 1
) -> Iterator[Example]:
    """Examples of drawn lines without end; see LineGenerator.lines for ``block`` and ``step``."""
    maker, data = example_maker(recipe), recipe.data
    for line in LineGenerator(seed, mix=data.mix, packages=data.packages).lines(block, step):
        example = maker.make(line.image, line.text, line.kind)
        if example is not None:
            yield example


class DrawnFeed:
    """Batches of new lines, drawn by ``workers`` processes from block ``first_block`` on.

    Use as a context: the workers end with it. A worker that dies is a DocextractError.
    """

    def __init__(self, recipe: Recipe, *, first_block: int = 0, workers: int = 1) -> None:
        context = mp.get_context("spawn")
        self._queue: mp.Queue[Batch] = context.Queue(_WAITING)
        self._workers = [
            context.Process(
                target=_draw,
                args=(recipe, first_block + i, workers, self._queue),
                daemon=True,
                name=f"docextract-draw-{i}",
            )
            for i in range(workers)
        ]

    def __enter__(self) -> Self:
        for worker in self._workers:
            worker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.terminate()
            worker.join()

    def __iter__(self) -> Iterator[Batch]:
        while True:
            yield self._next()

    def _next(self) -> Batch:
        waited = 0.0
        while waited < _PATIENCE_S:
            try:
                return self._queue.get(timeout=1.0)
            except queue.Empty:
                waited += 1.0
                if not all(worker.is_alive() for worker in self._workers):
                    break
        raise DocextractError(
            "a process that draws lines has died. Its error stands above; "
            "check `docextract synth lines --show`"
        )


def _draw(recipe: Recipe, block: int, step: int, out: mp.Queue[Batch]) -> None:
    import cv2

    cv2.setNumThreads(1)
    examples = drawn_examples(recipe, recipe.data.seed, block=block, step=step)
    for batch in in_batches(examples, example_maker(recipe), recipe.schedule.batch_px):
        if not _put(batch, out):
            out.cancel_join_thread()  # nobody is left to take what waits
            return


def _put(batch: Batch, out: mp.Queue[Batch]) -> bool:
    """Wait for a place in the queue; False when the training has died meanwhile."""
    training = mp.parent_process()
    while training is None or training.is_alive():
        try:
            out.put(batch, timeout=5.0)
        except queue.Full:
            continue
        return True
    return False
