"""``docextract calibrate``: what confidences are worth, fitted to labelled pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docextract.cli._console import stderr, stdout, table, tell

if TYPE_CHECKING:
    from docextract.confidence import Calibrated
    from docextract.evaluation import LabelledReadings, Labels

_RATES = (0.01, 0.001)


def calibrate(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="A folder of pictures with labels.json.")
    ],
    *,
    template: Annotated[
        str | None,
        typer.Option("--template", "-t", metavar="NAME|FILE", help="Template of labelled pages."),
    ] = None,
    types: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE,TYPE", help="Labelled lines: only these types."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME|FILE", help="Labelled lines: the recognizer."),
    ] = None,
    vote: Annotated[
        bool | None,
        typer.Option("--vote/--no-vote", help="Labelled lines: whether further models look."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="YAML to write, or to replace these calibrations in."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="SVG of reliability to draw.")
    ] = None,
    note: Annotated[
        str, typer.Option("--note", help="What the pictures are; kept with the calibrations.")
    ] = "",
) -> None:
    """Fit confidences to labelled pictures, and say how well they keep their word.

    A third of the pictures is fitted to; all figures are of the others. Labels are
    {"template": NAME, "pages": {FILE: {FIELD: TEXT}}} for pages, or a list of {"file", "type",
    "value", "options"} for single lines. The file goes beside a model's card as
    calibration.yaml, or beside a template, whose key calibration names it.

    Examples:

    - `docextract calibrate labelled/ --template my/form.yaml --out my/form-calibration.yaml`
    - `docextract calibrate lines/ --type amount,date --plot reliability.svg`
    """
    from docextract.confidence import calibrate as fit_to
    from docextract.confidence import check_target, save_calibrations
    from docextract.confidence.plot import reliability_svg
    from docextract.evaluation import load_labels

    labels = load_labels(data)
    if out is not None:
        check_target(out)
    wanted = tuple(types.split(",")) if types else ()
    found: list[Calibrated] = []
    for readings in _readings(labels, template, wanted, model, vote):
        try:
            fitted = fit_to(
                readings.samples, model=readings.model, type=readings.type, data=note or data.name
            )
        except ValueError as err:
            tell(stderr(), f"{readings.type}: not calibrated: {err}")
            continue
        found.append(fitted)
        tell(stderr(), f"{readings.type}: {len(readings.samples)} readings")
    _show(found)
    if out is not None and found:
        save_calibrations(out, [one.calibration for one in found])
        tell(stderr(), f"written: {out}")
    if plot is not None:
        _write(plot, reliability_svg(found))


def _readings(
    labels: Labels, template: str | None, types: Sequence[str], model: str | None, vote: bool | None
) -> Iterator[LabelledReadings]:
    from docextract.errors import UsageError
    from docextract.evaluation import line_samples, page_samples
    from docextract.template import load_template

    if labels.lines:
        if template is not None:
            raise UsageError(f"{labels.folder}: labels single lines. Drop --template")
        return line_samples(labels, model=model, vote=vote, types=types)
    if types or model or vote is not None:
        raise UsageError(f"{labels.folder}: labels pages. Drop --type, --model and --vote")
    name = template or labels.template
    if name is None:
        raise UsageError(f"{labels.folder}: labels.json names no template. Give --template")
    return page_samples(labels, load_template(name))


def _show(found: Sequence[Calibrated]) -> None:
    """Reliability by bins of equal size, then one line a type."""
    from docextract.confidence import prove
    from docextract.confidence.reliability import reliability

    bins = table("type", "model", "n", "confidence", "right")
    totals = table(
        "type", "model", "n", "wrong", "ECE before", "ECE after", *(f"at {r:g}" for r in _RATES)
    )
    for one in found:
        entry, held_out = one.calibration, one.calibration.held_out
        for part in reliability(one.confidences, one.right):
            shares = (f"{part.confidence:.4f}", f"{part.right:.4f}")
            bins.add_row(entry.type, entry.model, str(part.n), *shares)
        accepted = []
        for rate in _RATES:
            proof = prove(entry, rate)
            share = (one.confidences >= proof.confidence).mean()
            accepted.append("not proven" if proof.bound is None else f"{share:.1%}")
        totals.add_row(
            entry.type,
            entry.model,
            str(held_out.n),
            str(held_out.errors),
            f"{held_out.ece_raw:.4f}",
            f"{held_out.ece:.4f}",
            *accepted,
        )
    stdout().print(bins)
    stdout().print(totals)
    tell(stdout(), "n, ECE: held-out readings. at RATE: the share accepted, proven to err less")


def _write(path: Path, text: str) -> None:
    from docextract.errors import UsageError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as err:
        raise UsageError(f"{path}: cannot be written: {err.strerror}") from None
    tell(stderr(), f"drawn: {path}")
