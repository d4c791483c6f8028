"""A template that lies nowhere yet: its text, and the files that lie beside it.

What comes from elsewhere is data only: names of files are bare, and nothing that a text says leads
out of the folder that the bundle is put into.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from docextract.editing.data import plain_data
from docextract.editing.edits import rename_template
from docextract.editing.error import EditError
from docextract.editing.naming import renamed_beside
from docextract.editing.splice import set_value
from docextract.errors import TemplateError
from docextract.template import Template, load_template
from docextract.template.document import DocumentError, Loc, parse_document, show

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
"""The names that templates may have here."""
_BESIDE = re.compile(r"[A-Za-z0-9][\w-]{0,80}\.[A-Za-z0-9]{1,5}")
_FILES = frozenset({"reference", "calibration"})
_NAMED = frozenset({"lexicon", "lm", "recognizer"}) | _FILES
_LARGEST = 20_000  # units a page may be wide or high


@dataclass(frozen=True, slots=True)
class Bundle:
    """A template's text and its files, by their bare names."""

    text: str
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The template's name; "" where it says none that a template may have."""
        try:
            name = plain_data(self.text).get("name")
        except DocumentError:
            return ""
        return name if isinstance(name, str) and NAME.fullmatch(name) else ""

    @property
    def needed(self) -> dict[str, bytes]:
        """The files that the text names."""
        named = {value for _, value in _names(self.text)}
        return {name: data for name, data in self.files.items() if name in named}

    def renamed(self, new: str) -> Bundle:
        """The bundle called otherwise, and its files by names that bear its own.

        Raises EditError for a name that no template may have.
        """
        if not NAME.fullmatch(new):
            raise EditError(
                f"{new!r} is no template's name. Use small letters, digits and _, a letter first"
            )
        old, text = self.name, rename_template(self.text, new)
        for loc, value in _names(text):
            if loc[-1] != "reference" and value in self.files:
                text = set_value(text, loc, renamed_beside(value, old, new))
        files = {renamed_beside(name, old, new): data for name, data in self.files.items()}
        return Bundle(text, files)

    @contextmanager
    def loaded(self) -> Iterator[Template]:
        """The template, checked, in a folder that is there for as long.

        Raises TemplateError with every mistake.
        """
        self.check()
        with TemporaryDirectory(prefix="docextract-template-") as folder, _without(folder):
            yield load_template(self.put(Path(folder)))

    def put(self, folder: Path) -> Path:
        """Write the files that are needed, then the text, into a folder; gives the YAML file."""
        for name, data in self.needed.items():
            (folder / name).write_bytes(data)
        path = folder / f"{self.name or 'template'}.yaml"
        path.write_text(self.text, "utf-8", newline="")
        return path

    def check(self) -> None:
        """Raise TemplateError where a name would lead to a file elsewhere, or the page is huge."""
        try:
            document = parse_document(self.text.encode())
        except DocumentError as error:
            raise TemplateError(
                _called(self), [str(mistake) for mistake in error.mistakes]
            ) from None
        mistakes = [
            f"line {document.line(loc)}: {show(loc)} is {value!r}. Give a bare name"
            for loc, value in _names(self.text)
            if not _is_bare(str(loc[-1]), value)
        ]
        page = document.data.get("page")
        sides = list(page.values()) if isinstance(page, dict) else []
        if any(isinstance(side, int) and side > _LARGEST for side in sides):
            line = document.line(("page",))
            mistakes.append(f"line {line}: page is too large. Use at most {_LARGEST} units a side")
        if mistakes:
            raise TemplateError(_called(self), mistakes)

    def zipped(self) -> bytes:
        """The YAML file and its files as a ZIP."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{self.name or 'template'}.yaml", self.text)
            for name, data in sorted(self.needed.items()):
                archive.writestr(name, data)
        return packed.getvalue()


def open_bundle(source: str | Path) -> Bundle:
    """A template's bundle: a shipped one by its name, or a file. Raises TemplateError."""
    template = load_template(source)
    text = template.path.read_bytes().decode("utf-8-sig")
    folder = template.path.parent
    beside = {
        value: (folder / value).read_bytes()
        for loc, value in _names(text)
        if _is_bare(str(loc[-1]), value) and _BESIDE.fullmatch(value) and (folder / value).is_file()
    }
    return Bundle(text, beside)


def blank(name: str, reference: bytes, size: tuple[int, int]) -> Bundle:
    """A template without fields, on a picture (PNG) of this width and height."""
    width, height = size
    text = (
        f"docextract: 1\nname: {name}\n"
        f"page: {{width: {width}, height: {height}}}  # px of the reference picture\n"
        f"layouts: [{{name: a, reference: {name}.png}}]\n"
        "fields: {}  # box: [x, y, width, height] from the top-left corner\n"
    )
    return Bundle(text, {f"{name}.png": reference})


def is_beside(name: str) -> bool:
    """Whether a file beside a template may be called so."""
    return _BESIDE.fullmatch(name) is not None


def _called(bundle: Bundle) -> str:
    return f"{bundle.name or 'template'}.yaml"


def _is_bare(key: str, value: str) -> bool:
    """Whether a name leads to nothing but what is shipped or lies beside the template."""
    if key in _FILES or value.lower().endswith(".txt"):
        return is_beside(value)
    return re.fullmatch(r"[\w-]+", value) is not None


def _names(text: str) -> Iterator[tuple[Loc, str]]:
    """All that is named in a text and may be a file."""
    try:
        data = plain_data(text)
    except DocumentError:
        return
    stack: list[tuple[Loc, object]] = [((), data)]
    while stack:
        loc, value = stack.pop()
        if isinstance(value, dict):
            stack += [((*loc, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            stack += [((*loc, index), inner) for index, inner in enumerate(value)]
        elif isinstance(value, str) and loc and loc[-1] in _NAMED:
            yield loc, value


@contextmanager
def _without(folder: str) -> Iterator[None]:
    """Errors do not name the folder, which is gone by the time they are read."""
    try:
        yield
    except TemplateError as error:
        mistakes = [mistake.replace(f"{folder}/", "") for mistake in error.mistakes]
        raise TemplateError(Path(error.file).name, mistakes) from None
