"""Boxes to tick: what is inked in them that the blank form does not show."""

from docextract.marks.reader import MarkReader, mark_fields, template_marks

__all__ = ["MarkReader", "mark_fields", "template_marks"]
