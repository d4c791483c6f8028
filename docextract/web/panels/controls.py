"""Small things that all panels have: buttons as the theme styles them, and chips of states."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from docextract.web.phrase import Language
from docextract.web.shown import ICONS, SAYINGS


def text_button(text: str, act: Callable[[], None], style: str) -> None:
    """A button with words on it."""
    button = ui.element("button").props('type="button"').classes(style)
    with button.on("click", act):
        ui.label(text)


def icon_button(
    icon: str, label: str, act: Callable[[], None], *, style: str = "", enabled: bool = True
) -> None:
    """A button with a picture on it; ``label`` says what it does, also to screen readers."""
    button = ui.element("button").classes(f"plain-button {style}").on("click", act)
    button.props["type"] = "button"
    button.props["aria-label"] = button.props["title"] = label
    button.props["disabled"] = not enabled
    with button:
        ui.icon(icon).props("aria-hidden=true")


def chip(state: str, language: Language, more: str = "") -> None:
    """A state by its colour, its picture and its word."""
    with ui.element("span").classes(f"chip {state}"):
        ui.icon(ICONS[state]).props("aria-hidden=true")
        ui.label(SAYINGS[state].in_(language) + more)
