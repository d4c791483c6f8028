"""Sheet to Crops: each field's line sampled straight from the page's pixels."""

from docextract.cropping.cut import cut_line, cut_picture, cut_quad

__all__ = ["cut_line", "cut_picture", "cut_quad"]
