"""A template's name or path -> Template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from docextract.errors import TemplateError, UnknownName, did_you_mean
from docextract.resources import resource_dir
from docextract.template.box import PageSize, Surroundings
from docextract.template.document import Document, DocumentError, Mistake, parse_document
from docextract.template.mistakes import explain
from docextract.template.model import Template

_ENDINGS = (".yaml", ".yml")


def template_names() -> tuple[str, ...]:
    """The names of the templates that come with docextract, sorted."""
    return tuple(sorted(path.stem for path in resource_dir("templates").glob("*.yaml")))


def load_template(name_or_path: str | Path) -> Template:
    """Load a template by its name, or by a path when there is a folder or .yaml in it.

    Raises UnknownName for a name that no shipped template has, and TemplateError with every
    mistake of the file, each with its line, its place inside the file and its cure.
    """
    path = _resolve(str(name_or_path))
    try:
        document = parse_document(_read(path))
        return _validate(document, path)
    except DocumentError as e:
        raise TemplateError(str(path), [str(mistake) for mistake in e.mistakes]) from None


def _resolve(name: str) -> Path:
    path = Path(name)
    if path.name != name or path.suffix.lower() in _ENDINGS:
        return path
    if name not in template_names():
        raise UnknownName("template", name, template_names())
    return resource_dir("templates") / f"{name}.yaml"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        beside = [p.name for p in path.parent.glob("*.y*ml")]
        raise TemplateError(
            str(path), [f"no such file. {did_you_mean(path.name, beside)}"]
        ) from None
    except OSError as e:
        raise TemplateError(
            str(path), [f"cannot be read: {e.strerror}. Give a YAML file"]
        ) from None


def _validate(document: Document, path: Path) -> Template:
    data = document.data
    if "path" in data:  # the model's own, which no file may set
        raise DocumentError(Mistake(document.line(("path",)), "path is not a key. Remove it."))
    try:
        text = json.dumps({**data, "path": str(path)})
        return Template.model_validate_json(text, strict=True, context=_surroundings(data, path))
    except ValidationError as e:
        raise DocumentError(*explain(e, document)) from None


def _surroundings(data: Mapping[str, object], path: Path) -> Surroundings:
    fields = data.get("fields")
    try:
        page = PageSize.model_validate(data.get("page"), strict=True)
    except ValidationError:
        page = None
    named = fields if isinstance(fields, Mapping) else {}
    boxes = frozenset(name for field, flat in named.items() for name in _box_names(field, flat))
    return Surroundings(page, frozenset(map(str, named)), boxes, path.parent)


def _box_names(field: object, flat: object) -> tuple[str, ...]:
    """What layouts may call a field's boxes, as it is written: FIELD, or each FIELD.BOX."""
    boxes = flat.get("boxes") if isinstance(flat, Mapping) else None
    if isinstance(boxes, Mapping):
        return tuple(f"{field}.{name}" for name in boxes)
    return (str(field),)
