"""Sheet to Crops: each field's line sampled straight from the page's pixels."""

from docextract.cropping.cleaning import cleaned
from docextract.cropping.cut import cut_line, cut_picture, cut_quad

__all__ = ["cleaned", "cut_line", "cut_picture", "cut_quad"]
