"""What a page brings to the review: places that are right whatever the file and the reader."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docextract import Extractor
from docextract.auto import AutoExtractor
from docextract.pipeline import RecordReader
from docextract.reviewing import Kept, page_review
from docextract.sources import load_page
from docextract.template import load_template


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
