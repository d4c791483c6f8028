"""Sheet to boxes: where on this page each value's line is, when print drifts against the form."""

from docextract.places.finder import Finder, Places, template_finder

__all__ = ["Finder", "Places", "template_finder"]
