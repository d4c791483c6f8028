"""Sheet to Crops: each field's line sampled straight from the page's pixels."""

from docextract.cropping.characters import side_by_side
from docextract.cropping.cleaning import cleaned
from docextract.cropping.cut import cut_columns, cut_line, cut_picture, cut_quad, cut_rows
from docextract.cropping.ink import ink_box, ink_rows
from docextract.cropping.patch import cut_patch

__all__ = [
    "cleaned",
    "cut_columns",
    "cut_line",
    "cut_patch",
    "cut_picture",
    "cut_quad",
    "cut_rows",
    "ink_box",
    "ink_rows",
    "side_by_side",
]
