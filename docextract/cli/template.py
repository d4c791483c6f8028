"""``docextract template``: make, list, show, check, test and preview templates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docextract.cli._console import stderr, stdout, table, tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docextract.authoring import Written
    from docextract.evaluation import Score
    from docextract.pipeline import Extractor
    from docextract.template import Box, Template
    from docextract.types import Image

app = typer.Typer(no_args_is_help=True, help="Make, list, show, check, test and preview templates.")
_NOT_PASSED = 1
_WRONG_TEMPLATE = 2
_SERIOUS = 1
_LONGEST_PATTERN = 60

_Name = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A template's name or YAML file.")]


@app.command("list")
def list_() -> None:
    """List the templates that come with docextract."""
    from docextract.template import load_template, template_names

    listed = table("name", "title", "layouts", "fields")
    for name in template_names():
        template = load_template(name)
        counts = (len(template.layouts), len(template.fields))
        listed.add_row(name, template.title, *map(str, counts))
    stdout().print(listed)


@app.command()
def show(name: _Name) -> None:
    """Print a template's YAML and a table of its fields."""
    from docextract.fields import type_name
    from docextract.template import load_template

    template = load_template(name)
    listed = table("field", "title", "type", "box [x, y, width, height]", "nullable", "pattern")
    for field in template.fields.values():
        box = ", ".join(f"{length:g}" for length in field.box)
        nullable = "yes" if field.nullable else ""
        listed.add_row(
            field.name,
            field.title,
            type_name(field.kind),
            box,
            nullable,
            _shortened(field.kind.pattern or "free text"),
        )
    tell(stdout(), template.path.read_text("utf-8"))
    stdout().print(listed)


