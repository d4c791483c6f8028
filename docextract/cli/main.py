"""``docextract``: the command line's front door, and how errors leave it."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer
from typer.core import TyperGroup

from docextract import __version__
from docextract.cli import (
    calibrate,
    catalog,
    doctor,
    eval,
    explain,
    feedback,
    keys,
    lm,
    ocr,
    purge,
    quantize,
    run,
    serve,
    synth,
    template,
    train,
)
from docextract.cli._console import stderr, tell
from docextract.errors import DocextractError

_INTERRUPTED, _BROKEN_PIPE = 130, 141  # 128 + the signal's number, as shells say it


class _Front(TyperGroup):
    """Turns errors into one line each and an exit code; ``--debug`` lets them through."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except DocextractError as error:
            if ctx.params["debug"]:
                raise
            for line in str(error).splitlines():
                tell(stderr(), f"error: {line}")
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:
            # Whoever read stdout has gone. Python would complain when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(_BROKEN_PIPE) from None
        except KeyboardInterrupt:
            raise typer.Exit(_INTERRUPTED) from None


app = typer.Typer(
    cls=_Front,
    name="docextract",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it, exit."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where an error arose (the traceback).")
    ] = False,
) -> None:
    """Read fixed-layout documents into typed, checked records, by templates, on a CPU.

    Example: `docextract run --template invoice scans/ > records.jsonl`

    Exit codes: 0 all read; 2 wrong usage or template; 3 a file that cannot be loaded;
    4 a page on which the form was not found; 5 a model that cannot be used; 6 an optional
    package that is missing; 130 interrupted.
    """


app.command("run")(run.run)
app.command("ocr")(ocr.ocr)
app.add_typer(template.app, name="template")
app.add_typer(lm.app, name="lm")
app.command("explain")(explain.explain)
app.command("serve")(serve.serve)
app.command("purge")(purge.purge)
app.add_typer(feedback.app, name="feedback")
app.add_typer(keys.app, name="keys")
app.command("eval")(eval.evaluate)
app.command("calibrate")(calibrate.calibrate)
app.add_typer(synth.app, name="synth")
app.command("train")(train.train)
app.command("quantize")(quantize.quantize)
app.command("fields")(catalog.fields)
app.command("models")(catalog.models)
app.command("doctor")(doctor.doctor)
