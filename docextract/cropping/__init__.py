"""Sheet to Crops: each field's line sampled straight from the page's pixels."""

from docextract.cropping.cut import cut_line, cut_picture
from docextract.cropping.ink import ink_box

__all__ = ["cut_line", "cut_picture", "ink_box"]