def _shortened(pattern: str) -> str:
    return pattern if len(pattern) <= _LONGEST_PATTERN else f"{pattern[:_LONGEST_PATTERN]}…"


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The template's name: small letters, digits, _.")],
    samples: Annotated[
        list[Path],
        typer.Argument(metavar="SAMPLE...", help="Flat, upright pictures of the form, filled in."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write to.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Overwrite a template.")] = False,
) -> None:
    """Propose a template from pictures of one form: NAME.yaml and its reference, NAME.png.

    Labels are told from values, fields named after their labels, and types guessed from the
    values. Of one sample, print without a label is taken for the form's own. With more samples,
    what is equal is the form and what differs is a value. Values do not get into the reference
    where they are recognized as such; look at it before you pass it on.

    Example: `docextract template new receipt scan-1.jpg scan-2.jpg --out my-templates`
    """
    from docextract.authoring import new_template

    written = new_template(name, samples, out, force=force)
    _show_read(written, samples)
    tell(stderr(), f"written: {written.path} and {written.reference.name}")
    tell(stderr(), "Look at both: drop fields you do not need, name the rest, then")
    tell(stderr(), f"  docextract template preview {written.path} --sample {samples[0]}")
    tell(stderr(), f"  docextract template lint {written.path}")
    tell(stderr(), f"  docextract run --template {written.path} MORE-SCANS")


def _show_read(written: Written, samples: list[Path]) -> None:
    """What the new template reads on its own samples."""
    from docextract.fields import type_name
    from docextract.template import load_template

    fields = load_template(written.path).fields
    for sample, result in zip(samples, written.results, strict=True):
        listed = table("field", "title", "type", "read", "confidence")
        for name, reading in result.readings.items():
            value = ", ".join(reading.failed) if reading.failed else str(reading.value)
            sure = f"{reading.confidence:.3f}"
            kind = type_name(fields[name].kind)
            listed.add_row(name, fields[name].title, kind, value, sure)
        tell(stdout(), f"{sample}:")
        stdout().print(listed)


@app.command("import")
def import_(
    path: Annotated[
        Path, typer.Argument(metavar="FILE|DIR", help="A template of another tool, or its folder.")
    ],
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write to.")] = Path(),
    name: Annotated[
        str | None, typer.Option("--name", help="The template's name; the folder's when absent.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="The blank form, for OMRChecker's templates.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a template.")] = False,
) -> None:
    """Carry a template over from another tool, and say what could not be.

    Reads folders labelled with Azure Form Recognizer (fields.json and PICTURE.labels.json) and
    OMRChecker's template.json.

    Example: `docextract template import labelled-folder --name receipt --out my-templates`
    """
    from docextract.authoring import import_template

    done = import_template(path, out, name=name, picture=picture, force=force)
    for line in done.left_out:
        tell(stdout(), f"not carried over: {line}")
    tell(stderr(), f"written: {done.path} with {done.fields} fields, and {done.reference.name}")
    tell(stderr(), "The reference may show what was not labelled: look at it before you pass it on")
    tell(stderr(), f"  docextract template preview {done.path}")
    tell(stderr(), f"  docextract template lint {done.path}")


@app.command()
def check(
    names: Annotated[list[str], typer.Argument(metavar="NAME|FILE", help="What to check.")],
) -> None:
    """Say every mistake of templates, or OK.

    Loads what the template names: references, grammars and models. Where it asks for an error
    rate, says from which confidence fields are accepted and what is proven. Exits with 2 when
    one has a mistake.
    """
    from docextract.errors import DocextractError
    from docextract.pipeline import Extractor

    wrong = False
    for name in names:
        try:
            extractor = Extractor(name)
            tell(stdout(), f"{name}: OK")
            _show_limits(extractor)
        except DocextractError as error:
            wrong = True
            for line in str(error).splitlines():
                tell(stderr(), f"error: {line}")
    raise typer.Exit(_WRONG_TEMPLATE if wrong else 0)


def _show_limits(extractor: Extractor) -> None:
    """Which error rate is proven for each field, where the template names one."""
    from docextract.cli._tally import unproven_lines

    rate = extractor.template.accept.error_rate
    if rate is None:
        return
    listed = table("field", "read by", "accepted from", "proven error rate")
    for name, limit in extractor.limits.items():
        for models, proof in limit.proofs.items():
            proven = "" if proof.bound is None else f"{proof.bound:.2g}"
            listed.add_row(name, models, f"{proof.confidence:.6g}", proven)
    stdout().print(listed)
    for line in unproven_lines(extractor.limits, rate):
        tell(stdout(), line)


@app.command("test")
def score_samples(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME|FILE", help="A template's name or YAML file.")
    ] = None,
    samples: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Labelled pages; the folder named as the template."),
    ] = None,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="All templates that come with docextract.")
    ] = False,
    least: Annotated[
        float,
        typer.Option("--least", min=0.0, max=1.0, help="Share of fields that must be right."),
    ] = 0.0,
) -> None:
    """Read a template's labelled samples, and say whether it may be trusted.

    Samples are pictures with a labels.json, as `docextract eval` reads; without DIR, those in the
    folder beside the template that has its name. Exits with 1 when a value is accepted and wrong,
    or fewer fields are right than --least asks.

    Examples:

    - `docextract template test invoice`
    - `docextract template test my/form.yaml labelled/ --least 0.98`
    - `docextract template test --all`
    """
    from docextract.errors import UsageError
    from docextract.template import template_names

    if every == (name is not None):
        raise UsageError("Name one template, or give --all")
    passed = [
        _tested(tested, samples, least) for tested in (template_names() if every else (str(name),))
    ]
    raise typer.Exit(0 if all(passed) else _NOT_PASSED)


def _tested(name: str, samples: Path | None, least: float) -> bool:
    """Read and score a template's samples, and print how it did."""
    from docextract.errors import UsageError
    from docextract.evaluation import Score, marked_pages, page_labels
    from docextract.pipeline import Extractor

    extractor = Extractor(name)
    beside = extractor.template.path.with_suffix("")
    if samples is None and not beside.is_dir():
        raise UsageError(
            f"{name}: has no samples in {beside}. Label pages there, or draw some: "
            f"docextract synth pages {beside} -t {name}"
        )
    labels = page_labels(samples or beside)
    score = Score()
    for page in marked_pages(labels, extractor):
        score.add(page)
    _show_score(name, score)
    lacking = score.field_exact < least
    if score.accepted_wrong:
        tell(stderr(), f"{name}: {score.accepted_wrong} values are accepted and wrong")
    if lacking:
        tell(stderr(), f"{name}: {score.field_exact:.2%} of the fields are right, not {least:.2%}")
    return not (score.accepted_wrong or lacking)


