"""What files beside a template are called: they bear its name, so that no other has them."""

from __future__ import annotations


def renamed_beside(file: str, name: str, new: str) -> str:
    """What a file beside a template is called once the template has another name.

    >>> renamed_beside("invoice-a.png", "invoice", "mine")
    'mine-a.png'
    >>> renamed_beside("banks.txt", "invoice", "mine")
    'mine-banks.txt'
    """
    return f"{new}{file[len(name) :]}" if belongs(file, name) else f"{new}-{file}"


def belongs(file: str, name: str) -> bool:
    """Whether a file bears a template's name; no name of a template has a dash or a point."""
    return bool(name) and file.startswith((f"{name}.", f"{name}-"))
