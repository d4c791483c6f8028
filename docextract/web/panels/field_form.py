"""One field of a template as a form: its name, its type, and what its type may be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from docextract.decoding import lexicon_names
from docextract.editing import FieldOutline, Key, field_keys
from docextract.fields import field_types
from docextract.web.panels.controls import text_button
from docextract.web.phrase import Phrase
from docextract.web.visit import Visit

_NAME = Phrase("字段名", "Name")
_TYPE = Phrase("类型", "Type")
_REQUIRED = Phrase("必填", "Required")
_REMOVE = Phrase("删除字段", "Remove the field")
_MORE = Phrase("更多选项", "More options")
_BY_DEFAULT = Phrase("默认：{value}", "default: {value}")
_UNSET = Phrase("（默认）", "(default)")
_LABELS = {
    "title": Phrase("名称（纸面）", "Title on paper"),
    "box": Phrase("位置 [x, y, 宽, 高]", "Box [x, y, width, height]"),
    "lexicon": Phrase("词库", "Lexicon"),
    "lexicon_mode": Phrase("词库用法", "Lexicon mode"),
    "prefix": Phrase("前缀（正则）", "Prefix (pattern)"),
    "suffix": Phrase("后缀（正则）", "Suffix (pattern)"),
    "form": Phrase("格式（正则）", "Form (pattern)"),
    "place": Phrase("定位方式", "Place"),
    "clean": Phrase("清理", "Clean"),
}


@dataclass(frozen=True, slots=True)
class FieldActs:
    """What the form asks its page for. A new value may raise EditError when it is asked for."""

    rename: Callable[[str, str], None]
    set_type: Callable[[str, str], None]
    set_option: Callable[[str, str, Callable[[], object]], None]
    remove: Callable[[str], None]


class FieldForm:
    """A field's form; each change is made when it is finished, by Enter or by going on."""

    def __init__(
        self, visit: Visit, field: FieldOutline, lexicons: tuple[str, ...], acts: FieldActs
    ) -> None:
        self._visit, self._field, self._lexicons, self._acts = visit, field, lexicons, acts

    def draw(self) -> None:
        """Show the form."""
        field, acts = self._field, self._acts
        with ui.element("div").classes("field-form"):
            self._text(_NAME, field.name, lambda text: acts.rename(field.name, text), "field-name")
            self._choice(
                self._visit.say(_TYPE),
                {name: name for name in (*field_types.names(), field.type)},
                field.type,
                lambda chosen: acts.set_type(field.name, chosen),
                "field-type",
            )
            self._required()
            keys = field_keys(field.type)
            for key in keys:
                if not key.is_rare:
                    self._key(key)
            if any(key.is_rare for key in keys):
                with ui.element("details"):
                    with ui.element("summary"):
                        ui.label(self._visit.say(_MORE))
                    for key in keys:
                        if key.is_rare:
                            self._key(key)
            text_button(
                self._visit.say(_REMOVE), lambda: acts.remove(field.name), "plain-button wrong-text"
            )

    def _required(self) -> None:
        name = self._field.name
        required = self._field.values.get("nullable") is not True
        box = ui.checkbox(self._visit.say(_REQUIRED), value=required).classes("field-required")

        def changed(event: ValueChangeEventArguments[bool | None]) -> None:
            nullable = None if event.value else True
            self._acts.set_option(name, "nullable", lambda: nullable)

        box.on_value_change(changed)

    def _key(self, key: Key) -> None:
        name, value = self._field.name, self._field.values.get(key.name)

        def changed(text: str) -> None:
            self._acts.set_option(name, key.name, lambda: key.parsed(text))

        if key.name == "lexicon":
            known = dict.fromkeys((*lexicon_names(), *self._lexicons, key.shown(value)))
            self._choice(
                self._label(key), self._options(known), key.shown(value), changed, key.name
            )
        elif key.shape == "flag":
            self._choice(
                self._label(key),
                self._options(("true", "false")),
                key.shown(value),
                lambda text: self._acts.set_option(name, key.name, lambda: _FLAGS.get(text)),
                key.name,
            )
        elif key.shape == "choice":
            self._choice(
                self._label(key), self._options(key.choices), key.shown(value), changed, key.name
            )
        else:
            said = _LABELS.get(key.name, Phrase(key.name, key.name))
            self._text(said, key.shown(value), changed, key.name, key)

    def _label(self, key: Key) -> str:
        label = _LABELS.get(key.name)
        return key.name if label is None else self._visit.say(label)

    def _options(self, names: object) -> dict[str, str]:
        assert isinstance(names, tuple | dict)
        return {"": self._visit.say(_UNSET), **{name: name for name in names if name}}

    def _choice(
        self,
        label: str,
        options: dict[str, str],
        value: str,
        chosen: Callable[[str], None],
        style: str,
    ) -> None:
        select = ui.select(options, value=value if value in options else None, label=label)
        select.props("outlined dense options-dense").classes(f"key key-{style}")
        select.on_value_change(lambda event: chosen(str(event.value or "")))

    def _text(
        self,
        said: Phrase,
        value: str,
        done: Callable[[str], None],
        style: str,
        key: Key | None = None,
    ) -> None:
        box = ui.input(self._visit.say(said), value=value).props("outlined dense autocomplete=off")
        box.classes(f"key key-{style}")
        if key is not None:
            default = self._visit.say(_BY_DEFAULT).format(value=key.default) if key.default else ""
            box.props["title"] = f"{key.about} {default}".strip()
        before = value

        def finish() -> None:
            nonlocal before
            text = str(box.value or "")
            if text != before:
                before = text
                done(text)

        box.on("blur", finish)
        box.on("keydown.enter", finish)


_FLAGS = {"true": True, "false": False}
