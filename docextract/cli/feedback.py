"""``docextract feedback``: what people corrected makes the next reading better."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docextract.cli._console import stderr, stdout, table, tell
from docextract.cli._kept import DATA, DatabaseOption, DataOption, FilesOption, open_kept
from docextract.errors import MissingExtra, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from docextract.feedback import Corrected, Trial, Versions
    from docextract.store import FileStore
    from docextract.template import Template

app = typer.Typer(
    no_args_is_help=True,
    help="Corrections of the review to lexicons, calibrations and lines to train on.",
)

_Templates = Annotated[
    Path | None,
    typer.Option("--templates", metavar="DIR", help="As given to `docextract serve`."),
]


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """What a service has kept."""

    templates: Mapping[str, Template]
    fields: Sequence[Corrected]
    files: FileStore
    versions: Versions


@app.callback()
def feedback() -> None:
    """Make later readings better by what people corrected."""
    try:
        import docextract.feedback  # noqa: F401 - what is missing is told once, for all commands
    except ImportError:
        raise MissingExtra("docextract feedback", "serve") from None


@app.command("status")
def status(
    *,
    data: DataOption = DATA,
    database: DatabaseOption = None,
    files: FilesOption = None,
    templates: _Templates = None,
) -> None:
    """Say what people looked at, field by field, and which version is in use.

    Example: `docextract feedback status --data docextract-data`
    """
    from docextract.feedback import summarize

    kept = _kept(data, database, files, templates)
    heads = ("template", "field", "looked at", "documents", "wrong", "drawn at random", "wrong")
    rows = table(*heads)
    for one in summarize(kept.fields):
        counts = (one.looked_at, one.documents, one.wrong, one.drawn, one.drawn_wrong)
        rows.add_row(one.template, one.field, *map(str, counts))
    stdout().print(rows)
    tell(stdout(), f"version in use: {kept.versions.current or 'none'}")


@app.command("propose")
def propose(
    *,
    data: DataOption = DATA,
    database: DatabaseOption = None,
    files: FilesOption = None,
    templates: _Templates = None,
) -> None:
    """Make proposals of corrections and try each on documents that it was not made of.

    They are in a new folder of --data: report.md tells how they did, lines is for
    `docextract train --data`. Nothing is in use until it is promoted.

    Example: `docextract feedback propose`
    """
    from docextract.feedback import Proposals

    kept = _kept(data, database, files, templates)
    if not kept.fields:
        raise UsageError(f"--data {data}: nobody has corrected anything. Review some pages first")
    proposals = Proposals(_folder(data))
    proposal = proposals.propose(kept.fields, kept.templates, kept.files)
    _show(proposal.trials)
    tell(stderr(), f"{proposal.folder / 'report.md'}: written")


@app.command("promote")
def promote(
    proposal: Annotated[
        int | None, typer.Argument(metavar="NUMBER", help="Of the proposal; the last if none.")
    ] = None,
    *,
    data: DataOption = DATA,
    templates: _Templates = None,
) -> None:
    """Use what passed its trial, from the next start of the service or `run --feedback` on.

    Example: `docextract feedback promote`
    """
    from docextract.feedback import Proposals

    versions, known = _versions(data), _templates(templates, data)
    found = Proposals(_folder(data)).load(proposal)
    number = versions.promote(found.folder, found.trials, known)
    passed = sum(trial.passed for trial in found.trials)
    typer.echo(f"version {number} is in use: {passed} of {len(found.trials)} proposals passed")


@app.command("rollback")
def rollback(*, data: DataOption = DATA) -> None:
    """Use the version before again, exactly as it was.

    Example: `docextract feedback rollback`
    """
    number = _versions(data).rollback()
    typer.echo(f"version {number} is in use" if number else "no version is in use")


def _kept(data: Path, database: str | None, files: str | None, templates: Path | None) -> _Kept:
    from docextract.feedback import corrected
    from docextract.service import Settings
    from docextract.store import Reviews

    kept = open_kept(data, database, files)
    versions, known = _versions(data), _templates(templates, data)
    reviews = Reviews(kept.database, lease_s=Settings().review_lease_s)
    fields = corrected(reviews.answered(), known)
    return _Kept(known, fields, kept.files, versions)


def _versions(data: Path) -> Versions:
    from docextract.feedback import Versions

    return Versions(_folder(data))


def _folder(data: Path) -> Path:
    from docextract.service import Settings

    return Settings(data=data).feedback_folder


def _templates(folder: Path | None, data: Path) -> dict[str, Template]:
    """The templates as the service uses them now, by name."""
    from docextract.feedback import with_promoted
    from docextract.service.engine import find_templates
    from docextract.template import load_template

    used = _folder(data)
    return {
        name: with_promoted(name, load_template(source), used)
        for name, source in find_templates(folder).items()
    }


def _show(trials: Sequence[Trial]) -> None:
    rows = table("template", "what", "n", "before", "after", "better", "worse", "p", "verdict")
    for one in trials:
        rows.add_row(
            one.template,
            f"{one.kind}: {one.about}",
            str(one.n),
            f"{one.before:.4f}",
            f"{one.after:.4f}",
            str(one.better),
            str(one.worse),
            f"{one.p:.4g}",
            one.why,
        )
    stdout().print(rows)
    tell(stdout(), "before, after: log loss (calibration) or share right (lexicon), held out")
