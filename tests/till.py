"""A small form of figures that have to add up, for tests of the review."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

FORM = """\
docextract: 1
name: till
page: {width: 900, height: 600}
layouts: [{name: a, reference: till.png}]
recognizer: crnn-typed
fields:
  number: {type: digits, length: 6, box: [340, 40, 260, 90]}
  amount: {type: amount, box: [340, 165, 260, 120]}
  tax: {type: amount, box: [340, 310, 260, 120]}
  total: {type: amount, box: [340, 450, 260, 110]}
rules:
  - {rule: total == amount + tax, says: the total is the sum}
accept: {confidence: 0.9}
"""


def form() -> np.ndarray:
    page = np.full((600, 900, 3), 255, np.uint8)
    for x in (30, 330, 620, 870):
        cv2.line(page, (x, 30), (x, 570), (0, 0, 0), 3)
    for y in (30, 150, 300, 440, 570):
        cv2.line(page, (30, y), (870, y), (0, 0, 0), 3)
    return page


def filled(number: str, amount: str, tax: str, total: str) -> np.ndarray:
    page = form()
    for y, text in ((110, number), (245, amount), (390, tax), (525, total)):
        cv2.putText(page, text, (370, y), cv2.FONT_HERSHEY_DUPLEX, 1.4, (0, 0, 0), 2)
    return page


WRONG_SUM = filled("123456", "12.30", "4.50", "19.80")  # the paper itself does not add up


def write_till(folder: Path) -> Path:
    """The form's template in a folder, with its reference beside it."""
    cv2.imwrite(str(folder / "till.png"), form())
    (folder / "till.yaml").write_text(FORM, "utf-8")
    return folder / "till.yaml"


def png(picture: np.ndarray) -> tuple[str, tuple[str, bytes]]:
    """A picture as a part of a request."""
    return "file", ("till.png", cv2.imencode(".png", picture)[1].tobytes())
