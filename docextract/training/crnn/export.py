"""A trained network as a model folder: ONNX that describes itself, weights to train on, a card."""

from __future__ import annotations

import json
import warnings
from datetime import date
from pathlib import Path

import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from torch import Tensor, nn

from docextract.errors import ModelError
from docextract.synth.lines import typed_alphabet
from docextract.training.crnn.loop import Trained
from docextract.training.crnn.network import Crnn, parameters
from docextract.training.crnn.recipe import Recipe

WEIGHTS_FILE, CARD_FILE, RECIPE_FILE = "weights.npz", "model.yaml", "recipe.yaml"
_OPSET = 17
_TOLERANCE = 1e-3  # of log-probabilities, between torch and ONNX Runtime


class _LogProbabilities(nn.Module):
    """The network with log-softmax, as it is exported."""

    def __init__(self, network: Crnn) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        logp: Tensor = self.network(images).log_softmax(2)
        return logp


def export(trained: Trained, folder: Path) -> Path:
    """Write NAME.onnx, weights.npz, recipe.yaml and model.yaml to ``folder``; returns the card.

    Raises ModelError when ONNX Runtime does not compute what torch does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network, recipe = trained.network, trained.recipe
    model = folder / f"{recipe.name}.onnx"
    _write_onnx(network, recipe, model, trained.lines)
    _check_equal(network, recipe, model)
    arrays = {name: weights.numpy() for name, weights in network.state_dict().items()}
    np.savez_compressed(
        folder / WEIGHTS_FILE, **arrays, alphabet=np.array(typed_alphabet().symbols)
    )
    if not (folder / RECIPE_FILE).exists():
        _write_yaml(recipe.model_dump(mode="json"), folder / RECIPE_FILE)
    _write_yaml(_card(trained), folder / CARD_FILE)
    return folder / CARD_FILE


def _write_yaml(data: dict[str, object], path: Path) -> None:
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)
    path.write_text(text, "utf-8")


def load_weights(path: Path) -> dict[str, Tensor]:
    """The weights that ``export`` wrote, for today's alphabet, which may have grown since.

    Raises ModelError for a file that is not one.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError) as err:
        raise ModelError(f"{path}: not the weights of a trained network: {err}") from None
    known = arrays.pop("alphabet", None)
    if known is not None:
        rows = _rows(known.tolist())
        arrays["symbols.weight"] = _grown(arrays["symbols.weight"], rows, new=0.0)
        rare = float(arrays["symbols.bias"].min())
        arrays["symbols.bias"] = _grown(arrays["symbols.bias"], rows, new=rare)
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def _rows(known: list[str]) -> list[int]:
    """Where each symbol of today's alphabet stood in the ``known`` one; -1 for a new one."""
    places = {symbol: row for row, symbol in enumerate(known)}
    return [places.get(symbol, -1) for symbol in typed_alphabet().symbols]


def _grown(old: NDArray[np.float32], rows: list[int], *, new: float) -> NDArray[np.float32]:
    """The output layer's rows by symbol; those of symbols it did not have are all ``new``."""
    grown = old[rows]
    grown[[row < 0 for row in rows]] = new
    return grown


def _write_onnx(network: Crnn, recipe: Recipe, path: Path, lines: int) -> None:
    import onnx

    with warnings.catch_warnings():
        # The newer exporter needs another package and writes the same graph.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _LogProbabilities(network).eval(),
            (torch.zeros(1, 1, recipe.architecture.height, 64),),
            str(path),
            dynamo=False,
            opset_version=_OPSET,
            input_names=["images"],
            output_names=["logp"],
            dynamic_axes={"images": {0: "lines", 3: "width"}, "logp": {0: "lines", 1: "steps"}},
        )
    model = onnx.load(path)
    onnx.helper.set_model_props(model, _metadata(recipe, lines))
    onnx.save(model, path)


def _metadata(recipe: Recipe, lines: int) -> dict[str, str]:
    return {
        "character": "\n".join(typed_alphabet().symbols[1:]),
        "blank": "first",
        "height": str(recipe.architecture.height),
        "stride": str(recipe.architecture.stride),
        "scaling": json.dumps({"mean": 0.5, "std": 0.5, "channels": "gray"}),
        "training": json.dumps({"lines": lines, "recipe": recipe.model_dump(mode="json")}),
    }


def _check_equal(network: Crnn, recipe: Recipe, path: Path) -> None:
    from docextract.recognition import run_model

    rng = np.random.default_rng(0)
    for width in (32, 96, 320):
        lines: NDArray[np.float32] = rng.uniform(
            -1, 1, (2, 1, recipe.architecture.height, width)
        ).astype(np.float32)
        with torch.inference_mode():
            wanted = network(torch.from_numpy(lines)).log_softmax(2).numpy()
        off = float(np.abs(run_model(path, lines) - wanted).max())
        if off > _TOLERANCE:
            raise ModelError(f"{path}: differs from the trained network by {off:.2g} in log p")


def _card(trained: Trained) -> dict[str, object]:
    recipe = trained.recipe
    return {
        "docextract": 1,
        "name": recipe.name,
        "title": "CRNN for typed fields: figures, Latin, marks, dates, capital amounts, plates",
        "licence": recipe.licence,
        "file": {"path": f"{recipe.name}.onnx"},
        "input": {
            "height": recipe.architecture.height,
            "min_width": 64,
            "width_multiple": 32,
            "channels": "gray",
            "mean": [0.5],
            "std": [0.5],
        },
        "output": {"stride": recipe.architecture.stride, "activation": "log_softmax"},
        "alphabet": {"metadata": "character", "blank": "first"},
        "training": {
            "date": date.today().isoformat(),
            "lines": trained.lines,
            "parameters": parameters(trained.network),
            "symbols": len(typed_alphabet()),
            "data": "drawn lines only (docextract synth lines); no picture of a real paper",
            "typefaces": "free fonts of Debian packages, see docextract/synth/lines/faces.py",
            "command": f"docextract train models/{recipe.name}/recipe.yaml -o models/{recipe.name}",
            "held_out_drawn_lines": {
                kind: {"lines": s.lines, "exact": round(s.exact, 4), "cer": round(s.cer, 4)}
                for kind, s in trained.scores.items()
            },
            "limits": "print only; no handwriting; greedy figures, the type's grammar adds to them",
        },
    }
