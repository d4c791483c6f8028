"""Corrections to proposals: what is made of them, how it is tried, promoted, used, taken back."""

from __future__ import annotations

import hashlib
import json
import os
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from docextract.cli.main import app
from docextract.confidence import load_calibrations
from docextract.decoding import load_lexicon
from docextract.errors import UnknownName, UsageError
from docextract.feedback import (
    Forgotten,
    Proposal,
    Proposals,
    Versions,
    corrected,
    forget_all_but,
    summarize,
    with_promoted,
)
from docextract.feedback.calibrations import new_calibrations
from docextract.feedback.lexicons import longer_lexicons
from docextract.feedback.trials import Loss, compare_losses, compare_right, mcnemar
from docextract.reviewing import Kept
from docextract.service.engine import Engine, find_templates
from docextract.service.settings import Settings
from docextract.store import (
    Answer,
    FieldState,
    FileStore,
    FolderStore,
    Item,
    Jobs,
    NewItem,
    PageReview,
    PageState,
    ReadPage,
    Reviews,
    open_database,
    open_files,
)
from docextract.template import Template, load_template

FORM = """\
docextract: 1
name: shop
page: {width: 900, height: 600}
layouts: [{name: a, reference: ticket.png}]
fields:
  day: {type: date, box: [50, 30, 250, 100]}
  town: {type: text, lexicon: towns.txt, box: [50, 165, 250, 125]}
"""


@pytest.fixture
def folder(tmp_path: Path, ticket_template: Path) -> Path:
    """A folder with a template of a date, and of a text with a soft lexicon."""
    made = tmp_path / "templates"
    made.mkdir()
    (made / "ticket.png").write_bytes(ticket_template.with_name("ticket.png").read_bytes())
    (made / "shop.yaml").write_text(FORM, "utf-8")
    (made / "towns.txt").write_text("Springfield\t4\nShelbyville\t1\n", "utf-8")
    return made


@pytest.fixture
def shop(folder: Path) -> Template:
    return load_template(folder / "shop.yaml")


def kept(
    text: str, *, confidence: float = 0.9, posterior: float = 2.0, asked: float = 0.92
) -> Kept:
    return Kept.model_validate(
        {
            "text": text,
            "nothing": False,
            "confidence": confidence,
            "candidates": ((text, -0.1),),
            "choices": (),
            "failed": (),
            "quad_px": ((50.0, 30.0), (300.0, 30.0), (300.0, 130.0), (50.0, 130.0)),
            "page_size_u": None,
            "models": ("reader",),
            "evidence": {"posterior": posterior, "mass": 3.0},
            "calibrated": False,
            "asked": asked,
            "unproven": asked,
        }
    )


def item(document: int, field: str, read: Kept, answer: Answer | None) -> Item:
    sha256 = hashlib.sha256(str(document).encode()).hexdigest()
    kind = {"day": "date", "town": "text"}[field]
    return Item(
        id=document,
        page=document,
        name="a.png",
        sha256=sha256,
        number=1,
        template="shop",
        field=field,
        type=kind,
        reading=read.model_dump_json(),
        current="{}",
        state="answered",
        error=0.1,
        reviewer="ann",
        lease_until=0.0,
        answer=answer,
    )


def overconfident(documents: int, *, asked: float = 0.92) -> list[Item]:
    """Dates of which the confident half is right, and of the others, as confident, a half."""
    chance = random.Random(3)
    items = []
    for number in range(documents):
        sure = chance.random() < 0.5
        right = sure or chance.random() < 0.4
        read = kept("2021-03-17", confidence=0.9, posterior=6.0 if sure else 2.0, asked=asked)
        printed = "2021-03-17" if right else "2021-03-11"
        items.append(item(number, "day", read, Answer("value", printed)))
    return items


def all_read(documents: int) -> list[tuple[Item, bool]]:
    """Dates of which the doubtful half is right half the time, and of the accepted one 98 %.

    Whether each is right comes with it. All answers are there, as if somebody had looked at all.
    """
    chance = random.Random(5)
    items = []
    for number in range(documents):
        sure = chance.random() < 0.5
        right = chance.random() < (0.98 if sure else 0.5)
        posterior = chance.gauss(7.0 if sure else 1.0, 1.0)
        read = kept("2021-03-17", confidence=0.95 if sure else 0.6, posterior=posterior)
        printed = "2021-03-17" if right else "2021-03-11"
        items.append((item(number, "day", read, Answer("value", printed)), right))
    return items


