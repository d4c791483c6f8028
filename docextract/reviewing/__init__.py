"""A person's part: what is worth a look, what may be answered, and what follows from an answer."""

from docextract.reviewing.answers import NOT_PRINTED, UNREADABLE, WrongAnswer, check_answer
from docextract.reviewing.choices import ReviewChoice, review_choices
from docextract.reviewing.kept import Current, Kept
from docextract.reviewing.pages import page_review
from docextract.reviewing.pictures import around, line_picture
from docextract.reviewing.settled import SettledPage, settled_again
from docextract.reviewing.words import Reason, reasons, refusal
from docextract.reviewing.worth import looks_left

__all__ = [
    "NOT_PRINTED",
    "UNREADABLE",
    "Current",
    "Kept",
    "Reason",
    "ReviewChoice",
    "SettledPage",
    "WrongAnswer",
    "around",
    "check_answer",
    "line_picture",
    "looks_left",
    "page_review",
    "reasons",
    "refusal",
    "review_choices",
    "settled_again",
]
