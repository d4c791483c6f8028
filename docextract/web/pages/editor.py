"""Make a template: samples at the left, boxes on the form in the middle, its fields beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from nicegui import app, background_tasks, ui
from nicegui.events import ValueChangeEventArguments

from docextract import editing
from docextract.editing import Bundle, Outline
from docextract.errors import DocextractError
from docextract.service.guard import PAGES
from docextract.service.keys import Scope
from docextract.service.problems import problem_of
from docextract.template import Box
from docextract.web.elements.boxes import BoxActs, Boxes, Drawn
from docextract.web.elements.dropping import Dropping
from docextract.web.frame import WebPage
from docextract.web.panels.checked import show_findings, show_mistakes
from docextract.web.panels.controls import text_button
from docextract.web.panels.field_form import FieldActs, FieldForm
from docextract.web.panels.making import Making, MakingActs
from docextract.web.panels.rule_list import RuleActs, show_rules
from docextract.web.panels.tried import show_tried
from docextract.web.phrase import Phrase
from docextract.web.shown import items_of
from docextract.web.troubles import trouble
from docextract.web.visit import Visit
from docextract.web.workshop import Workshop
from docextract.web.workshop_routes import workshops_of

_NEW_TYPE = "text"  # of a box that was just drawn

_TITLE = Phrase("模板", "Templates")
_DROPPING = {
    "drop": Phrase("拖入样张，或点击选择", "Drop samples, or click to choose"),
    "kinds": Phrase(
        "已填写的单据图片；.txt 为词库", "Pictures of the filled form; .txt is a lexicon"
    ),
    "release": Phrase("松开即可", "Release"),
    "sending": Phrase("正在上传 {sent}/{all}", "Uploading {sent} of {all}"),
}
_VIEWING = {
    "picture": Phrase("表单与字段框", "The form and its boxes"),
    "tools": Phrase("图片工具", "Picture tools"),
    "smaller": Phrase("缩小", "Smaller"),
    "larger": Phrase("放大", "Larger"),
    "fit": Phrase("适应窗口", "Fit"),
}
_SAVED = Phrase("已保存，可用于识别：{name}", "Saved; it reads from now on: {name}")
_UNDER = Phrase("底图", "Picture")
_PAINT = Phrase("抹去填写内容", "Paint the values out")
_FORM = Phrase("空白表单 {layout}", "Form {layout}")
_EMPTY = Phrase("拖入一两张已填写的样张", "Drop one or two filled samples")
_EMPTY_HINT = Phrase(
    "平整、端正的图片最好；两张不同的样张能区分印刷内容与填写内容。也可以打开已有模板。",
    "Flat, upright pictures are best; two that differ tell the form from its values. "
    "Or open a template that is there.",
)
_FIELDS, _YAML, _READ = Phrase("字段", "Fields"), Phrase("YAML", "YAML"), Phrase("识别结果", "Read")
_PANELS = {"fields": _FIELDS, "yaml": _YAML, "read": _READ}
_PARTS = Phrase("编辑区", "Parts")
_NO_FIELDS = Phrase(
    "在图上拖出一个框即可添加字段。", "Drag on the picture to draw the first field."
)
_KEYS = Phrase(
    "拖动：画框、移动、缩放 · 方向键移动，Shift 缩放，Ctrl 每次 10 · Delete 删除 · "
    "+ − 0 缩放图片 · o 打开",
    "Drag: draw, move, resize · arrows move, Shift resizes, Ctrl by 10 · Delete removes · "
    "+ − 0 zoom · o open",
)


def _show(visit: Visit) -> None:
    client = ui.context.client
    workshop = workshops_of(app).of(visit.session, visit.tab)
    workshop.watch(client.id)
    client.on_delete(lambda: workshop.leave(client.id))
    _View(visit, workshop).build()


class _View:
    """One workshop as one visitor sees it."""

    def __init__(self, visit: Visit, workshop: Workshop) -> None:
        self._visit, self._workshop = visit, workshop
        self._client = ui.context.client
        self._panel = "fields"
        self._turn = asyncio.Lock()
        acts = MakingActs(self._do, self._edit, self._lay, self._try, self._save)
        self._making = Making(visit, workshop, acts)

    def build(self) -> None:
        visit = self._visit
        with ui.element("div").classes("extract editor"):
            with ui.element("aside").classes("files"):
                words = {name: visit.say(said) for name, said in _DROPPING.items()}
                url = f"{PAGES}/workshops/{self._workshop.id}/files"
                Dropping(url, words, self._refused)
                self._making.draw()
            with ui.element("section").classes("paper"):
                self._heading()
                words = {name: visit.say(said) for name, said in _VIEWING.items()}
                acts = BoxActs(self._draw, self._move, self._remove_box, self._select)
                self._boxes = Boxes(words, acts)
            with ui.element("section").classes("record"):
                self._mistakes()
                self._tabs()
                self._side()
            ui.label(visit.say(_KEYS)).classes("keys")
        self._workshop.changed = self._samples_changed
        self._all_changed()

    # The middle: boxes on the form, or on a sample that is laid on it.

    @ui.refreshable_method
    def _heading(self) -> None:
        visit, workshop, found = self._visit, self._workshop, self._workshop.outline
        if workshop.bundle is None or found is None:
            with ui.element("div").classes("nothing"):
                ui.label(visit.say(_EMPTY)).classes("invitation")
                ui.label(visit.say(_EMPTY_HINT)).classes("hint")
            return
        options: dict[int | str, str] = {
            number: visit.say(_FORM).format(layout=layout.name)
            for number, layout in enumerate(found.layouts)
        }
        options |= {sample.id: sample.upload.name for sample in workshop.samples.values()}
        with ui.element("div").classes("heading"):
            base = workshop.base if workshop.base in options else None
            chooser = ui.select(options, value=base, label=visit.say(_UNDER))
            chooser.props("outlined dense options-dense").classes("under")
            chooser.on_value_change(self._under)
            if isinstance(base, int) and found.fields:
                text_button(visit.say(_PAINT), self._paint_out, "plain-button paint")

    def _under(self, event: ValueChangeEventArguments[int | str | None]) -> None:
        if event.value is not None and event.value != self._workshop.base:
            self._lay(event.value)

    def _lay(self, base: int | str) -> None:
        self._workshop.base = base
        self._making.list_samples()
        self._heading.refresh()
        self._do(self._workshop.show)

    def _show_boxes(self) -> None:
        workshop, found, shown = self._workshop, self._workshop.outline, self._workshop.shown
        if found is None or shown is None:
            self._boxes.show("", (1, 1), [], "")
            return
        url = f"{PAGES}/workshops/{workshop.id}/pictures/{shown.key}"
        states = self._states()
        drawn = [
            Drawn(name, field, _named(found, name), states.get(field, "plain"), box)
            for name, box in found.boxes(shown.layout).items()
            for field in (name.partition(".")[0],)
        ]
        self._boxes.show(url, found.size_u, drawn, workshop.selected)

    def _states(self) -> dict[str, str]:
        """How sure each field of the sample under the boxes is, if it was tried."""
        sample = self._workshop.samples.get(str(self._workshop.base))
        bundle = self._workshop.bundle
        if sample is None or sample.result is None or bundle is None or sample.tried != bundle.text:
            return {}
        items = items_of(sample.result, None, self._visit.language)
        return {item.name: item.state for item in items}

    def _draw(self, box: Box) -> None:
        found = self._workshop.outline
        if found is not None:
            name = editing.free_name(found)

            def drawn() -> None:
                self._workshop.edit(lambda text: editing.add_field(text, name, _NEW_TYPE, box))
                self._workshop.selected = name

            self._edit(drawn)
            self._turn_to("fields")

    def _move(self, name: str, box: Box) -> None:
        shown = self._workshop.shown
        layout = 0 if shown is None else shown.layout
        self._edit_text(lambda text: editing.set_box(text, layout, name, box))

    def _remove_box(self, name: str) -> None:
        self._edit_text(lambda text: editing.remove_box(text, name))

    def _select(self, field: str) -> None:
        self._workshop.selected = field
        self._show_boxes()
        self._side.refresh()

    # The right: mistakes, then fields, the YAML, or what was read.

    @ui.refreshable_method
    def _mistakes(self) -> None:
        checked = self._workshop.checked
        if self._workshop.bundle is None or checked is None:
            return
        show_mistakes(self._visit, checked)

    @ui.refreshable_method
    def _tabs(self) -> None:
        if self._workshop.bundle is None:
            return
        label = self._visit.say(_PARTS)
        with ui.element("div").props(f'role="group" aria-label="{label}"').classes("choice parts"):
            for name, said in _PANELS.items():
                pressed = str(name == self._panel).lower()
                button = ui.element("button").props(f'type="button" aria-pressed="{pressed}"')
                button.classes(f"part-{name}")
                with button.on("click", partial(self._turn_to, name)):
                    ui.label(self._visit.say(said))

    def _turn_to(self, panel: str) -> None:
        if panel != self._panel:
            self._panel = panel
            self._tabs.refresh()
            self._side.refresh()

    @ui.refreshable_method
    def _side(self) -> None:
        if self._workshop.bundle is None:
            return
        if self._panel == "yaml":
            self._yaml(self._workshop.bundle)
        elif self._panel == "read":
            show_tried(self._visit, self._workshop)
        elif self._workshop.outline is not None:
            self._field_list(self._workshop.outline)
            self._rules()
            self._findings()

    def _field_list(self, found: Outline) -> None:
        visit, workshop = self._visit, self._workshop
        if not found.fields:
            ui.label(visit.say(_NO_FIELDS)).classes("hint")
        with ui.element("ul").props(f'aria-label="{visit.say(_FIELDS)}"').classes("field-list"):
            for field in found.fields.values():
                here = str(field.name == workshop.selected).lower()
                with ui.element("li"):
                    button = ui.element("button").props(f'type="button" aria-current="{here}"')
                    button.props["data-field"] = field.name
                    with button.on("click", partial(self._select, field.name)):
                        ui.label(field.name)
                        ui.label(field.type).classes("hint")
        if workshop.selected in found.fields:
            acts = FieldActs(self._rename, self._set_type, self._set_option, self._remove_field)
            field = found.fields[workshop.selected]
            FieldForm(visit, field, workshop.lexicons, acts).draw()

    @ui.refreshable_method
    def _rules(self) -> None:
        found, checked = self._workshop.outline, self._workshop.checked
        if found is None:
            return
        rules = [rule.condition for rule in found.rules]
        mistakes = checked.mistakes if checked else ()
        show_rules(
            self._visit,
            rules,
            mistakes,
            RuleActs(
                lambda rule: self._edit_text(lambda text: editing.add_rule(text, rule)),
                lambda n, rule: self._edit_text(lambda text: editing.set_rule(text, n, rule)),
                lambda n: self._edit_text(lambda text: editing.remove_rule(text, n)),
            ),
        )

    @ui.refreshable_method
    def _findings(self) -> None:
        checked = self._workshop.checked
        if checked is not None:
            show_findings(self._visit, checked)

    def _yaml(self, bundle: Bundle) -> None:
        area = ui.textarea(value=bundle.text).props("outlined debounce=400 spellcheck=false")
        area.props["aria-label"] = self._visit.say(_YAML)
        area.classes("yaml").on_value_change(self._written)

    # Changes of the text.

    def _written(self, event: ValueChangeEventArguments[str | None]) -> None:
        """The text was changed by hand: all but the text follows."""
        bundle, text = self._workshop.bundle, str(event.value or "")
        if bundle is not None and text != bundle.text:
            self._workshop.edit(lambda _text: text)
            self._making.follow()
            self._heading.refresh()
            self._show_boxes()
            self._look()

    def _rename(self, name: str, new: str) -> None:
        def renamed() -> None:
            self._workshop.edit(lambda text: editing.rename_field(text, name, new.strip()))
            self._workshop.selected = new.strip()

        self._edit(renamed)

    def _set_type(self, name: str, kind: str) -> None:
        self._edit_text(lambda text: editing.set_type(text, name, kind))

    def _set_option(self, name: str, key: str, value: Callable[[], object]) -> None:
        self._edit_text(lambda text: editing.set_option(text, name, key, value()), form=False)

    def _remove_field(self, name: str) -> None:
        self._edit_text(lambda text: editing.remove_field(text, name))

    def _edit_text(self, change: Callable[[str], str], *, form: bool = True) -> None:
        self._edit(lambda: self._workshop.edit(change), form=form)

    def _edit(self, change: Callable[[], None], *, form: bool = True) -> None:
        """Change the template and show it; ``form`` is False where the form shows it already."""
        try:
            change()
        except DocextractError as error:
            self._tell(str(error))
            form = True
            self._making.forget()
        self._making.follow()
        self._heading.refresh()
        if form or self._panel != "fields":
            self._side.refresh()
        self._show_boxes()
        self._look()

    def _look(self) -> None:
        """Check the text, and bring the picture to it, beside the page's socket."""
        background_tasks.create(self._checked())

    async def _checked(self) -> None:
        before = self._workshop.checked
        await self._workshop.check()
        self._mistakes.refresh()
        after = self._workshop.checked
        if self._panel == "fields":
            if before is None or after is None or before.mistakes != after.mistakes:
                self._rules.refresh()
            self._findings.refresh()
        with suppress(DocextractError):  # a mistake, which is told; or the sample was told before
            await self._workshop.show()
        self._show_boxes()

    # What takes time.

    def _paint_out(self) -> None:
        base = self._workshop.base
        if isinstance(base, int):
            self._do(lambda: self._workshop.paint_out(base))

    def _try(self) -> None:
        self._do(self._tried)

    async def _tried(self) -> None:
        await self._workshop.try_all()
        self._turn_to("read")

    def _save(self) -> None:
        self._do(self._saved)

    async def _saved(self) -> None:
        name = await self._workshop.save()
        said = self._visit.say(_SAVED).format(name=name)
        with self._client:
            ui.notify(said, type="positive")

    def _do(self, work: Callable[[], Awaitable[object]]) -> None:
        """Do what takes time, after what is being done."""
        self._making.begin_work()
        background_tasks.create(self._done(work))

    async def _done(self, work: Callable[[], Awaitable[object]]) -> None:
        try:
            self._visit.count()
            async with self._turn:
                await work()
        except DocextractError as error:
            self._tell(str(error))
        except Exception as error:  # a fault is logged, and told by its number
            problem = problem_of(error)
            self._tell(f"{self._visit.say(trouble(problem.kind))} {problem.detail}")
        finally:
            self._making.end_work()
        self._all_changed()

    def _tell(self, said: str) -> None:
        with self._client:
            ui.notify(said, type="warning", multi_line=True, classes="told")

    def _refused(self, name: str, _kept: str, kind: str, detail: str) -> None:
        self._tell(f"{self._visit.say(trouble(kind))} {detail or name}")

    def _samples_changed(self) -> None:
        self._making.list_samples()
        self._making.follow()
        self._heading.refresh()
        if self._panel == "read":
            self._side.refresh()

    def _all_changed(self) -> None:
        self._samples_changed()
        self._tabs.refresh()
        self._side.refresh()
        self._show_boxes()
        self._look()


def _named(found: Outline, name: str) -> str:
    """What a box is called for people."""
    field = found.fields.get(name.partition(".")[0])
    title = field.title if field else ""
    return f"{title} · {name}" if title else name


PAGE = WebPage("/editor", _TITLE, (Scope.TEMPLATES,), _show, "editor.css")