@pytest.mark.parametrize("look", [0.02, 0.05, 0.2])
def test_a_random_look_tells_what_sure_values_are_worth(shop: Template, look: float) -> None:
    """People see doubtful fields, and few of the others: estimates have to be of all of them."""
    everything, chance = all_read(9000), random.Random(1)
    truth = sum(right for _, right in everything) / len(everything)
    sure = [(one, right) for one, right in everything if '"confidence":0.95' in one.reading]
    doubtful = [one for one, _ in everything if '"confidence":0.95' not in one.reading]
    drawn = [replace(one, share=look) for one, _ in sure if chance.random() < look]

    def promised(looked_at: Sequence[Item]) -> float:
        """What the calibration of some corrections promises of all that was read."""
        (new,) = new_calibrations(corrected(looked_at, {"shop": shop}))
        readings = [Kept.model_validate_json(one.reading) for one, _ in everything]
        found = [new.calibration.confidence(read.evidence) for read in readings]
        return sum(found) / len(found)

    assert abs(promised(doubtful) - truth) > 0.1
    as_if_all_alike = [replace(one, share=1.0) for one in drawn]
    weighted = promised(doubtful + drawn)
    assert abs(weighted - truth) < 0.02
    assert abs(weighted - truth) < abs(promised(doubtful + as_if_all_alike) - truth)


def test_few_random_looks_prove_no_small_error_rate(shop: Template) -> None:
    items = [item(n, "day", kept("2021-03-17"), Answer("value", "2021-03-17")) for n in range(60)]
    drawn = [replace(one, share=0.01) for one in items]
    (all_seen,) = new_calibrations(corrected(items, {"shop": shop}))
    (hundreds,) = new_calibrations(corrected(drawn, {"shop": shop}))
    assert hundreds.calibration.lapse == pytest.approx(all_seen.calibration.lapse)
    not_drawn = [replace(one, share=0.0) for one in items]  # brought by another's correction
    assert list(new_calibrations(corrected(not_drawn, {"shop": shop}))) == []


def test_random_looks_are_counted_apart(shop: Template) -> None:
    right, wrong = Answer("value", "2021-03-17"), Answer("value", "2021-03-11")
    items = [item(n, "day", kept("2021-03-17"), right) for n in range(4)]
    items += [replace(item(n, "day", kept("2021-03-17"), wrong), share=0.01) for n in (5, 6)]
    (day,) = summarize(corrected(items, {"shop": shop}))
    assert (day.looked_at, day.wrong, day.drawn, day.drawn_wrong) == (6, 2, 2, 2)


def test_corrections_say_what_was_wrong(shop: Template) -> None:
    items = [
        item(1, "day", kept("2021-03-17"), Answer("value", "2021/03/17")),  # the same day
        item(2, "day", kept("2021-03-17"), Answer("value", "2021-03-11")),
        item(3, "day", kept("2021-03-17"), Answer("not_printed")),
        item(4, "day", kept("2021-03-17"), Answer("unreadable")),  # teaches nothing
        item(5, "town", kept("Springfeld"), Answer("value", "Springfield")),
    ]
    day, town = summarize(corrected(items, {"shop": shop}))
    assert (day.field, day.looked_at, day.documents, day.wrong) == ("day", 3, 3, 2)
    assert (town.field, town.looked_at, town.wrong) == ("town", 1, 1)
    assert corrected(items, {}) == []  # a template that is served no more


def test_a_document_is_wholly_held_out_or_not(shop: Template) -> None:
    items = [
        item(number, field, kept(text), Answer("value", text))
        for number in range(300)
        for field, text in (("day", "2021-03-17"), ("town", "Springfield"))
    ]
    fields = corrected(items, {"shop": shop})
    held_out = {one.document for one in fields if one.held_out}
    assert not held_out & {one.document for one in fields if not one.held_out}
    assert 70 < len(held_out) < 130


@given(st.integers(0, 7), st.integers(0, 7))
def test_mcnemar_is_exact(better: int, worse: int) -> None:
    n = better + worse
    as_uneven = sum(
        abs(2 * sum(toss) - n) >= abs(better - worse) for toss in product((0, 1), repeat=n)
    )
    assert mcnemar(better, worse) == pytest.approx(as_uneven / 2**n)


