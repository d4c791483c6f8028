"""Whole-page OCR, without a template: pages to lines of text, in reading order."""

from docextract.ocr.content import page_content
from docextract.ocr.hocr import to_hocr
from docextract.ocr.page_text import PageText, TextLine
from docextract.ocr.pdf import SearchablePdf
from docextract.ocr.reader import PageReader

__all__ = ["PageReader", "PageText", "SearchablePdf", "TextLine", "page_content", "to_hocr"]
