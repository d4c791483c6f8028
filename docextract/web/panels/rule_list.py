"""A template's rules: each can be changed and taken away, and says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nicegui import ui

from docextract.web.panels.controls import icon_button
from docextract.web.phrase import Phrase
from docextract.web.visit import Visit

_RULES = Phrase("规则", "Rules")
_ADD = Phrase("新规则，如 total == amount + tax", "New rule, such as total == amount + tax")
_REMOVE = Phrase("删除规则", "Remove the rule")


@dataclass(frozen=True, slots=True)
class RuleActs:
    """What the list asks its page for; rules by number, from 0."""

    add: Callable[[str], None]
    change: Callable[[int, str], None]
    remove: Callable[[int], None]


def show_rules(visit: Visit, rules: Sequence[str], mistakes: Sequence[str], acts: RuleActs) -> None:
    """All rules with what is wrong with them, and a line for a new one."""
    ui.label(visit.say(_RULES)).props("role=heading aria-level=2").classes("part-title")
    with ui.element("ul").classes("rules"):
        for number, rule in enumerate(rules):
            with ui.element("li").classes("rule"):
                with ui.element("div").classes("rule-line"):
                    _line(rule, f"{visit.say(_RULES)} {number + 1}", _changing(acts, number))
                    icon_button("close", f"{visit.say(_REMOVE)}: {rule}", _removing(acts, number))
                for mistake in mistakes:
                    if re.search(rf"\brules\[{number}\]", mistake):
                        ui.label(mistake).classes("mistake")
    _line("", visit.say(_ADD), acts.add, "new-rule")


def _changing(acts: RuleActs, number: int) -> Callable[[str], None]:
    return lambda text: acts.change(number, text)


def _removing(acts: RuleActs, number: int) -> Callable[[], None]:
    return lambda: acts.remove(number)


def _line(rule: str, label: str, done: Callable[[str], None], style: str = "") -> None:
    box = ui.input(value=rule, placeholder=label).props("outlined dense autocomplete=off")
    box.props["aria-label"] = label
    box.classes(f"rule-text {style}")
    before = rule

    def finish() -> None:
        nonlocal before
        text = str(box.value or "").strip()
        if text and text != before:
            before = text
            done(text)

    box.on("blur", finish)
    box.on("keydown.enter", finish)