def test_only_what_is_significantly_better_passes() -> None:
    assert compare_right([False] * 6, [True] * 6).passed
    assert not compare_right([False] * 5, [True] * 5).passed
    assert not compare_right([True] * 9, [False] * 9).passed
    assert not compare_right([], []).passed
    clear = [Loss(str(i), 1.0, 0.5 + 0.1 * (i % 3)) for i in range(20)]
    assert compare_losses(clear).passed
    assert not compare_losses(clear[:19]).passed  # too few documents
    worse = [Loss(str(i), 0.5, 1.0) for i in range(40)]
    assert not compare_losses(worse).passed
    assert not compare_losses([Loss(str(i), 0.5, 0.5 + (-1) ** i * 0.3) for i in range(40)]).passed


def test_readings_of_one_document_are_no_independent_proof() -> None:
    lines = [Loss("one", 1.0, 0.5) for _ in range(100)]
    assert not compare_losses(lines).passed


@pytest.mark.parametrize("seed", range(4))
def test_chance_alone_rarely_passes(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.3, (30, 40))
    passed = [
        compare_losses([Loss(str(i), 1.0, 1.0 + n) for i, n in enumerate(row)]).passed
        for row in noise
    ]
    assert sum(passed) <= 4  # 2.5 % each are expected


def test_a_lexicon_gets_what_was_wrong_in_two_documents(shop: Template) -> None:
    written = [(1, "Ogdenville"), (2, "Ogdenville"), (3, "Brockway"), (4, "Springfield")]
    written += [(5, "Springfield"), (6, "North Haverbrook"), (6, "North Haverbrook")]
    items = [item(n, "town", kept("x"), Answer("value", text)) for n, text in written]
    (longer,) = longer_lexicons("shop", shop, corrected(items, {"shop": shop}))
    assert list(longer.added) == ["Ogdenville"]
    odd = [item(n, "town", kept("x"), Answer("value", t)) for n in (1, 2) for t in ("# a", "a\tb")]
    assert list(longer_lexicons("shop", shop, corrected(odd, {"shop": shop}))) == []
    right = [item(n, "town", kept("Waverly"), Answer("value", "Waverly")) for n in (1, 2)]
    assert list(longer_lexicons("shop", shop, corrected(right, {"shop": shop}))) == []


def proposed(shop: Template, items: Sequence[Item], tmp_path: Path) -> Proposal:
    fields = corrected(items, {"shop": shop})
    files = FolderStore(tmp_path / "files")
    return Proposals(tmp_path / "feedback").propose(fields, {"shop": shop}, files)


def test_a_calibration_is_proposed_tried_promoted_and_taken_back(
    shop: Template, tmp_path: Path
) -> None:
    proposal = proposed(shop, overconfident(240), tmp_path)
    (trial,) = proposal.trials
    assert (trial.kind, trial.about, trial.passed) == ("calibration", "date by reader", True)
    assert trial.after < trial.before
    assert trial.documents == trial.n < 240
    used = tmp_path / "feedback"
    versions = Versions(used)
    assert with_promoted("shop", shop, used) is shop
    assert versions.promote(proposal.folder, proposal.trials, {"shop": shop}) == 1
    taught = with_promoted("shop", shop, used)
    assert taught.calibration is not None
    (calibration,) = load_calibrations(taught.calibration)
    assert calibration.confidence({"posterior": 2.0, "mass": 3.0}) < 0.7
    assert calibration.confidence({"posterior": 6.0, "mass": 3.0}) > 0.8
    assert with_promoted("other", shop, used) is shop
    assert versions.rollback() == 0
    assert with_promoted("shop", shop, used) is shop
    with pytest.raises(UsageError, match="nothing to go back to"):
        versions.rollback()
    with pytest.raises(UnknownName, match="shop"):
        versions.promote(proposal.folder, proposal.trials, {})


def test_a_calibration_that_would_accept_nothing_does_not_pass(
    shop: Template, tmp_path: Path
) -> None:
    (trial,) = proposed(shop, overconfident(240, asked=0.999), tmp_path).trials
    assert trial.after < trial.before
    assert not trial.passed
    assert "0.999 is asked for" in trial.why


def test_a_rollback_restores_every_byte(shop: Template, tmp_path: Path) -> None:
    versions = Versions(tmp_path / "feedback")
    first = proposed(shop, overconfident(240), tmp_path)
    versions.promote(first.folder, first.trials, {"shop": shop})
    before = contents(versions)
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "towns.txt").write_text("Ogdenville\n", "utf-8")
    trial = first.trials[0].model_copy(
        update={"kind": "lexicon", "about": "town", "file": "towns.txt"}
    )
    assert versions.promote(tmp_path / "second", [trial], {"shop": shop}) == 2
    taught = with_promoted("shop", shop, tmp_path / "feedback")
    lexicon = taught.fields["town"].lexicon
    assert lexicon is not None
    assert load_lexicon(lexicon).entries == ("Ogdenville",)
    assert taught.calibration is not None  # the first version's stays
    assert versions.rollback() == 1
    assert contents(versions) == before
    assert versions.promote(tmp_path / "second", [trial], {"shop": shop}) == 3  # never anew


