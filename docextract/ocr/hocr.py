"""hOCR 1.2: a page's lines with their places and confidences, as XHTML."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

import numpy as np

from docextract import __version__
from docextract.ocr.page_text import PageText, TextLine
from docextract.types import Quad

_CAPABILITIES = "ocr_page ocr_carea ocr_par ocr_line ocrx_word"


def to_hocr(pages: Iterable[PageText]) -> str:
    """One hOCR document of pages.

    A word is what stands between blanks; its box is its share of the line's by its length.
    ``x_wconf`` is the confidence of the whole line in per cent.
    """
    html = ET.Element("html", xmlns="http://www.w3.org/1999/xhtml", lang="zh")
    head = ET.SubElement(html, "head")
    ET.SubElement(head, "title").text = "docextract"
    ET.SubElement(head, "meta", {"charset": "utf-8"})
    ET.SubElement(head, "meta", {"name": "ocr-system", "content": f"docextract {__version__}"})
    ET.SubElement(head, "meta", {"name": "ocr-capabilities", "content": _CAPABILITIES})
    body = ET.SubElement(html, "body")
    for count, page in enumerate(pages, start=1):
        _add_page(body, page, count)
    return "<!DOCTYPE html>\n" + ET.tostring(html, encoding="unicode") + "\n"


def _add_page(body: ET.Element, page: PageText, count: int) -> None:
    source = _printable(page.source).replace("\\", "/").replace('"', "'")
    title = (
        f'image "{source}"; bbox 0 0 {page.width_px} {page.height_px}; ppageno {page.number - 1}'
    )
    div = _element(body, "div", "ocr_page", f"page_{count}", title)
    lines = 0
    for number, rows in enumerate(page.blocks(), start=1):
        block = [line for row in rows for line in row]
        box = _bbox(line.quad_px for line in block)
        area = _element(div, "div", "ocr_carea", f"block_{count}_{number}", box)
        paragraph = _element(area, "p", "ocr_par", f"par_{count}_{number}", box)
        for line in block:
            lines += 1
            _add_line(paragraph, line, f"{count}_{lines}")


def _add_line(paragraph: ET.Element, line: TextLine, name: str) -> None:
    span = _element(paragraph, "span", "ocr_line", f"line_{name}", _bbox([line.quad_px]))
    text = _printable(line.text)
    words = text.split()
    start = 0
    for number, word in enumerate(words, start=1):
        start = text.index(word, start)
        quad_px = _part(line.quad_px, start / len(text), (start + len(word)) / len(text))
        start += len(word)
        title = f"{_bbox([quad_px])}; x_wconf {round(100 * line.confidence)}"
        written = _element(span, "span", "ocrx_word", f"word_{name}_{number}", title)
        written.text = word
        written.tail = " " if number < len(words) else ""


def _element(parent: ET.Element, tag: str, kind: str, name: str, title: str) -> ET.Element:
    return ET.SubElement(parent, tag, {"class": kind, "id": name, "title": title})


def _part(quad_px: Quad, start: float, end: float) -> Quad:
    """A piece of a line, from one share of its length to another."""
    left, right, lower_right, lower_left = quad_px
    top, bottom = right - left, lower_right - lower_left
    return np.array(
        [
            left + start * top,
            left + end * top,
            lower_left + end * bottom,
            lower_left + start * bottom,
        ]
    )


def _printable(text: str) -> str:
    """The text without the control characters that no XML may hold (XML 1.0, 2.2)."""
    return "".join(c if c.isprintable() else " " for c in text)


def _bbox(quads_px: Iterable[Quad]) -> str:
    corners = np.concatenate(list(quads_px))
    left, top = np.floor(corners.min(axis=0)).clip(0).astype(int).tolist()
    right, bottom = np.ceil(corners.max(axis=0)).clip(0).astype(int).tolist()
    return f"bbox {left} {top} {right} {bottom}"
