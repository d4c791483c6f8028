"""Why a field was read as it was: as data, and as one HTML page with the lattice drawn."""

from docextract.explaining.explanation import Explanation, Heard, Judged, explain
from docextract.explaining.page import html_page

__all__ = ["Explanation", "Heard", "Judged", "explain", "html_page"]
