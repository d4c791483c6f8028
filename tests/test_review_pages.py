"""What a page brings to the review: places that are right whatever the file and the reader."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docextract import Extractor
from docextract.auto import AutoExtractor
from docextract.confidence import Limit
from docextract.fields.table import Table
from docextract.record_reader import RecordReader
from docextract.result import Unruled
from docextract.reviewing import Kept, page_review, settled_again
from docextract.sources import load_page
from docextract.template import load_template
from docextract.types import Reading


@pytest.mark.parametrize("by", ["its template", "auto"])
def test_a_field_of_a_pdf_is_cut_where_it_was_read(by: str, ticket_template: Path) -> None:
    blank = Image.open(ticket_template.with_name("ticket.png"))
    data = io.BytesIO()
    blank.convert("RGB").save(data, "PDF", resolution=72)
    template = load_template(ticket_template)
    reader: RecordReader = AutoExtractor([template]) if by == "auto" else Extractor(template)
    result = reader.read_page(data.getvalue(), 1, name="ticket.pdf")
    assert result.status == "review"
    (item,) = page_review(result, template, "ticket").items
    kept = Kept.model_validate_json(item.reading)
    page = load_page(data.getvalue(), 1, page_size_u=kept.page_size_u).image
    assert kept.quad_px is not None
    height, width = page.shape[:2]
    middle = np.array(kept.quad_px).mean(axis=0) / [width, height]
    assert middle == pytest.approx([(50 + 125) / 900, (165 + 62.5) / 600], abs=0.01)


def test_a_table_with_an_unread_cell_is_kept_as_it_was_read() -> None:
    template = load_template("delivery_note")
    name, kind = next(
        (field.name, field.kind)
        for field in template.fields.values()
        if isinstance(field.kind, Table)
    )
    first, *others = kind.columns
    rows = kind.rows_of([{first: "nut", **dict.fromkeys(others)}])
    failed = (f"1.{others[0]}.unreadable",)
    reading = Reading(name, rows, json.dumps([{first: "nut"}]), 0.5, failed=failed)
    kept = Kept.model_validate_json(Kept.of(Unruled(reading), Limit(0.9), None).model_dump_json())
    assert kept.reading(name, kind).value == rows
    others_kept = {
        other: Kept.of(Unruled(Reading(other, None, "", 0.0, failed=("place",))), Limit(0.9), None)
        for other in template.fields
        if other != name
    }
    page = settled_again(template, {name: kept, **others_kept}, {})
    assert page.readings[name].value == rows
    assert page.readings[name].failed == failed
    assert name not in page.accepted
