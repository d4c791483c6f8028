"""Cards say how to feed a model; lattices come back in order, as log-probabilities."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from docextract.errors import MissingExtra, ModelError, UnknownName
from docextract.recognition import load_card, load_recognizer, model_names
from docextract.recognition.batching import batches, padded_width
from docextract.resources import resource_dir

STRIDE = 8
HEIGHT = 16
SYMBOLS = ("a", "b", "c")
# Levels of grey, as the model sees them (mean 0, std 1), that stand for the blank and SYMBOLS.
LEVELS = (1.0, 0.0, 1 / 3, 2 / 3)


def graph(channels: int, activation: str, order: tuple[int, ...]) -> onnx.ModelProto:
    """A CTC model: each 8 px column's mean picks the symbol of the nearest level of grey.

    -40 (x - level)^2 without its part in x^2, which all symbols share, is linear in x.
    """
    levels = np.array([LEVELS[i] for i in order], np.float32)
    weight = np.zeros((len(levels), channels, 1, 1), np.float32)
    weight[:, 0, 0, 0] = 80 * levels
    tensors = [
        helper.make_tensor("w", TensorProto.FLOAT, weight.shape, weight.ravel()),
        helper.make_tensor("b", TensorProto.FLOAT, [len(levels)], -40 * levels**2),
        helper.make_tensor("axis", TensorProto.INT64, [1], [2]),
    ]
    size = [HEIGHT, STRIDE]
    nodes = [
        helper.make_node("AveragePool", ["x"], ["m"], kernel_shape=size, strides=size),
        helper.make_node("Conv", ["m", "w", "b"], ["c"]),
        helper.make_node("Squeeze", ["c", "axis"], ["s"]),
        helper.make_node("Transpose", ["s"], ["t"], perm=[0, 2, 1]),
    ]
    last = {"softmax": "Softmax", "log_softmax": "LogSoftmax", "logits": "Identity"}[activation]
    options = {} if last == "Identity" else {"axis": 2}
    nodes.append(helper.make_node(last, ["t"], ["y"], **options))
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "tiny",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", channels, HEIGHT, "w"])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", "t", len(levels)])],
            tensors,
        ),
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=8,
    )
    helper.set_model_props(model, {"letters": "\n".join(SYMBOLS)})
    return model


Card = dict[str, dict[str, object] | object]


def card() -> Card:
    return {
        "docextract": 1,
        "name": "tiny",
        "licence": "Apache-2.0",
        "file": {"path": "tiny.onnx"},
        "input": {"height": HEIGHT, "width_multiple": 8, "channels": "gray", "mean": [0.0]}
        | {"std": [1.0], "pad": 1.0},
        "output": {"stride": STRIDE, "activation": "softmax"},
        "alphabet": {"symbols": list(SYMBOLS)},
    }


def written(folder: Path, data: Card) -> Path:
    """Write a card and the model it describes."""
    spec, out = data["input"], data["output"]
    assert isinstance(spec, dict)
    assert isinstance(out, dict)
    last = data["alphabet"].get("blank") == "last"
    order = (1, 2, 3, 0) if last else (0, 1, 2, 3)
    channels = 1 if spec["channels"] == "gray" else 3
    onnx.save(graph(channels, str(out["activation"]), order), str(folder / "tiny.onnx"))
    (folder / "model.yaml").write_text(yaml.safe_dump(data), "utf-8")
    return folder / "model.yaml"


def line(text: str, *, color: bool = False) -> np.ndarray:
    """A picture that the model reads as ``text``; _ is blank. In colour, only blue tells."""
    levels = [LEVELS[1 + SYMBOLS.index(c)] if c in SYMBOLS else LEVELS[0] for c in text]
    row = np.repeat(np.round(255 * np.array(levels)), STRIDE).astype(np.uint8)
    image = np.repeat(np.tile(row, (HEIGHT, 1))[..., None], 3, axis=2)
    if color:
        image[..., 1:] = 128
    return image


@pytest.mark.parametrize("activation", ["softmax", "logits", "log_softmax"])
@pytest.mark.parametrize("blank", ["first", "last"])
def test_a_card_is_all_a_ctc_model_needs(tmp_path, activation, blank):
    data = card()
    data["output"]["activation"] = activation
    data["alphabet"]["blank"] = blank
    reader = load_recognizer(written(tmp_path, data), threads=1)
    assert (reader.name, reader.height) == ("tiny", HEIGHT)
    assert reader.alphabet.symbols[reader.alphabet.blank] == ""
    lattices = reader.recognize([line("a_bb_b_c"), line("c")])
    assert [lattice.greedy() for lattice in lattices] == ["abbc", "c"]
    for lattice in lattices:
        np.testing.assert_allclose(np.exp(lattice.logp).sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("channels", ["bgr", "rgb"])
def test_channels_come_in_the_cards_order(tmp_path, channels):
    data = card()
    data["input"] |= {"channels": channels, "mean": [0.0] * 3, "std": [1.0] * 3}
    image = line("abc", color=True)  # the model looks at its first channel
    image = image if channels == "bgr" else image[..., ::-1].copy()
    (lattice,) = load_recognizer(written(tmp_path, data)).recognize([image])
    assert lattice.greedy() == "abc"


def test_mean_and_std_are_of_pixels_over_255(tmp_path):
    data = card()
    data["input"] |= {"mean": [0.5], "std": [2.0]}
    (lattice,) = load_recognizer(written(tmp_path, data)).recognize(
        [np.full((HEIGHT, STRIDE, 3), 128, np.uint8)]
    )
    assert lattice.greedy() == "a"  # (128 / 255 - 0.5) / 2 is 0, a's level


def test_symbols_come_from_the_card_a_file_or_the_model(tmp_path):
    (tmp_path / "letters.txt").write_text("a\nb\nc\n", "utf-8")
    for source in ({"symbols": list(SYMBOLS)}, {"file": "letters.txt"}, {"metadata": "letters"}):
        reader = load_recognizer(written(tmp_path, card() | {"alphabet": source}))
        assert reader.alphabet.symbols == ("", *SYMBOLS)


def test_the_blank_may_be_listed_among_the_symbols(tmp_path):
    listed = {"symbols": ["<blank>", *SYMBOLS], "listed_blank": "<blank>"}
    reader = load_recognizer(written(tmp_path, card() | {"alphabet": listed}))
    assert [lattice.greedy() for lattice in reader.recognize([line("a_bb_b_c")])] == ["abbc"]


def test_weights_of_an_extra_say_how_to_install_them(tmp_path):
    file = {"path": "x.onnx", "package": "no_such_package_here", "extra": "vote"}
    path = written(tmp_path, card())
    path.write_text(yaml.safe_dump(card() | {"file": file}), "utf-8")
    with pytest.raises(MissingExtra, match=r"model 'tiny'.*pip install 'docextract\[vote\]'"):
        load_recognizer(path)


def test_lines_of_other_heights_are_scaled(tmp_path):
    reader = load_recognizer(written(tmp_path, card()))
    lattices = reader.recognize([cv2.resize(line("abca"), (96, 48)), cv2.resize(line("b"), (4, 8))])
    assert [lattice.greedy() for lattice in lattices] == ["abca", "b"]


def test_no_lines_give_no_lattices(tmp_path):
    assert load_recognizer(written(tmp_path, card())).recognize([]) == []


@settings(deadline=None)
@given(texts=st.lists(st.text("abc_", min_size=1, max_size=20), max_size=12))
def test_lattices_come_in_the_order_of_the_lines(tiny, texts):
    lattices = tiny.recognize([line(text) for text in texts])
    alone = [tiny.recognize([line(text)])[0] for text in texts]
    assert [lattice.greedy() for lattice in lattices] == [lattice.greedy() for lattice in alone]
    for text, lattice in zip(texts, lattices, strict=True):
        assert len(text) <= lattice.steps <= len(text) + 2


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return load_recognizer(written(tmp_path_factory.mktemp("tiny"), card()))


@settings(deadline=None)
@given(widths=st.lists(st.integers(1, 900), max_size=60), max_px=st.integers(1, 2000))
def test_batches_hold_each_line_once_and_lines_of_one_width(widths, max_px):
    padded = [padded_width(width, min_width=64, multiple=16) for width in widths]
    groups = [group.tolist() for group in batches(padded, max_px=max_px)]
    assert sorted(index for group in groups for index in group) == list(range(len(widths)))
    for group in groups:
        assert len({padded[index] for index in group}) == 1
        assert len(group) == 1 or sum(padded[index] for index in group) <= max_px


@settings(deadline=None)
@given(width=st.integers(1, 5000), least=st.integers(1, 500), multiple=st.integers(1, 64))
def test_padding_is_to_the_next_multiple(width, least, multiple):
    padded = padded_width(width, min_width=least, multiple=multiple)
    assert padded >= max(width, least)
    assert padded == least or (padded % multiple == 0 and padded - width < multiple)


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_recognizer(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_name_nobody_has_lists_the_near_ones():
    assert "ppocrv6-small" in model_names()
    with pytest.raises(UnknownName, match=r"Did you mean .*'ppocrv6-small'"):
        load_card("ppocrv6-smal")


WRONG = {
    "weights missing": ({"file": {"path": "other.onnx"}}, "file.path: there is no file"),
    "package missing": (
        {"file": {"path": "x.onnx", "package": "no_such_package_here"}},
        "pip install no_such_package_here",
    ),
    "inner package missing": (
        {"file": {"path": "x.onnx", "package": "no_such_package_here.models"}},
        "'no_such_package_here.models' is not installed",
    ),
    "unknown key": ({"heigth": 3}, "heigth: Extra inputs are not permitted"),
    "wrong value": ({"output": {"stride": 0}}, "output.stride: Input should be greater"),
    "wrong version": ({"docextract": 2}, "docextract: Input should be 1"),
    "no licence": ({"licence": None}, "licence: Input should be a valid string"),
    "too few symbols": ({"alphabet": {"symbols": ["a"]}}, "2 symbols with the blank.* 4 outputs"),
    "too many symbols": (
        {"alphabet": {"symbols": list("abc"), "append": [" "]}},
        "5 symbols with the blank.*Check alphabet.append",
    ),
    "metadata missing": ({"alphabet": {"metadata": "runes"}}, "metadata has no 'runes'"),
    "no alphabet": ({"alphabet": {}}, "alphabet.*Give"),
    "blank not listed": (
        {"alphabet": {"symbols": list("abcd"), "listed_blank": "<blank>"}},
        "alphabet.listed_blank '<blank>' is not among the symbols",
    ),
    "file of symbols missing": ({"alphabet": {"file": "none.txt"}}, "alphabet.file.*none.txt"),
    "means of three, gray": (
        {"input": {"height": HEIGHT, "channels": "gray", "mean": [0.5] * 3}},
        "input.*mean",
    ),
    "input of another height": (
        {"input": {"height": 32, "channels": "gray"}},
        "model.yaml: input.height is 32, but the model takes 16",
    ),
    "input of other channels": (
        {"input": {"height": HEIGHT, "channels": "bgr"}},
        "model.yaml: input.channels is 'bgr', but the model takes 1",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_card_is_one_clear_error(tmp_path, case):
    change, message = WRONG[case]
    path = written(tmp_path, card())
    path.write_text(yaml.safe_dump(card() | change), "utf-8")
    found = refusal(path)
    assert re.search(message, found), found


@pytest.mark.parametrize("text", ["- a list", "just text", "", "a: [", "\x00", "docextract: 1"])
def test_a_file_that_is_no_card_is_one_clear_error(tmp_path, text):
    path = tmp_path / "model.yaml"
    path.write_text(text, "utf-8")
    assert str(path) in refusal(path)


def test_no_card_at_all_and_a_folder_without_one(tmp_path):
    assert "no such model card" in refusal(tmp_path / "none.yaml")
    assert "no such model card" in refusal(tmp_path)


@pytest.mark.parametrize("data", [b"", b"not a model", b"\x08\x08" * 50])
def test_weights_that_are_no_model_are_one_clear_error(tmp_path, data):
    path = written(tmp_path, card())
    (tmp_path / "tiny.onnx").write_bytes(data)
    assert "tiny.onnx: not a loadable ONNX model" in refusal(path)


def real_lines() -> list[np.ndarray]:
    """Strips of a drawn sample, of many widths."""
    page = cv2.imread(str(resource_dir("templates") / "invoice" / "01-a.jpg"))
    return [page[40 + 30 * i : 72 + 30 * i, 20 * i : 200 + 85 * i] for i in range(12)]


def test_many_lines_read_as_each_alone(shipped):
    together = shipped.recognize(real_lines())
    for image, lattice in zip(real_lines(), together, strict=True):
        (alone,) = shipped.recognize([image])
        np.testing.assert_allclose(np.exp(lattice.logp), np.exp(alone.logp), atol=2e-3)
        np.testing.assert_allclose(np.exp(lattice.logp).sum(axis=1), 1, atol=1e-3)


def test_threads_share_a_recognizer(shipped):
    expected = [lattice.greedy() for lattice in shipped.recognize(real_lines())]
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: shipped.recognize(real_lines()), range(4)):
            assert [lattice.greedy() for lattice in found] == expected


@pytest.fixture(scope="module")
def shipped():
    return load_recognizer("ppocrv6-small")
