"""What will be fragile in a template that is not wrong: places, reasons and cures."""

from __future__ import annotations

from docextract.linting.anchors import lint_anchors
from docextract.linting.boxes import lint_boxes
from docextract.linting.fields import lint_fields, near_pairs
from docextract.linting.finding import Finding
from docextract.linting.layouts import lint_layouts
from docextract.template import Template

__all__ = ["Finding", "lint_template", "near_pairs"]


def lint_template(template: Template) -> list[Finding]:
    """Everything that is fragile in a template, serious findings first."""
    checks = (lint_anchors, lint_boxes, lint_layouts, lint_fields)
    found = [finding for check in checks for finding in check(template)]
    return sorted(found, key=lambda finding: not finding.serious)
