"""Training a recognizer: it learns, goes on where it stopped, and exports what it has learnt."""

import json
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("fontTools")

from docextract.errors import ModelError, SourceError, UsageError  # noqa: E402
from docextract.lines import read_lines  # noqa: E402
from docextract.recognition import load_recognizer  # noqa: E402
from docextract.synth.lines import draw_lines, typed_alphabet, write_lines  # noqa: E402
from docextract.synth.lines.faces import FaceBook, LineFontError  # noqa: E402
from docextract.training.crnn import (  # noqa: E402
    Trained,
    export,
    fine_tune,
    load_recipe,
    load_weights,
    train_network,
)
from docextract.training.crnn.checkpoint import (  # noqa: E402
    Checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from docextract.training.crnn.examples import Example, ExampleMaker, in_batches  # noqa: E402
from docextract.training.crnn.feed import drawn_examples, example_maker  # noqa: E402
from docextract.training.crnn.labelled import load_labelled  # noqa: E402
from docextract.training.crnn.loop import learning_rate  # noqa: E402
from docextract.training.crnn.network import Crnn  # noqa: E402
from docextract.training.crnn.scoring import score  # noqa: E402
from docextract.types import OTHER  # noqa: E402

RECIPE = """\
docextract: 1
name: tiny
architecture:
  stages:
    - {channels: 8, stride: [2, 2]}
    - {channels: 16, stride: [2, 2]}
    - {channels: 16, stride: [2, 1]}
    - {channels: 24, stride: [2, 1]}
  hidden: 24
  dropout: 0
data: {seed: 3, mix: {integer: 1}, packages: [fonts-dejavu-core], held_out: 40, max_width: 320}
schedule: {lines: 1500, batch_px: 1024, learning_rate: 0.004}
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    try:
        FaceBook(("fonts-dejavu-core",))
    except LineFontError:
        pytest.skip("the typefaces of fonts-dejavu-core are missing")
    path = tmp_path_factory.mktemp("recipe") / "recipe.yaml"
    path.write_text(RECIPE, "utf-8")
    return load_recipe(path)


@pytest.fixture(scope="module")
def trained(recipe, tmp_path_factory) -> tuple[Trained, Path, list]:
    folder = tmp_path_factory.mktemp("tiny")
    told: list = []
    return train_network(recipe, folder / "checkpoint.pt", tell=told.append), folder, told


def untrained(recipe) -> Trained:
    network = Crnn(recipe.architecture, len(typed_alphabet())).eval()
    return Trained(network, recipe, 0, {})


def test_the_state_is_saved_at_the_end(trained) -> None:
    result, folder, told = trained
    assert result.lines >= 1500
    assert told[-1].lines == load_checkpoint(folder / "checkpoint.pt").lines == result.lines


def test_a_finished_training_is_not_done_again(recipe, trained) -> None:
    result, folder, _ = trained
    again = train_network(recipe, folder / "checkpoint.pt")
    for name, weights in again.network.state_dict().items():
        assert torch.equal(weights, result.network.state_dict()[name])


def test_a_training_goes_on_from_its_checkpoint_and_learns(recipe, tmp_path) -> None:
    path, told = tmp_path / "checkpoint.pt", []
    first = train_network(recipe.with_lines(200), path, tell=told.append)
    second = train_network(recipe.with_lines(600), path, tell=told.append)
    assert [p.lines for p in told] == [first.lines, second.lines]
    assert told[1].loss < 0.7 * told[0].loss


def test_a_checkpoint_of_another_architecture_is_refused(recipe, trained) -> None:
    _, folder, _ = trained
    wider = recipe.model_copy(
        update={"architecture": recipe.architecture.model_copy(update={"hidden": 32})}
    )
    with pytest.raises(UsageError, match="architecture"):
        train_network(wider, folder / "checkpoint.pt")


@pytest.mark.parametrize(
    ("part", "change"), [("data", {"seed": 4}), ("schedule", {"learning_rate": 0.001})]
)
def test_a_checkpoint_of_another_recipe_is_not_taken_for_this_one(
    recipe, trained, part, change
) -> None:
    other = recipe.model_copy(update={part: getattr(recipe, part).model_copy(update=change)})
    with pytest.raises(UsageError, match=f"another recipe: its {part} differ.*delete it"):
        train_network(other, trained[1] / "checkpoint.pt")


def test_the_exported_model_reads_what_the_network_reads(recipe, trained) -> None:
    result, folder, _ = trained
    card = export(result, folder)
    recognizer = load_recognizer(card)
    lines = draw_lines(12, seed=8, mix={"integer": 1})
    lattices = recognizer.recognize([np.repeat(line.image[..., None], 3, 2) for line in lines])
    maker = example_maker(recipe)
    for line, lattice in zip(lines, lattices, strict=True):
        example = maker.make(line.image, line.text, line.kind)
        if example is None or example.image.shape[1] < 64:  # padded further by the recognizer
            continue
        batch = maker.batch([example])
        with torch.inference_mode():
            images = (torch.from_numpy(batch.images).float() - 127.5).div(127.5).unsqueeze(1)
            wanted = result.network(images).log_softmax(2)[0].numpy()
        steps = min(lattice.steps, len(wanted))
        assert np.allclose(lattice.logp[:steps], wanted[:steps], atol=0.05)


def test_the_card_tells_how_it_was_made_and_the_weights_go_on(recipe, trained, tmp_path) -> None:
    result, _, _ = trained
    export(result, tmp_path)
    card = load_recognizer(tmp_path / "model.yaml")
    assert card.alphabet == typed_alphabet()
    again = train_network(
        recipe.with_lines(1), tmp_path / "c.pt", start=load_weights(tmp_path / "weights.npz")
    )
    assert again.scores["all"].cer < 1.5 * result.scores["all"].cer + 0.1
    assert load_recipe(tmp_path / "recipe.yaml") == recipe


def test_read_lines_takes_the_trained_model(trained, tmp_path) -> None:
    card = export(trained[0], tmp_path)
    crop = np.full((32, 90, 3), 255, np.uint8)
    assert len(read_lines([crop], "digits", model=str(card))) == 1


def test_weights_of_a_wrong_file_or_architecture_are_refused(recipe, tmp_path) -> None:
    (tmp_path / "bad.npz").write_bytes(b"PK nothing")
    with pytest.raises(ModelError, match=r"bad\.npz"):
        load_weights(tmp_path / "bad.npz")
    with pytest.raises(UsageError, match="architecture"):
        train_network(recipe, tmp_path / "c.pt", start={"x": torch.zeros(1)})


def test_checkpoints_are_whole_or_absent(tmp_path, monkeypatch) -> None:
    path = tmp_path / "checkpoint.pt"
    good = Checkpoint("{}", 7, {"w": torch.ones(3)}, {})
    save_checkpoint(good, path)

    def full_disk(state: object, file: Path) -> None:
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(UsageError, match="No space left"):
        save_checkpoint(Checkpoint("{}", 8, {}, {}), path)
    assert load_checkpoint(path).lines == 7
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_a_damaged_checkpoint_is_one_clear_error(tmp_path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(UsageError, match="Delete it"):
        load_checkpoint(tmp_path / "checkpoint.pt")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("hidden: 24", "hidden: many"),
        ("batch_px: 1024", "batch_px: 2"),
        ("name: tiny", "nom: tiny"),
    ],
)
def test_a_wrong_recipe_names_the_entry(tmp_path, wrong, told) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE.replace(wrong, told), "utf-8")
    with pytest.raises(UsageError, match=told.split(":")[0]):
        load_recipe(path)


def test_examples_refuse_what_cannot_be_learnt() -> None:
    maker = ExampleMaker(typed_alphabet(), height=32, stride=4, max_width=320)
    line = np.zeros((32, 40), np.uint8)
    assert maker.make(line, "12", "digits") is not None
    assert maker.make(line, "", "digits") is None
    assert maker.make(line, "ж", "digits") is None
    assert maker.make(line, "1" * 6, "digits") is None  # 11 steps with the blanks between
    assert maker.make(np.zeros((32, 400), np.uint8), "12", "digits") is None


def test_full_width_and_unknown_chinese_characters_are_spelt_as_what_stands_for_them() -> None:
    alphabet = typed_alphabet()
    maker = ExampleMaker(alphabet, height=32, stride=4, max_width=320)
    example = maker.make(np.zeros((32, 80), np.uint8), "漢：￥1", "field")
    assert example is not None
    assert "".join(alphabet.symbols[label] for label in example.labels) == f"{OTHER}:¥1"


def test_weights_of_a_smaller_alphabet_begin_where_they_were(recipe, trained, tmp_path) -> None:
    """New symbols are never read at first; the old ones are read as before."""
    export(trained[0], tmp_path)
    arrays = dict(np.load(tmp_path / "weights.npz"))
    known = typed_alphabet().symbols[:-5]
    arrays["alphabet"] = np.array(known[::-1])
    for name in ("symbols.weight", "symbols.bias"):
        arrays[name] = arrays[name][:-5][::-1]
    np.savez(tmp_path / "fewer.npz", **arrays)
    weights, whole = load_weights(tmp_path / "fewer.npz"), load_weights(tmp_path / "weights.npz")
    assert torch.equal(weights["symbols.weight"][:-5], whole["symbols.weight"][:-5])
    assert not weights["symbols.weight"][-5:].any()
    assert (weights["symbols.bias"][-5:] == whole["symbols.bias"][:-5].min()).all()
    Crnn(recipe.architecture, len(typed_alphabet())).load_state_dict(weights)


def test_batches_lose_no_line_and_tell_their_steps() -> None:
    maker = ExampleMaker(typed_alphabet(), height=32, stride=4, max_width=640)
    rng = np.random.default_rng(0)
    examples = [
        Example(np.zeros((32, int(w)), np.uint8), (1,) * n, "", "digits")
        for w, n in zip(rng.integers(8, 600, 200), rng.integers(1, 4, 200), strict=True)
    ]
    batches = list(in_batches(examples, maker, 2048))
    assert sum(len(batch) for batch in batches) == 200
    assert sum(int(batch.lengths.sum()) for batch in batches) == sum(
        len(e.labels) for e in examples
    )
    for batch in batches:
        assert batch.images.shape[2] % 32 == 0
        assert (batch.steps * 4 <= batch.images.shape[2] + 3).all()


def test_scores_are_of_the_lines_they_belong_to(recipe) -> None:
    """Reading in batches by width must not mix the lines up."""
    maker = example_maker(recipe)
    examples = list(islice(drawn_examples(recipe, 5), 80))
    network = untrained(recipe).network
    alone = [score(network, [e], maker)["all"].cer * len(e.labels) for e in examples]
    together = score(network, examples, maker)["all"]
    assert together.cer * sum(len(e.labels) for e in examples) == pytest.approx(sum(alone))


def test_the_learning_rate_rises_and_falls(recipe) -> None:
    rates = [learning_rate(recipe.schedule, done) for done in np.linspace(0, 1, 50)]
    top = int(np.argmax(rates))
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] < 0.01 * max(rates)


def test_metadata_of_the_onnx_file_describes_it(trained, tmp_path) -> None:
    import onnx

    export(trained[0], tmp_path)
    facts = {p.key: p.value for p in onnx.load(tmp_path / "tiny.onnx").metadata_props}
    assert facts["stride"] == "4"
    assert facts["height"] == "32"
    assert tuple(facts["character"].split("\n")) == typed_alphabet().symbols[1:]
    assert json.loads(facts["training"])["recipe"]["name"] == "tiny"


def labelled_folder(folder: Path, count: int, seed: int = 1) -> Path:
    write_lines(draw_lines(count, seed=seed, mix={"integer": 1}), folder)
    return folder


def test_fine_tuning_never_ends_with_less_than_it_began_with(recipe, trained, tmp_path) -> None:
    data = labelled_folder(tmp_path / "own", 60)
    start = {k: v.clone() for k, v in trained[0].network.state_dict().items()}
    told: list = []
    tuned = fine_tune(recipe, start, data, lines=1200, tell=told.append)
    assert told
    assert set(tuned.before) == {"all", "own", "drawn"}
    assert tuned.before["own"].lines == len(load_labelled(data, example_maker(recipe)).held_out)
    merit = [s["own"].exact + s["drawn"].exact for s in (tuned.before, tuned.after)]
    assert merit[1] >= merit[0]


def test_labels_that_cannot_be_learnt_are_counted_and_bad_pictures_named(tmp_path, recipe) -> None:
    maker = example_maker(recipe)
    folder = labelled_folder(tmp_path / "own", 40)
    rows = json.loads((folder / "labels.json").read_text("utf-8"))
    rows[0]["text"], rows[1]["text"] = "", "漢字"
    (folder / "labels.json").write_text(json.dumps(rows), "utf-8")
    own = load_labelled(folder, maker)
    assert own.refused >= 2
    assert not {id(e) for e in own.learn} & {id(e) for e in own.held_out}
    (folder / rows[5]["file"]).write_bytes(b"no picture")
    (folder / rows[6]["file"]).unlink()
    with pytest.raises(SourceError, match=f"2 pictures.*{rows[5]['file']}"):
        load_labelled(folder, maker)


@pytest.mark.parametrize(
    ("labels", "told"),
    [("[]", "Label 20 or more"), ("{}", "should be a list"), ("[{", "should be a list")],
)
def test_labels_of_a_wrong_form_say_the_right_one(tmp_path, recipe, labels, told) -> None:
    (tmp_path / "labels.json").write_text(labels, "utf-8")
    with pytest.raises(UsageError, match=told):
        load_labelled(tmp_path, example_maker(recipe))
    with pytest.raises(SourceError, match=r"labels\.json"):
        load_labelled(tmp_path / "nothing", example_maker(recipe))


FEED = """
import sys, time
from pathlib import Path
from docextract.training.crnn import load_recipe
from docextract.training.crnn.feed import DrawnFeed

if __name__ == "__main__":
    with DrawnFeed(load_recipe(Path(sys.argv[1]))) as feed:
        while not feed._queue.full():
            time.sleep(0.1)
        print(feed._workers[0].pid, flush=True)
        time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")
def test_drawing_ends_with_a_training_that_is_killed(tmp_path) -> None:
    script, recipe = tmp_path / "feed.py", tmp_path / "recipe.yaml"
    script.write_text(FEED, "utf-8")
    # Batches too large for a pipe to hold: what waits in it is never taken.
    recipe.write_text(RECIPE.replace("batch_px: 1024", "batch_px: 2200"), "utf-8")
    command = [sys.executable, str(script), str(recipe)]
    training = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert training.stdout is not None
    drawing = Path("/proc", training.stdout.readline().strip())
    training.kill()
    training.wait()
    training.stdout.close()
    deadline = time.monotonic() + 60
    while drawing.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not drawing.exists()
