"""What a template in the making read on its samples."""

from __future__ import annotations

from nicegui import ui

from docextract.web.panels.record import show_fields
from docextract.web.phrase import Phrase
from docextract.web.shown import items_of, status_of
from docextract.web.troubles import trouble
from docextract.web.visit import Visit
from docextract.web.workshop import Sample, Workshop

_UNTRIED = Phrase("尚未试识别。", "Not tried yet.")
_STALE = Phrase("模板已改动，结果是之前的。", "The template has changed since.")


def show_tried(visit: Visit, workshop: Workshop) -> None:
    """Each sample with its record, or why there is none."""
    for sample in workshop.samples.values():
        with ui.element("section").classes("tried"):
            name = ui.label(sample.upload.name).props("role=heading aria-level=2")
            name.classes("part-title")
            _show(visit, workshop, sample)


def _show(visit: Visit, workshop: Workshop, sample: Sample) -> None:
    result = sample.result
    if sample.problem is not None:
        ui.label(visit.say(trouble(sample.problem.kind))).classes("mistake")
    elif result is None:
        ui.label(visit.say(_UNTRIED)).classes("hint")
    elif result.failure is not None:
        ui.label(result.failure.reason).classes("mistake")
    else:
        checked = workshop.checked
        template = checked.template if checked and checked.text == sample.tried else None
        is_new = workshop.bundle is not None and sample.tried == workshop.bundle.text
        note = "" if is_new else visit.say(_STALE)
        show_fields(visit, result.status, note, items_of(result, template, visit.language))


def standing_of(sample: Sample) -> str:
    """What became of a sample, "" before it was tried."""
    if sample.is_reading:
        return "reading"
    if sample.problem is not None:
        return "failed"
    return status_of(sample.result) if sample.result else ""
