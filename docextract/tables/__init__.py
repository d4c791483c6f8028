"""Sheet to tables: rows found by ruling lines and print, their cells read as typed values."""

from docextract.tables.reader import TableReader, template_tables
from docextract.tables.reading import TableRead

__all__ = ["TableRead", "TableReader", "template_tables"]
