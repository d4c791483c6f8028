"""Sheet to Crops: each field's line sampled straight from the page's pixels."""

from docextract.cropping.cut import cut_line, cut_picture, cut_quad
from docextract.cropping.dots import join_dots

__all__ = ["cut_line", "cut_picture", "cut_quad", "join_dots"]
