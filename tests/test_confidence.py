"""Confidences keep their word: fitted, bounded, proven, and honest where nothing is proven."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from docextract.confidence import (
    Calibration,
    Calibrations,
    Limit,
    Sample,
    calibrate,
    evidence_of,
    judged,
    load_calibrations,
    prove,
    save_calibrations,
)
from docextract.confidence.fitting import Prior, fit
from docextract.confidence.plot import reliability_svg
from docextract.confidence.proof import error_bound, trials_needed
from docextract.confidence.reliability import calibration_error, levels, reliability
from docextract.errors import UsageError
from docextract.types import Candidate, Reading

UNTIMED = settings(deadline=None)  # the machine may be busy
QUAD = np.array([[0, 0], [90, 0], [90, 20], [0, 20]], float)


def tail(errors: int, n: int, rate: float) -> float:
    """P(at most ``errors`` in ``n``), exactly, in fractions."""
    p = Fraction(rate)
    return float(sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(errors + 1)))


def logistic(scores):
    return 1 / (1 + np.exp(-scores))


def drawn(n: int, seed: int, *, lapse: float = 0.0) -> tuple[list[Sample], np.ndarray]:
    """Samples whose log-odds of being right are margin / 2 + mass / 4 - 1, and those odds."""
    rng = np.random.default_rng(seed)
    posterior, margin, mass = rng.normal(4, 3, n), rng.normal(6, 4, n), rng.normal(2, 2, n)
    truth = (1 - lapse) * logistic(margin / 2 + mass / 4 - 1)
    right = rng.random(n) < truth
    evidence = zip(posterior, margin, mass, strict=True)
    samples = [
        Sample(dict(zip(("posterior", "margin", "mass"), row, strict=True)), bool(ok), f"{i}.png")
        for i, (row, ok) in enumerate(zip(evidence, right, strict=True))
    ]
    return samples, truth


# what counts prove


@given(st.integers(1, 60), st.data())
@UNTIMED
def test_the_bound_is_the_rate_at_which_so_few_errors_are_a_5_percent_chance(n, data):
    errors = data.draw(st.integers(0, n - 1))
    assert tail(errors, n, error_bound(errors, n)) == pytest.approx(0.05, rel=1e-6)


@given(st.integers(1, 5000))
@UNTIMED
def test_the_bound_has_its_closed_forms_at_the_ends(n):
    assert error_bound(0, n) == pytest.approx(1 - 0.05 ** (1 / n))
    assert error_bound(n - 1, n) == pytest.approx(0.95 ** (1 / n))
    assert error_bound(n, n) == 1.0


def test_large_counts_agree_with_published_bounds():
    # One-sided 95 % limits of a Poisson mean for 0, 1 and 5 events: 2.996, 4.744, 10.513.
    for errors, events in [(0, 2.996), (1, 4.744), (5, 10.513)]:
        assert error_bound(errors, 1_000_000) * 1e6 == pytest.approx(events, abs=2e-3)


def test_no_trials_prove_nothing_and_impossible_counts_are_refused():
    assert error_bound(0, 0) == 1.0
    with pytest.raises(ValueError, match="3 errors of 2 trials"):
        error_bound(3, 2)


@given(st.floats(1e-4, 0.5))
@UNTIMED
def test_the_trials_needed_are_the_fewest_that_prove_a_rate(rate):
    n = trials_needed(rate)
    assert error_bound(0, n) <= rate < error_bound(0, n - 1)


def test_a_thousandth_needs_about_three_thousand_trials():
    assert trials_needed(0.001) == 2995


# fitting


def plain_prior(d: int) -> Prior:
    return Prior(np.zeros(d), np.full(d, 3.0), 0.0)


@pytest.mark.parametrize("seed", range(3))
def test_a_fit_finds_the_probabilities_that_made_the_data(seed):
    rng = np.random.default_rng(seed)
    evidence = rng.normal(0, 2, (6_000, 2))
    truth = logistic(evidence @ [1.0, 0.3] + 1)
    found = fit(evidence, rng.random(6_000) < truth, plain_prior(2))
    assert np.abs(found.probabilities(evidence) - truth).max() < 0.05
    assert found.lapse < 0.01


@pytest.mark.parametrize("lapse", [0.01, 0.05])
def test_a_fit_tells_lapses_from_doubt(lapse):
    rng = np.random.default_rng(1)
    evidence = rng.normal(3, 3, (6_000, 1))
    right = rng.random(6_000) < (1 - lapse) * logistic(evidence[:, 0])
    found = fit(evidence, right, plain_prior(1))
    assert found.lapse == pytest.approx(lapse, rel=0.25)
    assert found.weights[0] == pytest.approx(1, rel=0.15)


@given(st.integers(0, 10_000), st.integers(2, 60), st.integers(1, 3))
@settings(UNTIMED, max_examples=60)
def test_any_data_give_a_monotone_curve_below_what_they_can_prove(seed, n, d):
    rng = np.random.default_rng(seed)
    evidence = rng.normal(0, 10 ** rng.uniform(-2, 1.5), (n, d))
    right = rng.random(n) < rng.random()
    found = fit(evidence, right, plain_prior(d))
    assert (found.weights >= 0).all()
    assert np.isfinite([*found.weights, found.bias]).all()
    assert 1 / (n + 2) - 1e-12 <= found.lapse < 1
    assert found.probabilities(np.full((1, d), 1e9))[0] <= (n + 1) / (n + 2) + 1e-12


def test_evidence_that_misleads_gets_no_weight():
    rng = np.random.default_rng(2)
    evidence = rng.normal(0, 2, (4000, 2))
    right = rng.random(4000) < logistic(evidence @ [1.0, -0.7])
    found = fit(evidence, right, plain_prior(2))
    assert found.weights[1] == 0


def test_with_few_samples_the_posterior_is_taken_at_its_word():
    samples = [Sample({"posterior": float(x)}, True, f"{x}.png") for x in range(6)]
    calibration = calibrate(samples, model="m", type="t").calibration
    assert calibration.weights["posterior"] == pytest.approx(1, abs=0.1)
    assert calibration.n == 2
    assert calibration.confidence({"posterior": 100.0}) <= 3 / 4


# calibrations


def test_a_calibration_is_right_as_often_as_it_says():
    samples, _ = drawn(12_000, 3)
    found = calibrate(samples, model="m", type="amount")
    held_out = found.calibration.held_out
    assert held_out.n == 8000
    assert held_out.ece < 0.02 < held_out.ece_raw
    assert calibration_error(found.confidences, found.right) == pytest.approx(
        held_out.ece, abs=1e-4
    )
    lowest, *others = reliability(found.confidences, found.right)
    for part in others:
        assert part.right == pytest.approx(part.confidence, abs=0.05)
    assert lowest.confidence < lowest.right  # the guard against strange crops errs on this side


def test_the_readings_of_one_picture_are_never_split():
    samples, _ = drawn(60, 4)
    twice = [replace(sample, picture=f"{i % 3}.png") for i, sample in enumerate(samples)]
    calibration = calibrate(twice, model="m", type="t").calibration
    assert (calibration.n, calibration.held_out.n) == (20, 40)


def test_one_picture_cannot_be_split():
    samples, _ = drawn(5, 5)
    with pytest.raises(ValueError, match="1 picture"):
        calibrate([replace(s, picture="a.png") for s in samples], model="m", type="t")


CALIBRATION = calibrate(drawn(900, 6)[0], model="m", type="amount").calibration
NATS = st.floats(-13.8, 13.8)


@given(NATS, NATS, NATS, st.sampled_from(["posterior", "margin", "mass"]), st.floats(0, 30))
@UNTIMED
def test_more_evidence_never_lowers_a_confidence(posterior, margin, mass, name, more):
    evidence = {"posterior": posterior, "margin": margin, "mass": mass}
    before = CALIBRATION.confidence(evidence)
    assert before <= CALIBRATION.confidence(evidence | {name: evidence[name] + more})
    assert 0 <= before <= 1 - CALIBRATION.lapse


def test_what_was_never_seen_to_be_right_is_not_vouched_for_by_other_evidence():
    lowest = CALIBRATION.lowest["mass"]
    sure = {"posterior": 13.8, "margin": 13.8}
    assert CALIBRATION.confidence(sure | {"mass": lowest}) > 0.95
    assert CALIBRATION.confidence(sure | {"mass": lowest - 20}) < 0.01


def test_unknown_evidence_counts_as_average():
    assert CALIBRATION.confidence({}) == CALIBRATION.confidence(CALIBRATION.centre)
    assert CALIBRATION.confidence({"residual": 99.0}) == CALIBRATION.confidence({})


# readings


def reading(confidence: float = 0.9, **others: object) -> Reading:
    said = {"field": "f", "value": "7", "text": "7", "margin": 3.0, "mass": 0.95, "quad_px": QUAD}
    return Reading(confidence=confidence, **(said | others))  # type: ignore[arg-type]


def test_evidence_is_in_log_odds_and_finite():
    found = evidence_of(reading(0.9, mass=0.95), residual_px=2.0)
    assert found["posterior"] == pytest.approx(math.log(9))
    assert found["choice"] == pytest.approx(math.log(0.9 / 0.05))
    assert found["mass"] == pytest.approx(math.log(19))
    assert found["residual"] == pytest.approx(math.log(10))  # 2 px of a line 20 px high
    sure = evidence_of(reading(1.0, mass=1.0, margin=math.inf), residual_px=0.0)
    lost = evidence_of(reading(0.0, mass=0.0, margin=-math.inf))
    assert all(map(math.isfinite, [*sure.values(), *lost.values()]))
    assert all(sure[name] > lost[name] for name in lost)


def test_without_a_calibration_the_confidence_is_the_posterior_and_says_so():
    seen = judged(reading(0.9), None)
    assert (seen.confidence, seen.calibrated) == (0.9, False)
    assert seen.evidence == evidence_of(reading(0.9))


def test_print_is_calibrated_from_its_evidence():
    seen = judged(reading(0.9), CALIBRATION)
    assert seen.calibrated
    assert seen.confidence == CALIBRATION.confidence(evidence_of(reading(0.9)))


@pytest.mark.parametrize(
    "other", [{"value": None, "text": ""}, {"value": None, "failed": ("calendar",)}]
)
def test_blank_places_and_failed_checks_stay_as_they_are(other):
    seen = judged(reading(0.6, **other), CALIBRATION)
    assert (seen.confidence, seen.calibrated) == (0.6, False)


def test_readings_go_to_other_processes_with_their_evidence():
    seen = judged(reading(0.9), CALIBRATION)
    assert pickle.loads(pickle.dumps(seen)).evidence == seen.evidence


# acceptance


def of_levels(*rows: tuple[float, int, int]) -> Calibration:
    data = CALIBRATION.model_dump()
    n, errors = rows[-1][1:] if rows else (0, 0)
    return Calibration.model_validate(
        data
        | {"held_out": {"n": n, "errors": errors, "ece_raw": 0, "ece": 0, "levels": list(rows)}}
    )


def test_the_limit_is_the_lowest_level_that_is_proven():
    found = of_levels((0.999, 100, 0), (0.99, 3000, 0), (0.98, 6000, 1), (0.9, 9000, 60))
    proof = prove(found, 0.001)
    assert (proof.confidence, proof.why) == (0.98, "")
    assert proof.bound == pytest.approx(error_bound(1, 6000))


def test_levels_below_a_failed_one_are_not_tried():
    proof = prove(of_levels((0.99, 3000, 1), (0.9, 90_000, 1)), 0.001)
    assert proof.bound is None
    assert "of the 3000 surest held-out readings of its calibration 1 are wrong" in proof.why


def test_too_few_readings_prove_nothing_and_it_is_said_how_many_do():
    proof = prove(of_levels((0.99, 800, 0)), 0.001)
    assert (proof.confidence, proof.bound) == (0.999, None)
    assert "800 held-out readings, and 2995 without an error prove 0.001 at 95%" in proof.why
    assert "no calibration" in prove(None, 0.001).why


def test_a_proof_fails_at_most_once_in_twenty_times():
    """Readings whose rate is just above the wanted one must seldom be proven below it."""
    rng = np.random.default_rng(7)
    rate, n, wrongly = 0.02, 800, 0
    for _ in range(400):
        confidences = rng.random(n)
        right = rng.random(n) >= rate * 1.001
        wrongly += prove(of_levels(*levels(confidences, right)), rate).bound is not None
    assert wrongly / 400 < 0.08  # 5 %, and three standard deviations


def test_a_proof_is_about_calibrated_confidences_of_its_models():
    proof = prove(of_levels((0.9, 400, 0)), 0.01)
    limit = Limit(0.99, {"a": proof, "a+b": prove(None, 0.01)})
    sure = reading(0.95, calibrated=True, models=("a",))
    assert limit.accepts(sure)
    assert limit.proves(sure)
    for other in (
        replace(sure, calibrated=False),
        replace(sure, models=("a", "b")),
        replace(sure, models=("b",)),
    ):
        assert not limit.accepts(other)
        assert limit.accepts(replace(other, confidence=0.995))
        assert not limit.proves(replace(other, confidence=0.995))
    assert not limit.accepts(replace(sure, failed=("repair",)))


def test_without_proofs_a_limit_takes_any_confidence():
    assert Limit(0.9).accepts(reading(0.9))
    assert not Limit(0.9).accepts(reading(0.89, calibrated=True))
    assert not Limit(0.9).proves(reading(1.0, calibrated=True))


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=300))
@UNTIMED
def test_levels_count_what_reaches_them(rows):
    confidences = np.array([c for c, _ in rows], float)
    right = np.array([r for _, r in rows], bool)
    found = levels(confidences, right)
    for confidence, n, errors in found:
        assert n == sum(c >= confidence for c, _ in rows)
        assert errors == sum(c >= confidence and not r for c, r in rows)
    if rows:
        assert found[-1][1] == len(rows)
        of_levels(*found)  # they are valid levels


# reliability


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80))
@UNTIMED
def test_bins_hold_every_reading_once(rows):
    parts = reliability(np.array([c for c, _ in rows]), np.array([r for _, r in rows]))
    assert sum(part.n for part in parts) == len(rows)
    assert sum(p.n * p.confidence for p in parts) == pytest.approx(sum(c for c, _ in rows))
    assert sum(p.n * p.right for p in parts) == pytest.approx(sum(r for _, r in rows))


def test_promises_that_are_kept_have_no_error():
    sure = np.repeat([0.25, 0.75], 40)
    right = np.tile([True, False, False, False], 10).tolist() + [True, True, True, False] * 10
    assert calibration_error(sure, np.array(right)) == pytest.approx(0)
    assert calibration_error(sure, np.zeros(80, bool)) == pytest.approx(0.5)


def test_the_diagram_is_xml_with_a_point_a_bin():
    from xml.etree import ElementTree

    found = calibrate(drawn(300, 8)[0], model="a<b", type="amount")
    tree = ElementTree.fromstring(reliability_svg([found, found]))
    points = tree.findall(".//{http://www.w3.org/2000/svg}circle")
    assert len(points) == 2 * 2 * 10
    assert all(0 <= float(p.get("cx")) <= 260 and 0 <= float(p.get("cy")) <= 260 for p in points)
    ElementTree.fromstring(reliability_svg([]))


# files


def test_a_file_gives_back_what_was_written_and_keeps_the_rest(tmp_path):
    path = tmp_path / "calibration.yaml"
    other = CALIBRATION.model_copy(update={"type": "date"})
    newer = CALIBRATION.model_copy(update={"data": "newer"})
    save_calibrations(path, [CALIBRATION, other])
    save_calibrations(path, [newer])
    found = Calibrations(load_calibrations(path))
    assert len(found) == 2
    assert found.get("m", "amount") == newer
    assert found.get("m", "date") == other
    assert found.get("m", "time") is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("docextract: 1", "docextract: 2", "docextract: Input should be 1"),
        ("lapse:", "relapse:", "calibrations.0.lapse: Field required"),
        ("posterior: ", "prior: ", "unknown evidence 'prior'"),
        ("bias: ", "bias: .nan #", "calibrations.0.bias"),
        ("bias:", "bias: [", "not a readable calibration file"),
    ],
)
def test_a_wrong_file_is_named_with_its_mistake(tmp_path, old, new, says):
    path = tmp_path / "calibration.yaml"
    save_calibrations(path, [CALIBRATION])
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(UsageError) as caught:
        load_calibrations(path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_negative_weights_and_rising_levels_are_refused():
    data = CALIBRATION.model_dump()
    with pytest.raises(ValueError, match=r"weights\.mass"):
        Calibration.model_validate(data | {"weights": data["weights"] | {"mass": -1.0}})
    with pytest.raises(ValueError, match="confidence should fall"):
        of_levels((0.9, 10, 0), (0.95, 20, 0))
    with pytest.raises(ValueError, match="errors may not exceed n"):
        of_levels((0.9, 10, 11))


@given(st.floats(0, 1), st.floats(0, 1))
@UNTIMED
def test_a_surer_lattice_makes_a_surer_reading(first, second):
    assume(first < second)
    low, high = (judged(reading(p, mass=1.0), CALIBRATION) for p in (first, second))
    assert low.confidence <= high.confidence


def test_agreement_is_the_least_margin_that_a_recognizer_gives_the_best_text() -> None:
    candidates = (
        Candidate("7", -0.1, {"first": -0.2, "second": -1.5}),
        Candidate("1", -3.0, {"first": -4.2, "second": -0.5}),
    )
    reading = Reading("f", "7", "7", 0.9, candidates=candidates, models=("first", "second"))
    assert evidence_of(reading)["agreement"] == pytest.approx(-1.0)
    assert "agreement" not in evidence_of(replace(reading, models=("first",)))
