"""Reading order: boxes of lines to blocks of rows, by cutting along white space.

A recursive X-Y cut (Nagy & Seth 1984). It cuts between columns only where both sides look like
columns of running text; labels and values, or the columns of a table, are read row by row.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Boxes: TypeAlias = NDArray[np.float64]  # (N, 4): left, top, right, bottom
Indices: TypeAlias = NDArray[np.intp]

# All in heights of a line.
_GUTTER = 0.6  # least white between columns
_NARROWEST_COLUMN = 9.0
_BLOCK_GAP = 0.9  # white between rows, from which a new block begins
_FEWEST_ROWS = 3  # in a column of running text
_FILLED = 0.55  # share of its column that the median row of running text fills
_SAME_ROW = 0.5  # share of the lower line that overlaps, for two to be side by side


def reading_order(boxes: Boxes) -> list[list[Indices]]:
    """Blocks in reading order, each as its rows from top to bottom, each from left to right.

    Rows are indices of ``boxes``, (N, 4) as left, top, right, bottom, in px or any other unit.
    """
    if len(boxes) == 0:
        return []
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    return _blocks(boxes, np.arange(len(boxes)), max(height, 1e-6))


def _blocks(boxes: Boxes, inside: Indices, height: float) -> list[list[Indices]]:
    columns = _split(boxes[inside][:, [0, 2]], inside, _GUTTER * height)
    if len(columns) > 1 and all(_is_running_text(boxes[column], height) for column in columns):
        return [block for column in columns for block in _blocks(boxes, column, height)]
    bands = _widest_split(boxes, inside, height)
    if len(bands) > 1:
        return [block for band in bands for block in _blocks(boxes, band, height)]
    return [_rows(boxes, inside)]


def _split(spans: NDArray[np.float64], inside: Indices, least: float) -> list[Indices]:
    """Cut boxes where their spans (start, end) leave at least so much white between them."""
    order = np.argsort(spans[:, 0], kind="stable")
    reached = np.maximum.accumulate(spans[order, 1])
    white = spans[order, 0][1:] - reached[:-1]
    return np.split(inside[order], np.flatnonzero(white >= least) + 1)


def _widest_split(boxes: Boxes, inside: Indices, height: float) -> list[Indices]:
    """Cut into bands one below the other, at every gap that is nearly as wide as the widest."""
    spans = boxes[inside][:, [1, 3]]
    order = np.argsort(spans[:, 0], kind="stable")
    white = spans[order, 0][1:] - np.maximum.accumulate(spans[order, 1])[:-1]
    if len(white) == 0:
        return [inside]
    return _split(spans, inside, max(_BLOCK_GAP * height, 0.7 * float(white.max())))


def _is_running_text(column: Boxes, height: float) -> bool:
    """Whether lines look like running text: a column that is wide enough and mostly filled."""
    width = float(column[:, 2].max() - column[:, 0].min())
    filled = float(np.median(column[:, 2] - column[:, 0])) / width
    rows = len(_rows(column, np.arange(len(column))))
    return rows >= _FEWEST_ROWS and width >= _NARROWEST_COLUMN * height and filled >= _FILLED


def _rows(boxes: Boxes, inside: Indices) -> list[Indices]:
    """Group boxes into rows from top to bottom, each sorted from left to right."""
    middles = boxes[inside][:, [1, 3]].mean(axis=1)
    rows: list[list[int]] = []
    for index in inside[np.argsort(middles, kind="stable")].tolist():
        if rows and _beside(boxes[rows[-1]], boxes[index]):
            rows[-1].append(index)
        else:
            rows.append([index])
    return [np.array(sorted(row, key=lambda i: float(boxes[i, 0])), np.intp) for row in rows]


def _beside(row: Boxes, box: NDArray[np.float64]) -> bool:
    """Whether a box stands beside those of a row: level with them, and none in its place."""
    top, bottom = float(np.median(row[:, 1])), float(np.median(row[:, 3]))
    overlap = min(bottom, float(box[3])) - max(top, float(box[1]))
    lower = min(bottom - top, float(box[3] - box[1]))
    narrower = np.minimum(row[:, 2] - row[:, 0], box[2] - box[0])
    covered = np.minimum(row[:, 2], box[2]) - np.maximum(row[:, 0], box[0])
    return overlap > _SAME_ROW * lower and bool((covered < 0.5 * narrower).all())
