"""Several documents in one picture: python benchmarks/split.py [--pictures 3] [--auto].

Draws papers of shipped templates, lays them together on several grounds, turned, some upside down,
with gaps large and small, and prints how many are found, what is found where there is none, how
many fields are read as they were drawn, and the CPU time, against the same papers one a picture.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, get_args

import cv2
import numpy as np

from docextract import AutoExtractor, Extractor
from docextract.evaluation.right import is_right
from docextract.record_reader import RecordReader
from docextract.result import Result
from docextract.synth import bank_card, id_card_front, invoice, taxi, ticket
from docextract.synth.together import Ground, laid_together
from docextract.template import Template, load_template
from docextract.types import Image, Quad

Labels = Mapping[str, str | None]
GAPS_PX = (60, 8)


def _invoice(seed: int) -> tuple[Image, Labels]:
    image, values = invoice.draw_sample("a" if seed % 2 else "b", seed=seed)
    return image, values.labels()


class Kind(NamedTuple):
    """Papers of one template: how one is drawn, how many lie together, in how many columns."""

    draw: Callable[[int], tuple[Image, Labels]]
    count: int
    columns: int


KINDS: dict[str, Kind] = {
    "taxi_receipt": Kind(taxi.draw_sample, 8, 4),
    "invoice": Kind(_invoice, 4, 2),
    "train_ticket": Kind(ticket.draw_sample, 6, 2),
    "id_card_front": Kind(id_card_front.draw_sample, 6, 2),
    "bank_card": Kind(bank_card.draw_sample, 6, 2),
}


class Counts(NamedTuple):
    """Documents drawn, found and invented; fields drawn and right; seconds of CPU time."""

    drawn: int = 0
    found: int = 0
    false: int = 0
    fields: int = 0
    right: int = 0
    seconds: float = 0.0

    def plus(self, other: Counts) -> Counts:
        """Both together."""
        return Counts(*(mine + its for mine, its in zip(self, other, strict=True)))

    def row(self, name: str, alone_s: float) -> str:
        """A row of the table."""
        each_s = self.seconds / self.drawn
        return (
            f"| {name} | {self.found} of {self.drawn} | {self.false} | {self.right} of "
            f"{self.fields} | {each_s:.2f} s | {each_s / (alone_s / self.drawn):.2f} |"
        )


def counted(
    results: Sequence[Result],
    labels: Sequence[Labels],
    quads: Sequence[Quad],
    template: Template,
    seconds: float,
) -> Counts:
    """What was read of the papers of a picture; a result is of the paper its middle lies on."""
    right = false = 0
    found: set[int] = set()
    for result in results:
        paper = None if result.quad_px is None else on(result.quad_px, quads)
        if paper is None or paper in found or result.template != template.name:
            false += result.status != "failed"
            continue
        found.add(paper)
        right += fields_right(result, labels[paper], template)
    fields = sum(map(len, labels))
    return Counts(len(labels), len(found), false, fields, right, seconds)


def on(quad_px: Quad, papers: Sequence[Quad]) -> int | None:
    """The paper that the middle of a form lies on."""
    x, y = map(float, quad_px.mean(axis=0))
    for number, paper in enumerate(papers):
        if cv2.pointPolygonTest(paper.astype(np.float32), (x, y), False) >= 0:
            return number
    return None


def fields_right(result: Result, labels: Labels, template: Template) -> int:
    """How many fields were read as they were drawn."""
    return sum(
        is_right(result.readings.get(name), label, template.fields[name].kind)
        for name, label in labels.items()
    )


def timed(reader: RecordReader, image: Image) -> tuple[list[Result], float]:
    """What is read of a picture, and the seconds of CPU time that it took."""
    started = time.process_time()
    results = reader.read_documents(image)
    return results, time.process_time() - started


def measure(name: str, kind: Kind, reader: RecordReader, single: RecordReader, n: int) -> None:
    """Print the rows of a template."""
    template = load_template(name)
    together, alone = Counts(), Counts()
    for gap_px in GAPS_PX:
        for number in range(n):
            seed = 7000 + 100 * number + gap_px
            papers = [kind.draw(seed + i) for i in range(kind.count)]
            ground: Ground = get_args(Ground)[number % len(get_args(Ground))]
            images, labels = [image for image, _ in papers], [labels for _, labels in papers]
            rng = np.random.default_rng(seed)
            picture, quads = laid_together(
                images, rng, columns=kind.columns, gap_px=gap_px, ground=ground
            )
            results, seconds = timed(reader, picture)
            together = together.plus(counted(results, labels, quads, template, seconds))
            for image, wanted in zip(images, labels, strict=True):
                height, width = image.shape[:2]
                corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
                results, seconds = timed(single, image)
                alone = alone.plus(counted(results, [wanted], [corners], template, seconds))
    print(together.row(f"{name}, {kind.count} together", alone.seconds))
    print(alone.row(f"{name}, one a picture", alone.seconds), flush=True)


def main() -> None:
    """Read and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=3, help="of each template and gap")
    parser.add_argument("--template", choices=KINDS, action="append")
    parser.add_argument("--auto", action="store_true", help="choose among all shipped templates")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    print("| papers | found | invented | fields right | CPU a document | times one a picture |")
    print("|---|---|---|---|---|---|")
    mixed = AutoExtractor(threads=1, split=True) if args.auto else None
    for name in args.template or KINDS:
        single = Extractor(name, threads=1)
        reader = mixed or Extractor(name, threads=1, split=True)
        blank = KINDS[name].draw(1)[0]
        single.read(blank), reader.read_documents(blank)  # all is loaded that is loaded late
        measure(name, KINDS[name], reader, single, args.pictures)


if __name__ == "__main__":
    main()