def contents(versions: Versions) -> dict[str, bytes]:
    folder = versions.files()
    assert folder is not None
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_the_templates_own_calibrations_stay(shop: Template, tmp_path: Path) -> None:
    proposal = proposed(shop, overconfident(240), tmp_path)
    own = tmp_path / "own.yaml"
    text = (proposal.folder / proposal.trials[0].file).read_text("utf-8")
    own.write_text(text.replace("type: date", "type: amount"), "utf-8")
    template = shop.model_copy(update={"calibration": own})
    versions = Versions(tmp_path / "feedback")
    versions.promote(proposal.folder, proposal.trials, {"shop": template})
    taught = with_promoted("shop", template, tmp_path / "feedback")
    assert taught.calibration is not None
    assert {c.type for c in load_calibrations(taught.calibration)} == {"amount", "date"}
    assert "type: date" not in own.read_text("utf-8")


def test_what_did_not_pass_is_not_promoted(shop: Template, tmp_path: Path) -> None:
    proposal = proposed(shop, overconfident(30), tmp_path)
    (trial,) = proposal.trials
    assert "are needed" in trial.why
    with pytest.raises(UsageError, match="nothing in it passed"):
        Versions(tmp_path / "feedback").promote(proposal.folder, proposal.trials, {"shop": shop})
    with pytest.raises(UsageError, match="is no proposal; there is 1"):
        Proposals(tmp_path / "feedback").load(2)


def test_lines_are_of_documents_that_are_not_held_out(shop: Template, tmp_path: Path) -> None:
    files = FolderStore(tmp_path / "files")
    items = []
    for number in range(12):
        page = np.full((600, 900, 3), 255 - number, np.uint8)
        png = cv2.imencode(".png", page)[1].tobytes()
        one = item(number, "day", kept("2021-03-17"), Answer("value", "2021-03-11"))
        items.append(Item(**{**fields_of(one), "sha256": files.keep(png)}))
    items.append(item(99, "day", kept("2021-03-17"), Answer("value", "2021-03-11")))  # gone
    fields = corrected(items, {"shop": shop})
    proposal = Proposals(tmp_path).propose(fields, {"shop": shop}, files)
    rows = json.loads((proposal.folder / "lines" / "labels.json").read_text("utf-8"))
    kept_back = {one.document[:16] for one in fields if one.held_out}
    assert 0 < len(rows) < 12
    assert {row["text"] for row in rows} == {"2021-03-11"}
    for row in rows:
        assert row["file"].split("-")[0] not in kept_back
        assert cv2.imread(str(proposal.folder / "lines" / row["file"])) is not None
    report = (proposal.folder / "report.md").read_text("utf-8")
    assert f"{len(rows)} labelled pictures" in report
    assert "2021" not in report  # no value that was read


def fields_of(one: Item) -> dict[str, object]:
    return {name: getattr(one, name) for name in Item.__slots__}


