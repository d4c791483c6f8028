"""Drawn lines: seeded, spelt in the typed alphabet, valid for their types, and written whole."""

import json
import sys
from collections import Counter
from itertools import islice
from random import Random

import cv2
import numpy as np
import pytest

from docextract.errors import InvalidValue, MissingExtra, SourceError, UnknownName
from docextract.fields import field_types
from docextract.shapes import fold_symbol
from docextract.synth.lines import (
    SYMBOLS,
    LineGenerator,
    draw_lines,
    faces,
    line_sheet,
    text_kinds,
    words,
    write_lines,
)
from docextract.synth.lines.faces import FaceBook, LineFontError
from docextract.synth.lines.generator import _pads
from docextract.synth.lines.grammars import grammar_text, grammar_types
from docextract.synth.lines.texts import make_text

pytest.importorskip("fontTools")


def drawable() -> bool:
    try:
        return set().union(*(face.characters for face in FaceBook().faces)) >= set(SYMBOLS)
    except LineFontError:
        return False


needs_fonts = pytest.mark.skipif(not drawable(), reason="typefaces of Debian packages are missing")


@pytest.mark.parametrize("kind", text_kinds())
def test_every_text_is_spelt_in_the_alphabet(kind: str) -> None:
    rng = Random(kind)
    for _ in range(100):
        text = make_text(kind, rng)
        beyond = {fold_symbol(c) for c in text} - {fold_symbol(c) for c in SYMBOLS}
        assert all("\u4e00" <= c <= "\u9fff" for c in beyond), text  # these are read as OTHER


@pytest.mark.parametrize("type_name", grammar_types())
def test_texts_from_a_types_grammar_are_its_values(type_name: str) -> None:
    rng, kind = Random(type_name), field_types.get(type_name)()
    refused = 0
    for _ in range(60):
        try:
            kind.parse(grammar_text(type_name, rng))
        except InvalidValue:
            refused += 1
    assert refused <= 15  # a check character is met by chance, within a number of walks


def test_every_field_type_with_a_pattern_has_texts() -> None:
    others = {"checkbox", "choice", "table", "image", "present"}  # no line of print
    printed = ((name, kind) for name, kind in field_types if name not in others)
    patterned = {name for name, kind in printed if kind().pattern is not None}
    # Any Chinese character; and a part of zones, which are drawn as "mrz".
    assert patterned - set(text_kinds()) == {"person", "mrz_date"}


@needs_fonts
def test_a_seed_gives_the_same_lines_and_another_gives_others() -> None:
    first, again, other = (draw_lines(70, seed=s) for s in (5, 5, 6))
    assert [line.text for line in first] == [line.text for line in again]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(first, again, strict=True))
    assert [line.text for line in first] != [line.text for line in other]


@needs_fonts
def test_parallel_streams_draw_what_one_stream_draws() -> None:
    one = LineGenerator(2, mix={"digits": 1}).lines()
    two = [LineGenerator(2, mix={"digits": 1}).lines(start, 2) for start in (0, 1)]
    together = [line.text for stream in two for line in islice(stream, 64)]
    assert together == [line.text for line in islice(one, 128)]


@needs_fonts
def test_the_mix_decides_the_kinds() -> None:
    lines = draw_lines(300, seed=1, mix={"amount": 3, "date": 1})
    kinds = Counter(line.kind for line in lines)
    assert set(kinds) == {"amount", "date"}
    assert 180 < kinds["amount"] < 270
    with pytest.raises(UnknownName, match="amount"):
        LineGenerator(1, mix={"amunt": 1})


@needs_fonts
def test_lines_are_printed_in_ink_on_paper() -> None:
    lines = draw_lines(200, seed=9)
    contrast = [float(np.ptp(line.image)) for line in lines]
    assert min(contrast) > 8
    assert np.median(contrast) > 60
    heights = [line.image.shape[0] for line in lines]
    assert min(heights) <= 16
    assert max(heights) >= 40


def test_padding_spans_what_boxes_leave() -> None:
    pads = np.array([_pads(100, Random(i)) for i in range(2000)])
    assert pads.min() < 0  # boxes that cut print
    assert 50 < pads[:, :2].max() <= 60
    assert 90 < pads[:, 2:].max() <= 100


@needs_fonts
def test_a_folder_of_lines_has_pictures_and_typed_labels(tmp_path) -> None:
    lines = draw_lines(40, seed=3)
    labels = json.loads(write_lines(lines, tmp_path / "drawn").read_text("utf-8"))
    assert len(labels) == 40
    for row, line in zip(labels, lines, strict=True):
        picture = cv2.imread(str(tmp_path / "drawn" / row["file"]), cv2.IMREAD_GRAYSCALE)
        assert np.array_equal(picture, line.image)
        assert row["text"] == line.text
        if row["type"] != "text" and row["value"] is not None:
            assert str(field_types.get(row["type"])().parse(row["text"])) == row["value"]


@needs_fonts
def test_the_sheet_to_look_at_shows_every_line(tmp_path) -> None:
    lines = draw_lines(60, seed=4)
    line_sheet(lines, tmp_path / "look.png")
    assert cv2.imread(str(tmp_path / "look.png")).shape[1] == 1400
    with pytest.raises(SourceError, match=r"\.png"):
        line_sheet(lines, tmp_path / "no" / "look.png")


@needs_fonts
def test_no_typeface_says_what_to_install() -> None:
    with pytest.raises(LineFontError, match="apt-get install"):
        FaceBook(packages=())


MISSING = r"pip install 'docextract\[synth\]'"


def test_typefaces_without_the_extra_say_how_to_install_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "fontTools.ttLib", None)  # as if it were not installed
    faces._characters.cache_clear()
    if faces._files():
        with pytest.raises(MissingExtra, match=MISSING):
            FaceBook()


def test_words_without_the_extra_say_how_to_install_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "faker.providers.lorem.en_US", None)
    words._vocabulary.cache_clear()
    with pytest.raises(MissingExtra, match=MISSING):
        words.name(Random(1))
