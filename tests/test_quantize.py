"""Quantization takes a variant only when it is faster and reads as well."""

from pathlib import Path

import numpy as np
import pytest
import yaml

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from docextract.errors import UnknownName  # noqa: E402
from docextract.recognition import load_recognizer  # noqa: E402
from docextract.synth.lines import typed_alphabet  # noqa: E402
from docextract.synth.lines.faces import FaceBook, LineFontError  # noqa: E402
from docextract.training import quantize as quantizing  # noqa: E402
from docextract.training.crnn import Recipe, Trained, export  # noqa: E402
from docextract.training.crnn.network import Crnn  # noqa: E402
from docextract.training.quantize import Variant, choose, quantize  # noqa: E402

RECIPE = {
    "docextract": 1,
    "name": "tiny",
    "architecture": {
        "stages": [
            {"channels": 8, "stride": [2, 2]},
            {"channels": 16, "stride": [2, 2]},
            {"channels": 16, "stride": [2, 1]},
            {"channels": 24, "stride": [2, 1]},
        ],
        "hidden": 32,
    },
}


def variant(name: str, ms_line: float, exact: float) -> Variant:
    return Variant(name, 100, ms_line, exact, Path(name))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    try:
        FaceBook()
    except LineFontError:
        pytest.skip("no typefaces are installed")
    torch.manual_seed(0)
    recipe = Recipe.model_validate(RECIPE)
    network = Crnn(recipe.architecture, len(typed_alphabet())).eval()
    return export(Trained(network, recipe, 0, {}), tmp_path_factory.mktemp("tiny"))


def test_the_fastest_variant_that_reads_as_well_is_chosen() -> None:
    original = variant("float32", 1.0, 0.950)
    fast, faster = variant("dynamic", 0.8, 0.949), variant("static", 0.5, 0.9485)
    worse, slower = variant("mixed", 0.3, 0.947), variant("dynamic", 1.1, 0.951)
    assert choose([original, fast, faster, worse]) is faster
    assert choose([original, worse, slower]) is None


def test_what_is_written_is_a_model_that_computes_nearly_the_same(
    tiny, tmp_path, monkeypatch
) -> None:
    # An untrained model's speed is beside the point here: every variant counts as faster.
    monkeypatch.setattr(quantizing, "choose", lambda variants: variants[1])
    outcome = quantize(tiny, tmp_path / "tiny-int8", lines=50)
    assert [v.name for v in outcome.variants] == ["float32", "dynamic", "static", "mixed"]
    assert outcome.variants[1].size_kb < outcome.variants[0].size_kb
    card = yaml.safe_load((tmp_path / "tiny-int8" / "model.yaml").read_text("utf-8"))
    assert card["name"] == "tiny-int8"
    assert card["file"] == {"path": "tiny-int8.onnx"}
    assert card["training"]["made_from"] == "tiny"
    line = np.random.default_rng(0).integers(0, 255, (32, 200, 3), np.uint8)
    exact, near = (
        load_recognizer(path).recognize([line])[0]
        for path in (tiny, tmp_path / "tiny-int8" / "model.yaml")
    )
    assert near.alphabet == exact.alphabet
    assert np.abs(near.logp - exact.logp).max() < 0.5


def test_nothing_is_written_when_no_variant_is_worth_it(tiny, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(quantizing, "choose", lambda _: None)
    assert quantize(tiny, tmp_path / "out", lines=50).chosen is None
    assert not (tmp_path / "out").exists()


def test_an_unknown_model_is_named(tmp_path) -> None:
    with pytest.raises(UnknownName, match="ppocrv6-small"):
        quantize("ppocrv6-smal", tmp_path)
