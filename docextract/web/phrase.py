"""What the pages say, in both languages; a phrase stands in the file that shows it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Language(StrEnum):
    """A language of the pages, as HTML and browsers call it."""

    ZH = "zh"
    EN = "en"

    @property
    def own_name(self) -> str:
        """What its speakers call it."""
        return "中文" if self is Language.ZH else "English"


class Phrase(NamedTuple):
    """One saying in both languages; braces are filled in by ``str.format``."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        """The words of one language."""
        return self.zh if language is Language.ZH else self.en


def preferred(accepted: str) -> Language:
    """The language that an Accept-Language header asks for first; Chinese where it says neither.

    >>> preferred("en-GB,en;q=0.9,zh;q=0.8")
    <Language.EN: 'en'>
    """
    for part in accepted.split(","):
        tag = part.split(";")[0].strip().lower()[:2]
        if tag in tuple(Language):
            return Language(tag)
    return Language.ZH
