"""Crops to readings: a first recognizer looks at all lines, others where it leaves doubt.

What one recognizer is unsure of the next one reads too, and their lattices vote. Each round
pools the lines of all pages, so that every recognizer runs on full batches.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from docextract.confidence import Calibrations, Limit, judged, prove
from docextract.cropping import cleaned
from docextract.decoding import Ballot, Outcome, VoteWeights, vote
from docextract.fields import type_name
from docextract.lines.reader import NBEST, LineReader
from docextract.recognition import Recognizer
from docextract.rules.choice import Choice
from docextract.settling import Slot, alternatives, settle
from docextract.types import Crop, Lattice, Reading


@dataclass(frozen=True, slots=True, eq=False)
class LineRead:
    """A line's reading, and what it was made from: one ballot of each recognizer that looked.

    ``crop`` is the view of the line that they looked at.
    """

    crop: Crop
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
    turn the evidence for a reading into its confidence, once all have looked. ``clean`` are the
    ways of cleaning a line that may help where the first look leaves doubt.
    """

    readers: tuple[LineReader, ...]
    weights: tuple[VoteWeights, ...] = ()
    always: bool = False
    calibrations: Calibrations = field(default_factory=Calibrations)
    clean: tuple[str, ...] = ()

    @property
    def slot(self) -> Slot:
        """The field as settling sees it."""
        return self.readers[0].slot

    @property
    def height(self) -> int:
        """The crop height in px that is fine enough for every recognizer."""
        return max(reader.recognizer.height for reader in self.readers)

    def settle(self, ballots: Sequence[Ballot], outcome: Outcome, crop: Crop) -> LineRead:
        """Settle on a value by the ``outcome`` of the ballots cast so far."""
        reading = settle(
            self.slot,
            outcome.decoded.candidates,
            empty_logp=outcome.empty_logp,
            quad_px=crop.quad_px,
            valid_logp=outcome.decoded.valid_logp,
        )
        models = tuple(ballot.model for ballot in ballots)
        reading = replace(reading, models=models)
        return LineRead(crop, self.slot, reading, tuple(ballots), outcome.empty_logp)

    def judge(self, read: LineRead) -> LineRead:
        """Note the evidence and calibrate the confidence; ``settle`` leaves it the lattice's."""
        calibration = self.calibrations.get("+".join(read.reading.models), self._type)
        return replace(
            read, reading=judged(read.reading, calibration, residual_px=read.crop.residual_px)
        )

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
        return self.readers[asked] if self.always or self.doubts(read) else None

    def doubts(self, read: LineRead) -> bool:
        """True when a reading is not sure enough to go without another look."""
        asked, reading = len(read.ballots), read.reading
        surest = self.weights[asked - 1].asked_below if asked <= len(self.weights) else 1.0
        return not reading.ok or reading.confidence < surest

    def outcome(self, ballots: Sequence[Ballot]) -> Outcome:
        """The texts that the ballots cast so far agree on."""
        if len(ballots) == 1:
            return Outcome(ballots[0].decoded, ballots[0].empty_logp)
        weights = self.weights[len(ballots) - 2]
        return vote(ballots, weights, ignores=self.slot.kind.ignores, nbest=NBEST)


def look(
    crops: Sequence[Crop], readers: Mapping[str, FieldReader]
) -> tuple[list[LineRead], dict[str, float]]:
    """Read crops, each by its field's reader; the second value is seconds a step."""
    reads, first_s = first_look(crops, readers)
    reads, further_s = further_looks(reads, readers)
    return reads, {**first_s, **further_s}


