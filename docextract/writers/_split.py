"""Rows of several templates: a file for each, or one where the format does not mind."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from docextract.template import Template
from docextract.writers._base import Row, Writer


class SplitWriter(Writer):
    """Opens a writer for each template when its first row comes: ``out.csv`` is ``out-NAME.csv``.

    Rows without a template, pages that none fits, go to ``out-auto.csv``, which has no fields.
    """

    endings = ()

    def __init__(self, path: Path, writer: type[Writer], templates: Mapping[str, Template]) -> None:
        writer(path, _without_fields("")).close(complete=False)  # says at once what is wrong
        self._path, self._writer, self._templates = path, writer, templates
        self._open: dict[str, Writer] = {}

    def write(self, row: Row) -> None:
        """Write a row to its template's file."""
        if row.template not in self._open:
            path = self._path.with_stem(f"{self._path.stem}-{row.template}")
            template = self._templates.get(row.template) or _without_fields(row.template)
            self._open[row.template] = self._writer(path, template)
        self._open[row.template].write(row)

    def close(self, *, complete: bool) -> None:
        """Finish all files, also when one of them cannot be."""
        with ExitStack() as stack:
            for writer in self._open.values():
                stack.callback(writer.close, complete=complete)


def _without_fields(name: str) -> Template:
    """A template as tables see one, for pages of which nothing was read."""
    return Template.model_construct(name=name, fields={})