def _show_score(name: str, score: Score) -> None:
    listed = table("field", "n", "exact", "accepted", "accepted and wrong", "mean confidence")
    for field, counts in score.fields.items():
        mean = counts.mean_confidence
        numbers = (counts.labelled, counts.right, counts.accepted, counts.accepted_wrong)
        listed.add_row(field, *map(str, numbers), "" if mean is None else f"{mean:.4f}")
    stdout().print(listed)
    share = f"{score.right} of {score.labelled} fields ({score.field_exact:.1%})"
    tell(stdout(), f"{name}: {share} and {score.whole} of {score.pages} documents exact")


@app.command()
def lint(
    names: Annotated[list[str], typer.Argument(metavar="NAME|FILE", help="What to look at.")],
) -> None:
    """Say what will be fragile in templates that are not wrong: the place, why, and the cure.

    Anchors that are few, near each other or on one line, boxes that overlap or touch the page's
    edge, layouts that look alike, small references, values that nothing checks. Exits with 0 when
    nothing is serious, with 1 when something is; a template with a mistake is an error, with 2.

    Example: `docextract template lint my/receipt.yaml`
    """
    from docextract.linting import lint_template
    from docextract.template import load_template

    serious = False
    for name in names:
        found = lint_template(load_template(name))
        for finding in found:
            serious = serious or finding.serious
            weight = "serious" if finding.serious else "hint"
            tell(stdout(), f"{name}: {weight}: {finding}")
        if not found:
            tell(stdout(), f"{name}: nothing to say")
    raise typer.Exit(_SERIOUS if serious else 0)


@app.command()
def schema() -> None:
    """Print the JSON Schema of template files, for editors.

    Example: `docextract template schema > docextract.schema.json`
    """
    import json

    from docextract.template import template_schema

    typer.echo(json.dumps(template_schema(), ensure_ascii=False, indent=2))


@app.command()
def preview(
    name: _Name,
    sample: Annotated[
        Path | None, typer.Option("--sample", help="A filled form: drawn with its readings.")
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option("--layout", help="Without a sample: the layout to draw, else the first."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="PNG to write; NAME-preview.png if none.")
    ] = None,
) -> None:
    """Draw a template's field boxes and names on its reference picture, or on a sample.

    A sample is registered and read first; the values read are drawn with the boxes.
    """
    from docextract.cli._drawings import save_picture
    from docextract.template import load_template

    template = load_template(name)
    image = _on_reference(template, layout) if sample is None else _on_sample(template, sample)
    path = out or Path(f"{template.name}-preview.png")
    save_picture(path, image)
    tell(stderr(), f"drawn: {path}")


def _on_reference(template: Template, layout: str | None) -> Image:
    import numpy as np

    from docextract.drawing import draw_boxes
    from docextract.registration import rectangle
    from docextract.sources import load_page

    place = template.layout(layout) if layout else template.layouts[0]
    size_u = (template.page.width, template.page.height)
    if place.reference is None:
        image: Image = np.full((size_u[1], size_u[0], 3), 255, np.uint8)
    else:
        image = load_page(place.reference, 1).image
    px_per_u = np.array(image.shape[1::-1]) / size_u
    quads_px = {
        name: rectangle(*box) * px_per_u
        for field in template.fields_on(place.name)
        for name, box in _boxes(template, field.name, place.name).items()
    }
    return draw_boxes(image, quads_px)


def _boxes(template: Template, field: str, layout: str) -> Mapping[str, Box]:
    """A field's boxes by name; of a table those of its columns."""
    from docextract.fields import ReadsTable

    if isinstance(template.fields[field].kind, ReadsTable):
        columns = template.columns(field, layout)
        return {f"{field}.{name}": box for name, box in columns.items()}
    return template.boxes(field, layout)


def _on_sample(template: Template, sample: Path) -> Image:
    from docextract.drawing import draw_boxes
    from docextract.errors import RegistrationError
    from docextract.pipeline import Extractor

    result = Extractor(template).read(sample)
    if result.failure is not None:
        raise RegistrationError(result.failure.reason)
    quads_px = {n: r.quad_px for n, r in result.readings.items() if r.quad_px is not None}
    return draw_boxes(result.draw(), quads_px)
