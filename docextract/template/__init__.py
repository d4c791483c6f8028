"""Templates: what a YAML file says about one form, validated and frozen.

>>> from docextract.template import load_template
>>> template = load_template("path/to/invoice.yaml")  # doctest: +SKIP
>>> template.box("total", layout="a")  # doctest: +SKIP
Box(x=1865, y=88, width=330, height=40)
"""

from docextract.template.box import Box, PageSize
from docextract.template.field import Field
from docextract.template.layout import Anchor, Layout, Register
from docextract.template.load import load_template, template_names
from docextract.template.model import Accept, Template
from docextract.template.place import Block, Place
from docextract.template.schema import template_schema

__all__ = [
    "Accept",
    "Anchor",
    "Block",
    "Box",
    "Field",
    "Layout",
    "PageSize",
    "Place",
    "Register",
    "Template",
    "load_template",
    "template_names",
    "template_schema",
]
