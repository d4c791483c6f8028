"""The service's own folder of templates: what is edited in the pages is put there."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from docextract.durable import write_durably
from docextract.editing import NAME, Bundle, belongs, open_bundle
from docextract.errors import UsageError
from docextract.pipeline import Extractor
from docextract.service.engine import Engine
from docextract.template import template_names


class TemplateFolder:
    """A folder that templates are saved into, if the service has one.

    A template is put there under its name only, and it may bring files that bear its name only, so
    no template replaces what belongs to another.
    """

    def __init__(self, folder: Path | None, engine: Engine) -> None:
        self._folder = None if folder is None else folder.resolve()
        self._engine = engine
        self._lock = threading.Lock()

    @property
    def is_there(self) -> bool:
        """Whether templates can be saved."""
        return self._folder is not None

    def open(self, name: str) -> Bundle:
        """A template that is served; raises UnknownName and TemplateError."""
        return open_bundle(self._engine.source(name))

    def version(self, name: str) -> str:
        """What a saved template is now, as a hash; "" where there is none of that name."""
        path = self._path(name)
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""

    def save(self, bundle: Bundle, *, replaces: str) -> str:
        """Check a template, write it, and serve it from now on; gives its version.

        ``replaces`` is the version that was opened, "" for a new template. Raises UsageError for
        a shipped template's name, where another version is there, and for files that may be another
        template's; and what Extractor raises.
        """
        with bundle.loaded() as template:
            name = template.name
            _check_names(bundle, name)
            Extractor(template, load=self._engine.load)
        with self._lock:
            there = self.version(name)
            if there != replaces:
                known = "has been changed since it was opened" if replaces else "exists already"
                raise UsageError(f"{name}: {known}. Choose another name, or open it and edit that")
            path = self._path(name)
            for file, data in bundle.needed.items():
                _write(path.with_name(file), data)
            _write(path, bundle.text.encode())
            self._engine.serve(name, path)
        return self.version(name)

    def _path(self, name: str) -> Path:
        if self._folder is None:
            raise UsageError(
                "the service has no folder for templates. Start it with --templates DIR"
            )
        if not NAME.fullmatch(name):
            raise UsageError(f"{name!r} is no template's name")
        return self._folder / f"{name}.yaml"


def _check_names(bundle: Bundle, name: str) -> None:
    if name in template_names():
        raise UsageError(f"{name}: is a shipped template's name. Choose another name")
    foreign = [file for file in bundle.needed if not belongs(file, name)]
    if foreign:
        raise UsageError(f"{foreign[0]}: may be another template's. Call it {name}-{foreign[0]}")


def _write(path: Path, data: bytes) -> None:
    """Write a file so that it is there as a whole, or not at all."""
    try:
        write_durably(path, data)
    except OSError as error:
        raise UsageError(
            f"{path.name}: cannot be written: {error.strerror}. "
            "Let the service write to its folder of templates"
        ) from None