def first_look(
    crops: Sequence[Crop], readers: Mapping[str, FieldReader]
) -> tuple[list[LineRead], dict[str, float]]:
    """What each field's first recognizer reads; seconds of ``recognize`` and ``decode``."""
    started = time.perf_counter()
    fields = [readers[crop.field] for crop in crops]
    first = [field.readers[0] for field in fields]
    lattices = _lattices(first, crops)
    recognized = time.perf_counter()
    reads = [
        field.settle([ballot], field.outcome([ballot]), crop)
        for field, ballot, crop in zip(fields, _ballots(first, lattices), crops, strict=True)
    ]
    decoded = time.perf_counter()
    return reads, {"recognize": recognized - started, "decode": decoded - recognized}


def further_looks(
    firsts: Sequence[LineRead], readers: Mapping[str, FieldReader]
) -> tuple[list[LineRead], dict[str, float]]:
    """What comes of first reads that leave doubt; seconds of ``second_look``.

    The first recognizer looks at cleaned views of them, then the others are asked.
    """
    started = time.perf_counter()
    reads = _surest_views(firsts, readers)
    fields = [readers[read.crop.field] for read in reads]
    while _look_again(fields, reads):
        pass
    reads = [field.judge(read) for field, read in zip(fields, reads, strict=True)]
    return reads, {"second_look": time.perf_counter() - started}


def _surest_views(firsts: Sequence[LineRead], readers: Mapping[str, FieldReader]) -> list[LineRead]:
    """Each line as the view of it reads that reads surest: plain, or cleaned where in doubt."""
    reads = list(firsts)
    views: list[tuple[int, Crop]] = []
    for i, read in enumerate(firsts):
        field = readers[read.crop.field]
        if field.clean and field.doubts(read):
            views += [(i, view) for view in cleaned(read.crop, field.clean)]
    others, _ = first_look([view for _, view in views], readers)
    for (i, _), other in zip(views, others, strict=True):
        reads[i] = max(reads[i], other, key=lambda read: read.reading.confidence)
    return reads


def _look_again(fields: Sequence[FieldReader], reads: list[LineRead]) -> bool:
    """Let the next recognizers read what is left in doubt; False when nothing was."""
    asked = {
        i: reader
        for i, (field, read) in enumerate(zip(fields, reads, strict=True))
        if (reader := field.next_after(read)) is not None
    }
    lattices = _lattices(list(asked.values()), [reads[i].crop for i in asked])
    outcomes: dict[tuple[object, ...], Outcome] = {}
    for i, ballot in zip(asked, _ballots(list(asked.values()), lattices), strict=True):
        ballots = (*reads[i].ballots, ballot)
        key = (*map(id, ballots), fields[i].slot.kind.ignores)
        if key not in outcomes:
            outcomes[key] = fields[i].outcome(ballots)
        reads[i] = fields[i].settle(ballots, outcomes[key], reads[i].crop)
    return bool(asked)


def _lattices(readers: Sequence[LineReader], crops: Sequence[Crop]) -> list[Lattice]:
    """Recognize each crop by its reader's recognizer, those of one recognizer together.

    Crops of several fields may be one picture, which is recognized once.
    """
    looks = [
        (reader.recognizer, id(crop.image)) for reader, crop in zip(readers, crops, strict=True)
    ]
    images = {id(crop.image): crop.image for crop in crops}
    found: dict[tuple[Recognizer, int], Lattice] = {}
    for recognizer in dict.fromkeys(recognizer for recognizer, _ in looks):
        mine = [look for look in dict.fromkeys(looks) if look[0] is recognizer]
        lattices = recognizer.recognize([images[image] for _, image in mine])
        found.update(zip(mine, lattices, strict=True))
    return [found[look] for look in looks]


def _ballots(readers: Sequence[LineReader], lattices: Sequence[Lattice]) -> list[Ballot]:
    """Decode each lattice by its reader; parts of one text are decoded once."""
    keys = [(id(lattice), *reader.way) for reader, lattice in zip(readers, lattices, strict=True)]
    found: dict[tuple[object, ...], Ballot] = {}
    for key, reader, lattice in zip(keys, readers, lattices, strict=True):
        if key not in found:
            found[key] = reader.read(lattice)
    return [found[key] for key in keys]
