"""Templates made: proposed from samples of a form, or carried over from other tools."""

from docextract.authoring.writing import Written, new_template

__all__ = ["Written", "new_template"]
