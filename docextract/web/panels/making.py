"""Where a template comes from, and what is done with all of it: the editor's left side."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from docextract.service.guard import PAGES
from docextract.web.panels.controls import chip, icon_button, text_button
from docextract.web.panels.tried import standing_of
from docextract.web.phrase import Phrase
from docextract.web.visit import Visit
from docextract.web.workshop import Sample, Workshop

_FIRST_NAME = "form"

_SAMPLES = Phrase("样张", "Samples")
_NAME = Phrase("模板名", "Template's name")
_PROPOSE = Phrase("由样张生成模板", "Propose a template")
_BLANK = Phrase("从空白开始", "Start without fields")
_OPEN = Phrase("打开已有模板", "Open a template")
_UNDO, _REDO = Phrase("撤销", "Undo"), Phrase("重做", "Redo")
_TRY = Phrase("试识别全部样张", "Try on all samples")
_SAVE = Phrase("保存到服务", "Save to the service")
_DOWNLOAD = Phrase("下载", "Download")
_WORKING = Phrase("正在处理…", "Working…")
_REMOVE = Phrase("移除", "Remove")


class MakingActs(NamedTuple):
    """What the page does: work that takes time, edits, laying a sample under the boxes."""

    do: Callable[[Callable[[], Awaitable[object]]], None]
    edit: Callable[[Callable[[], None]], None]
    lay: Callable[[int | str], None]
    try_all: Callable[[], None]
    save: Callable[[], None]


class Making:
    """The samples, the name, the ways to begin, and the buttons for the whole template."""

    def __init__(self, visit: Visit, workshop: Workshop, acts: MakingActs) -> None:
        self._visit, self._workshop, self._acts = visit, workshop, acts
        self._name = _FIRST_NAME
        self._begun: tuple[object, ...] = ()
        self._working = 0

    def draw(self) -> None:
        """Draw it where the page is."""
        self._samples()
        self._beginning()
        self._template()

    def list_samples(self) -> None:
        """Show the samples that are there now."""
        self._samples.refresh()

    def forget(self) -> None:
        """Draw everything anew with the next change: what was typed is refused."""
        self._begun = ()

    def begin_work(self) -> None:
        """Say that something is being done."""
        self._working += 1
        self._template.refresh()

    def end_work(self) -> None:
        """One thing less is being done; shown with the next change."""
        self._working -= 1

    @ui.refreshable_method
    def _samples(self) -> None:
        with ui.element("ul").props(f'aria-label="{self._visit.say(_SAMPLES)}"').classes("list"):
            for sample in self._workshop.samples.values():
                self._sample(sample)

    def _sample(self, sample: Sample) -> None:
        shown = str(self._workshop.base == sample.id).lower()
        with ui.element("li").classes("file"):
            button = ui.element("button").props(f'type="button" aria-current="{shown}"')
            with button.classes("file-button").on("click", lambda: self._acts.lay(sample.id)):
                ui.label(sample.upload.name).classes("file-name")
                if standing := standing_of(sample):
                    chip(standing, self._visit.language)
            label = f"{self._visit.say(_REMOVE)}: {sample.upload.name}"
            icon_button(
                "close", label, lambda: self._workshop.remove(sample), style="file-tool"
            )  # fmt: skip

    @ui.refreshable_method
    def _beginning(self) -> None:
        """Where a template comes from."""
        visit = self._visit
        bundle = self._workshop.bundle
        with ui.element("div").classes("beginning"):
            name = ui.input(visit.say(_NAME), value=bundle.name if bundle else self._name)
            name.props("outlined dense autocomplete=off").classes("template-name")

            def called() -> None:
                if self._workshop.bundle is not None:
                    self._acts.edit(lambda: self._workshop.rename(str(name.value or "").strip()))

            def typed(event: ValueChangeEventArguments[str | None]) -> None:
                self._name = event.value or ""

            name.on_value_change(typed)
            name.on("blur", called)
            name.on("keydown.enter", called)
            if self._workshop.samples:

                def begin(make: Callable[[str], Awaitable[None]]) -> Callable[[], None]:
                    return lambda: self._acts.do(partial(make, str(name.value or "").strip()))

                with ui.element("div").classes("row"):
                    text_button(visit.say(_PROPOSE), begin(self._workshop.propose), "main-button")
                    text_button(
                        visit.say(_BLANK), begin(self._workshop.draw_from_nothing), "plain-button"
                    )
            self._library()

    def follow(self) -> None:
        """Show what is there now.

        Where a template comes from is drawn anew only where it differs, so that nobody's click or
        word is lost.
        """
        self._template.refresh()
        bundle, engine = self._workshop.bundle, self._visit.state.engine
        begun = (bool(self._workshop.samples), bundle and bundle.name, engine.template_names)
        if begun != self._begun:
            self._begun = begun
            self._beginning.refresh()

    def _library(self) -> None:
        engine = self._visit.state.engine
        titles = {name: engine.template(name).title for name in engine.template_names}
        named = {name: f"{title} · {name}" if title else name for name, title in titles.items()}
        chooser = ui.select(named, label=self._visit.say(_OPEN), value=None)
        chooser.props("outlined dense options-dense").classes("chooser")

        def chosen(event: ValueChangeEventArguments[str | None]) -> None:
            if event.value:
                self._acts.do(partial(self._workshop.open, event.value))

        chooser.on_value_change(chosen)

    @ui.refreshable_method
    def _template(self) -> None:
        """What is done with the template that is open."""
        visit, workshop = self._visit, self._workshop
        if self._working:
            ui.label(visit.say(_WORKING)).props("role=status").classes("working hint")
        if workshop.bundle is None:
            return
        with ui.element("div").classes("row"):
            icon_button(
                "undo",
                visit.say(_UNDO),
                lambda: self._acts.edit(workshop.undo),
                enabled=workshop.can_undo,
            )
            icon_button(
                "redo",
                visit.say(_REDO),
                lambda: self._acts.edit(workshop.redo),
                enabled=workshop.can_redo,
            )
            if workshop.samples:
                text_button(visit.say(_TRY), self._acts.try_all, "main-button try")
        with ui.element("div").classes("downloads"):
            for file in ("template.zip", "template.yaml"):
                kind = file.rsplit(".", 1)[-1].upper()
                link = ui.element("a").classes("download")
                link.props(f'href="{PAGES}/workshops/{workshop.id}/{file}" download')
                link.props(f'aria-label="{visit.say(_DOWNLOAD)} {kind}"')
                with link:
                    ui.icon("download").props("aria-hidden=true")
                    ui.label(kind)
            if visit.state.templates.is_there:
                text_button(visit.say(_SAVE), self._acts.save, "main-button save")
