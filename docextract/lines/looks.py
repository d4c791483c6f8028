"""Crops to readings: a first recognizer looks at all lines, others where it leaves doubt.

What one recognizer is unsure of the next one reads too, and their lattices vote. Each round
pools the lines of all pages, so that every recognizer runs on full batches.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from docextract.confidence import Calibrations, Limit, judged, prove
from docextract.decoding import Ballot, Outcome, VoteWeights, vote
from docextract.fields import type_name
from docextract.lines.reader import NBEST, LineReader
from docextract.rules.choice import Choice
from docextract.settling import Slot, alternatives, settle
from docextract.types import Crop, Lattice, Quad, Reading


@dataclass(frozen=True, slots=True, eq=False)
class LineRead:
    """A line's reading, and what it was made from: one ballot of each recognizer that looked."""

    slot: Slot
    reading: Reading
    ballots: tuple[Ballot, ...]
    empty_logp: float

    def alternatives(self) -> tuple[Choice, ...]:
        """The values that the line could have had, most evidence first."""
        return alternatives(self.slot, self.reading.candidates, empty_logp=self.empty_logp)


@dataclass(frozen=True, slots=True, eq=False)
class FieldReader:
    """The recognizers of one field in the order they are asked.

    ``weights`` are those of the first two, of the first three, and so on. With ``always`` all
    look at every line; else the next one is asked only while there is doubt. ``calibrations``
    turn the evidence for a reading into its confidence, once all have looked.
    """

    readers: tuple[LineReader, ...]
    weights: tuple[VoteWeights, ...] = ()
    always: bool = False
    calibrations: Calibrations = field(default_factory=Calibrations)

    @property
    def slot(self) -> Slot:
        """The field as settling sees it."""
        return self.readers[0].slot

    @property
    def height(self) -> int:
        """The crop height in px that is fine enough for every recognizer."""
        return max(reader.recognizer.height for reader in self.readers)

    def settle(self, ballots: Sequence[Ballot], *, quad_px: Quad) -> LineRead:
        """Settle on a value by the ballots cast so far."""
        outcome = self._outcome(ballots)
        reading = settle(
            self.slot,
            outcome.decoded.candidates,
            empty_logp=outcome.empty_logp,
            quad_px=quad_px,
            valid_logp=outcome.decoded.valid_logp,
        )
        models = tuple(ballot.model for ballot in ballots)
        reading = replace(reading, models=models)
        return LineRead(self.slot, reading, tuple(ballots), outcome.empty_logp)

    def judge(self, read: LineRead, *, residual_px: float | None = None) -> LineRead:
        """Note the evidence and calibrate the confidence; ``settle`` leaves it the lattice's."""
        calibration = self.calibrations.get("+".join(read.reading.models), self._type)
        return replace(read, reading=judged(read.reading, calibration, residual_px=residual_px))

    def limit(self, error_rate: float) -> Limit:
        """From which confidence readings are accepted, so that so many at most are wrong."""
        names = [reader.recognizer.name for reader in self.readers]
        looks = ["+".join(names[: i + 1]) for i in range(len(names))]
        proofs = {
            models: prove(self.calibrations.get(models, self._type), error_rate)
            for models in (looks[-1:] if self.always else looks)
        }
        return Limit(1 - error_rate, proofs)

    @property
    def _type(self) -> str:
        return type_name(self.slot.kind)

    def next_after(self, read: LineRead) -> LineReader | None:
        """Who looks at a line next, if anyone should."""
        asked = len(read.ballots)
        if asked == len(self.readers):
            return None
        reading = read.reading
        sure = reading.ok and reading.confidence >= self.weights[asked - 1].asked_below
        return None if sure and not self.always else self.readers[asked]

    def _outcome(self, ballots: Sequence[Ballot]) -> Outcome:
        if len(ballots) == 1:
            return Outcome(ballots[0].decoded, ballots[0].empty_logp)
        weights = self.weights[len(ballots) - 2]
        return vote(ballots, weights, ignores=self.slot.kind.ignores, nbest=NBEST)


def look(
    crops: Sequence[Crop], readers: Mapping[str, FieldReader]
) -> tuple[list[LineRead], dict[str, float]]:
    """Read crops, each by its field's reader; the second value is seconds a step.

    The steps are ``recognize`` and ``decode`` of the first look, and ``second_look``, all of the
    others.
    """
    fields = [readers[crop.field] for crop in crops]
    started = time.perf_counter()
    first = [reader.readers[0] for reader in fields]
    lattices = _lattices(first, crops)
    recognized = time.perf_counter()
    reads = [
        field.settle([reader.read(lattice)], quad_px=crop.quad_px)
        for field, reader, lattice, crop in zip(fields, first, lattices, crops, strict=True)
    ]
    decoded = time.perf_counter()
    while _look_again(crops, fields, reads):
        pass
    reads = [
        field.judge(read, residual_px=crop.residual_px)
        for field, read, crop in zip(fields, reads, crops, strict=True)
    ]
    timings_s = {
        "recognize": recognized - started,
        "decode": decoded - recognized,
        "second_look": time.perf_counter() - decoded,
    }
    return reads, timings_s


def _look_again(
    crops: Sequence[Crop], fields: Sequence[FieldReader], reads: list[LineRead]
) -> bool:
    """Let the next recognizers read what is left in doubt; False when nothing was."""
    asked = {
        i: reader
        for i, (field, read) in enumerate(zip(fields, reads, strict=True))
        if (reader := field.next_after(read)) is not None
    }
    lattices = _lattices(list(asked.values()), [crops[i] for i in asked])
    for (i, reader), lattice in zip(asked.items(), lattices, strict=True):
        ballots = (*reads[i].ballots, reader.read(lattice))
        reads[i] = fields[i].settle(ballots, quad_px=crops[i].quad_px)
    return bool(asked)


def _lattices(readers: Sequence[LineReader], crops: Sequence[Crop]) -> list[Lattice]:
    """Recognize each crop by its reader's recognizer, those of one recognizer together."""
    found: dict[int, Lattice] = {}
    used = [reader.recognizer for reader in readers]
    for recognizer in dict.fromkeys(used):
        mine = [i for i, other in enumerate(used) if other is recognizer]
        lattices = recognizer.recognize([crops[i].image for i in mine])
        found.update(zip(mine, lattices, strict=True))
    return [found[i] for i in range(len(crops))]