def test_the_command_line_goes_all_the_way(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = Settings(data=data)
    files = open_files(settings.files_place)
    engine = open_database(settings.database_url)
    jobs, reviews = Jobs(engine, lease_s=60), Reviews(engine, lease_s=60)
    looked_at = overconfident(120)
    pages = [page(one, files, number) for number, one in enumerate(looked_at)]
    jobs.add_read("", "shop", pages)
    while (claimed := reviews.claim("ann")) is not None:
        answer = looked_at[int(claimed.name)].answer
        assert answer is not None
        reviews.answer(claimed.id, "ann", answer, settled)
    common = ["--data", str(data), "--templates", str(folder)]

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["feedback", *arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    assert "version in use: none" in run("status", *common)
    assert "calibration" in run("propose", *common)
    report = (data / "feedback/proposals/0001/report.md").read_text("utf-8")
    assert report.count("significantly better") == 1
    promoted = run("promote", *common)
    assert promoted == "version 1 is in use: 1 of 1 proposals passed\n"
    assert "version in use: 1" in run("status", *common)
    assert run("rollback", "--data", str(data)) == "no version is in use\n"


def page(one: Item, files: FileStore, number: int) -> ReadPage:
    now = FieldState("open", '{"value": null, "text": "", "confidence": 0, "failed": []}', 0.1, 0.1)
    new = NewItem("shop", one.field, one.type, one.reading, now)
    sha256 = files.keep(str(number).encode())
    review = PageReview("shop", 1, 0.1, (new,))
    return ReadPage(number, str(number), sha256, 1, "review", "{}", review)


def settled(items: Sequence[Item], result: str) -> PageState:
    return PageState("review", result, 0.0, {one.field: state(one) for one in items})


def state(one: Item) -> FieldState:
    return FieldState("settled", one.current, 0.0, 0.0)


def test_a_proposal_that_is_none_is_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["feedback", "promote", "7", "--data", str(tmp_path)])
    assert done.exit_code == 2
    assert "is no proposal" in done.stderr
    empty = CliRunner().invoke(app, ["feedback", "propose", "--data", str(tmp_path)])
    assert empty.exit_code == 2
    assert "holds no jobs" in empty.stderr


def test_a_lexicon_is_tried_on_real_pages(
    shop: Template, ticket_template: Path, tmp_path: Path
) -> None:
    files, form = FolderStore(tmp_path / "files"), ticket_template.with_name("ticket.png")
    items: list[Item] = []
    for number in range(12):
        picture = cv2.imread(str(form))
        cv2.putText(picture, "2021-03-17", (60, 105), cv2.FONT_HERSHEY_DUPLEX, 1, (0, 0, 0), 2)
        cv2.putText(picture, "Ogdenville", (70, 240), cv2.FONT_HERSHEY_DUPLEX, 1, (0, 0, 0), 2)
        picture[580 + number, 100:110] = 0  # another file
        sha256 = files.keep(cv2.imencode(".png", picture)[1].tobytes())
        for field, read, printed in (
            ("day", "2021-03-17", "2021-03-17"),
            ("town", "0gdenvi1le", "Ogdenville"),
        ):
            one = item(number, field, kept(read), Answer("value", printed))
            items.append(Item(**{**fields_of(one), "sha256": sha256}))
    fields = corrected(items, {"shop": shop})
    held_out = [one for one in fields if one.held_out]
    assert 2 <= len(held_out) < len(fields) - 4
    proposal = Proposals(tmp_path).propose(fields, {"shop": shop}, files)
    (trial,) = [one for one in proposal.trials if one.kind == "lexicon"]
    assert (trial.about, trial.n) == ("town", len(held_out))
    assert trial.before >= 0.5  # pages were read: dates are right, whatever the town is
    assert trial.worse == 0
    assert load_lexicon(proposal.folder / trial.file).entries[-1] == "Ogdenville"


def test_the_service_and_runs_use_what_was_promoted(
    shop: Template, folder: Path, tmp_path: Path
) -> None:
    proposal = proposed(shop, overconfident(240), tmp_path)
    used = tmp_path / "feedback"
    Versions(used).promote(proposal.folder, proposal.trials, {"shop": shop})
    engine = Engine(find_templates(folder), feedback=used)
    assert engine.template("shop").calibration == used / "versions/0001/shop/calibration.yaml"
    assert engine.template("shop").fields["town"].lexicon == "towns.txt"  # nothing was promoted
    assert Engine(find_templates(folder)).template("shop").calibration is None
    (used / "in-use.json").write_text("no JSON", "utf-8")
    command = ["run", str(folder), "-t", str(folder / "shop.yaml"), "--feedback", str(used)]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 2
    assert "is not readable" in told.stderr


def test_what_was_learnt_from_purged_documents_goes(shop: Template, tmp_path: Path) -> None:
    files, used = FolderStore(tmp_path / "files"), tmp_path / "feedback"
    items = []
    for number, town in ((1, "Ogdenville"), (2, "Ogdenville"), (4, "Brockway"), (5, "Brockway")):
        sha256 = f"{number:08x}" + "0" * 56  # what is divided by 3 would be held out
        page = np.full((600, 900, 3), 255 - number, np.uint8)
        path = path_of(tmp_path / "files", sha256)
        path.write_bytes(cv2.imencode(".png", page)[1].tobytes())
        one = item(number, "town", kept("x"), Answer("value", town))
        items.append(Item(**{**fields_of(one), "sha256": sha256}))
    fields = corrected(items, {"shop": shop})
    proposal = Proposals(used).propose(fields, {"shop": shop}, files)
    (trial,) = [one for one in proposal.trials if one.kind == "lexicon"]
    passed = [trial.model_copy(update={"passed": True})]
    Versions(used).promote(proposal.folder, passed, {"shop": shop})
    documents = [one.document for one in fields]
    assert words(used) == ["Springfield", "Shelbyville", "Brockway", "Ogdenville"]
    assert len(labels(proposal)) == 4

    assert forget_all_but(used, documents) == Forgotten(0, 0)
    # One document of each word goes, then the other one of Ogdenville.
    assert forget_all_but(used, documents[1:3]) == Forgotten(2, 0)
    assert words(used) == ["Springfield", "Shelbyville", "Brockway", "Ogdenville"]
    assert {row["text"] for row in labels(proposal)} == {"Ogdenville", "Brockway"}
    assert forget_all_but(used, documents[2:3]) == Forgotten(1, 2)  # of proposal and version
    assert words(used) == ["Springfield", "Shelbyville", "Brockway"]
    assert {row["text"] for row in labels(proposal)} == {"Brockway"}
    for path in used.rglob("*"):
        if path.is_file():
            assert "Ogdenville" not in path.read_text("utf-8", "replace")
            assert documents[0] not in path.read_text("utf-8", "replace")
    # What a later proposal takes over from the version in use still goes with its document.
    taught = with_promoted("shop", shop, used)
    later = [
        replace(one, text="Waverly", document=f"{n:08x}{'0' * 56}")
        for n, one in ((7, fields[0]), (8, fields[1]))
    ]
    second = Proposals(used).propose(later, {"shop": taught}, files)
    assert "Brockway" in (second.folder / "shop-town.txt").read_text("utf-8")
    assert forget_all_but(used, [later[0].document]) == Forgotten(1, 3)
    left = load_lexicon(second.folder / "shop-town.txt").entries
    assert left == ("Springfield", "Shelbyville", "Waverly")


def path_of(folder: Path, sha256: str) -> Path:
    """Where a folder's store looks for a file of that name."""
    (folder / sha256[:2]).mkdir(exist_ok=True)
    return folder / sha256[:2] / sha256


def words(used: Path) -> list[str]:
    return list(load_lexicon(used / "versions/0001/shop/town.txt").entries)


def labels(proposal: Proposal) -> list[dict[str, str]]:
    rows = json.loads((proposal.folder / "lines/labels.json").read_text("utf-8"))
    pictures = {path.name for path in (proposal.folder / "lines").glob("*.png")}
    assert {row["file"] for row in rows} == pictures
    return list(rows)


def test_calibrations_outlive_their_documents(shop: Template, tmp_path: Path) -> None:
    proposal = proposed(shop, overconfident(240), tmp_path)
    versions = Versions(tmp_path / "feedback")
    versions.promote(proposal.folder, proposal.trials, {"shop": shop})
    before = contents(versions)
    assert forget_all_but(tmp_path / "feedback", []) == Forgotten(0, 0)
    assert contents(versions) == before


def test_what_a_killed_proposal_left_goes(tmp_path: Path) -> None:
    for age_s, name in ((0, ".part-young"), (100_000, ".part-dead")):
        left = tmp_path / "proposals" / name / "new" / "lines"
        left.mkdir(parents=True)
        (left / "a.png").write_bytes(b"a line of somebody's paper")
        os.utime(tmp_path / "proposals" / name, (time.time() - age_s,) * 2)
    forget_all_but(tmp_path, [])
    assert [path.name for path in (tmp_path / "proposals").iterdir()] == [".part-young"]


def test_purged_values_are_in_no_file_any_more(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = Settings(data=data)
    files, engine = FolderStore(data / "files"), open_database(settings.database_url)
    jobs, reviews = Jobs(engine, lease_s=60), Reviews(engine, lease_s=60)
    jobs.add_read("", "shop", [page(one, files, n) for n, one in enumerate(overconfident(40))])
    while (claimed := reviews.claim("ann")) is not None:
        reviews.answer(claimed.id, "ann", Answer("value", "1999-12-31"), settled)
    assert b"1999-12-31" in kept_bytes(data)
    done = CliRunner().invoke(app, ["purge", "--keep", "0", "--data", str(data)])
    assert done.exit_code == 0, done.output
    assert b"1999-12-31" not in kept_bytes(data)  # though the database is open here


def kept_bytes(data: Path) -> bytes:
    return b"".join(path.read_bytes() for path in data.glob("docextract.db*"))
