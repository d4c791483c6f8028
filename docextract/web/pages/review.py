"""What a person should look at, one field at a time: its picture, and one key for each answer.

Nothing is kept here but the field that is shown: what is claimed and what can be undone, the
database knows, so that reloading and other tabs lose nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from nicegui import ui
from nicegui.events import KeyEventArguments, ValueChangeEventArguments

from docextract.errors import DocextractError, UsageError
from docextract.reviewing import refusal
from docextract.service.guard import PAGES
from docextract.service.keys import Scope
from docextract.service.problems import Problem
from docextract.service.review_desk import Progress, Shown
from docextract.service.state import reviewer_name
from docextract.store import NotClaimed
from docextract.web.frame import WebPage
from docextract.web.panels.controls import text_button
from docextract.web.phrase import Phrase
from docextract.web.troubles import trouble
from docextract.web.visit import Visit

_LOOK_EVERY_S = 4.0  # for new items, while there are none
_TAB_LETTERS = 8

_TITLE = Phrase("核对", "Review")
_NOTHING = Phrase(
    "没有需要核对的内容。有新的会自动出现。",
    "Nothing is left to look at. What comes next appears by itself.",
)
_LINE = Phrase("字段图像", "Picture of the field")
_PAGE = Phrase("所在页面", "The page around it")
_READ = Phrase("现在的值：{text}", "Read as: {text}")
_BLANK = Phrase("（空）", "(nothing)")
_CHOICES = Phrase("读到的候选值", "Values that were read")
_TYPE = Phrase("或输入印刷的内容", "Or write what is printed")
_SAVE = Phrase("保存", "Save")
_MEANS = Phrase("将记为：{value}", "Will be kept as: {value}")
_NOT_PRINTED = Phrase("没有印刷 (b)", "Not printed (b)")
_UNREADABLE = Phrase("无法辨认 (x)", "Unreadable (x)")
_SKIP = Phrase("跳过 (s)", "Skip (s)")
_UNDO = Phrase("撤销上一个 (u)", "Undo the last (u)")
_UNDO_NOTHING = Phrase("没有可以撤销的。", "There is nothing to undo.")
_GONE = Phrase(
    "这一项已由他人处理，或已超时。下一项：",
    "Somebody else has this one now, or it took too long. Here is the next.",
)
_SOURCE = Phrase("{name} 第 {number} 页", "{name}, page {number}")
_PROGRESS = Phrase(
    "已核对 {answered}，待核对 {open}；预计错误率 {rate}，目标 {target}",
    "{answered} answered, {open} open; expected error rate {rate}, target {target}",
)
_LOOKS = Phrase("再看 {looks} 项即可达到目标", "{looks} more looks reach the target")
_REACHED = Phrase("已达到目标", "The target is reached")
_OUT_OF_REACH = Phrase("看完全部也达不到目标", "Not even all open ones reach the target")
_KEYS = Phrase(
    "快捷键：1–9 选择候选值 · t 输入 · Enter 保存 · b 没有印刷 · x 无法辨认 · s 跳过 · u 撤销",
    "Keys: 1–9 choose · t write · Enter save · b not printed · x unreadable · s skip · u undo",
)


def _show(visit: Visit) -> None:
    # Where there are no keys, each tab is somebody of its own.
    name = "" if visit.key else f"tab-{visit.tab[:_TAB_LETTERS]}"
    _View(visit, reviewer_name(visit.owner, name)).build()


class _View:
    """The review as one person sees it."""

    def __init__(self, visit: Visit, reviewer: str) -> None:
        self._visit, self._reviewer = visit, reviewer
        self._desk = visit.state.desk
        self._shown: Shown | None = None
        self._progress: Progress | None = None
        self._seen = False  # its picture has come, so that keys are meant for it
        self._acting = False

    def build(self) -> None:
        with ui.element("div").classes("review"):
            self._pictures()
            side = ui.element("section").classes("review-side")
            with side.props(f'aria-label="{self._visit.say(_TITLE)}"'):
                self._question()
                self._standing()
            ui.label(self._visit.say(_KEYS)).classes("review-keys")
        ui.keyboard(self._pressed, repeating=False, ignore=["input", "select", "textarea"])
        ui.timer(0, self._next, once=True)
        ui.timer(_LOOK_EVERY_S, self._look_again)

    # What is shown.

    @ui.refreshable_method
    def _pictures(self) -> None:
        visit, shown = self._visit, self._shown
        with ui.element("section").classes("review-pictures"):
            if shown is None:
                ui.label(visit.say(_NOTHING)).props("role=status").classes("nothing")
                return
            base = f"{PAGES}/review-pictures/{shown.item.id}"
            line = self._picture(f"{base}/line", _LINE, "review-line")
            line.on("load", self._came)
            line.on("error", self._came)  # it can be skipped at least
            self._picture(f"{base}/page", _PAGE, "review-page")

    def _picture(self, url: str, said: Phrase, style: str) -> ui.element:
        picture = ui.element("img").classes(style)
        picture.props["src"] = url
        picture.props["alt"] = self._visit.say(said)
        return picture

    @ui.refreshable_method
    def _question(self) -> None:
        visit, shown = self._visit, self._shown
        if shown is None:
            text_button(visit.say(_UNDO), self._undo, "plain-button")
            return
        item, field = shown.item, shown.field
        title = f"{field.title} · {field.name}" if field.title else field.name
        ui.label(title).props('role="heading" aria-level="1"').classes("review-field")
        source = visit.say(_SOURCE).format(name=item.name, number=item.number)
        ui.label(f"{source} · {item.template}").classes("hint")
        read = shown.current.text or visit.say(_BLANK)
        ui.label(visit.say(_READ).format(text=read)).classes("review-read")
        with ui.element("ul").classes("review-reasons"):
            for reason in shown.reasons:
                with ui.element("li"):
                    ui.label(visit.say(Phrase(reason.zh, reason.en)))
        with ui.element("div").props(f'role="group" aria-label="{visit.say(_CHOICES)}"'):
            for number, choice in enumerate(shown.choices):
                self._choice(number, choice.text)
        self._free()
        with ui.element("div").classes("review-acts"):
            text_button(visit.say(_NOT_PRINTED), self._not_printed, "review-act")
            text_button(visit.say(_UNREADABLE), self._unreadable, "review-act")
            text_button(visit.say(_SKIP), self._skip, "review-act")
            text_button(visit.say(_UNDO), self._undo, "review-act")

    def _choice(self, number: int, text: str) -> None:
        button = ui.element("button").props('type="button"').classes("review-choice")
        with button.on("click", lambda: self._choose(number)):
            ui.label(str(number + 1)).classes("review-key").props("aria-hidden=true")
            ui.label(text).classes("review-text")

    def _free(self) -> None:
        """Free text, checked by the field's type while it is written."""
        label = self._visit.say(_TYPE)
        self._text = ui.input(label, on_change=self._checked).props("outlined dense")
        self._text.classes("review-input").on("keydown.enter", self._save)
        self._verdict = ui.label("").props("role=status").classes("review-verdict")
        text_button(self._visit.say(_SAVE), self._save, "review-act")

    @ui.refreshable_method
    def _standing(self) -> None:
        visit, progress = self._visit, self._progress
        if progress is None:
            return
        with ui.element("div").classes("review-progress").props("role=status"):
            done = progress.answered
            left = progress.open if progress.looks_left is None else progress.looks_left
            most = max(done + left, 1)
            ui.element("progress").props(f'max="{most}" value="{done if left else most}"')
            ui.label(_looks(visit, progress)).classes("review-looks")
            said = visit.say(_PROGRESS).format(
                answered=done,
                open=progress.open,
                rate=f"{progress.error_rate:.3%}",
                target=f"{progress.target:.3%}",
            )
            ui.label(said).classes("hint")

    # What the reviewer does.

    async def _pressed(self, event: KeyEventArguments) -> None:
        if not event.action.keydown or event.modifiers.ctrl or event.modifiers.meta:
            return
        key = str(event.key)
        acts: dict[str, Callable[[], object]] = {
            "b": self._not_printed,
            "x": self._unreadable,
            "s": self._skip,
            "u": self._undo,
            "t": self._write,
        }
        if key.isdecimal() and key != "0":
            self._choose(int(key) - 1)
        elif key in acts:
            acts[key]()

    def _choose(self, number: int) -> None:
        shown = self._shown
        if shown is not None and number < len(shown.choices):
            item = shown.item.id
            self._act(lambda: self._desk.choose(item, self._reviewer, number))

    def _save(self) -> None:
        shown, text = self._shown, str(self._text.value or "")
        if shown is not None and text.strip():
            if refusal(shown.field, text) is not None:
                return  # what is wrong stands below the text
            item = shown.item.id
            self._act(lambda: self._desk.correct(item, self._reviewer, text))

    def _not_printed(self) -> None:
        self._about_item(self._desk.not_printed)

    def _unreadable(self) -> None:
        self._about_item(self._desk.unreadable)

    def _skip(self) -> None:
        self._about_item(self._desk.skip)

    def _about_item(self, act: Callable[[int, str], None]) -> None:
        if self._shown is not None:
            item = self._shown.item.id
            self._act(lambda: act(item, self._reviewer))

    def _undo(self) -> None:
        self._seen = True  # it is not about what is shown
        self._act(lambda: self._desk.undo_last(self._reviewer))

    def _write(self) -> None:
        if self._shown is not None:
            self._text.run_method("focus")

    def _checked(self, event: ValueChangeEventArguments[str | None]) -> None:
        shown, text = self._shown, str(event.value or "").strip()
        if shown is None or not text:
            self._verdict.set_text("")
            return
        wrong = refusal(shown.field, text)
        self._verdict.classes(remove="wrong") if wrong is None else self._verdict.classes("wrong")
        if wrong is not None:
            self._verdict.set_text(self._visit.say(Phrase(wrong.zh, wrong.en)))
        else:
            value = shown.field.kind.parse(text)
            self._verdict.set_text(self._visit.say(_MEANS).format(value=_plain(value)))

    def _act(self, act: Callable[[], object]) -> None:
        """Do it beside the page's socket, then show what is next."""
        if self._seen and not self._acting:
            self._acting = True
            ui.timer(0, lambda: self._done(act), once=True)

    async def _done(self, act: Callable[[], object]) -> None:
        try:
            self._visit.count()
            await asyncio.to_thread(act)
        except NotClaimed:
            ui.notify(self._visit.say(_GONE), type="warning")
        except Problem as problem:
            ui.notify(self._visit.say(trouble(problem.kind)), type="warning")
        except UsageError:
            ui.notify(self._visit.say(_UNDO_NOTHING), type="warning")
        finally:
            self._acting = False
        await self._next()

    def _came(self) -> None:
        self._seen = True

    async def _look_again(self) -> None:
        if self._shown is None:
            await self._next()

    async def _next(self) -> None:
        before = self._shown
        try:
            self._shown = await asyncio.to_thread(self._desk.next, self._reviewer)
            self._progress = await asyncio.to_thread(self._desk.progress)
        except DocextractError as error:  # a template that has changed, or no database
            ui.notify(str(error), type="negative")
            return
        if _id(before) != _id(self._shown) or before is None:
            self._seen = False
            self._pictures.refresh()
            self._question.refresh()
        self._standing.refresh()


def _id(shown: Shown | None) -> int | None:
    return None if shown is None else shown.item.id


def _looks(visit: Visit, progress: Progress) -> str:
    if progress.looks_left is None:
        return visit.say(_OUT_OF_REACH)
    if progress.looks_left == 0:
        return visit.say(_REACHED)
    return visit.say(_LOOKS).format(looks=progress.looks_left)


def _plain(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return str(value)


PAGE = WebPage("/review", _TITLE, (Scope.REVIEW,), _show, "review.css")
