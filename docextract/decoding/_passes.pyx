# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False, embedsignature=True
"""The passes over frames that decoding spends its time in, compiled; all release the GIL.

Each is written once for float64 and for the platform's longest float, which takes over where
masses underflow.
"""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int64_t, uint8_t

import numpy as np

ctypedef long double longdouble

ctypedef fused real:
    double
    longdouble


cdef class Arcs:
    """See ``list_arcs``, which makes them."""

    cdef readonly object states, columns, flow, led_to
    cdef const int64_t[::1] _states, _columns, _flow, _starts, _own, _entered
    cdef const int64_t[:, ::1] _led_to
    cdef const uint8_t[::1] _final
    cdef Py_ssize_t _size, _cells

    def __init__(self, states, columns, flow, starts, led_to, own, entered, final):
        self.states, self.columns, self.flow, self.led_to = states, columns, flow, led_to
        self._states, self._columns, self._flow, self._starts = states, columns, flow, starts
        self._led_to, self._own, self._entered = led_to, own, entered
        self._final = final.view(np.uint8)
        self._size, self._cells = len(starts) - 1, len(states)

    def backward(self, probs):
        """The masses ``cells`` (T, M + 1) of all ways on from each cell, frame included, and of
        all from the start. The last column is zero."""
        cells = np.empty((len(probs), self._cells + 1), probs.dtype)
        total = np.empty(1, probs.dtype)
        if probs.dtype == np.float64:
            _run_backward[double](self, probs, cells, total)
        else:
            _run_backward[longdouble](self, probs, cells, total)
        return cells, total[0]

    def heaviest(self, cells, int64_t cell, Py_ssize_t frame):
        """The columns (T - max(frame, 0),) of the path that takes the heaviest step at every
        frame behind ``frame``, where it stands on ``cell``; -1 is before the first frame."""
        path = np.empty(len(cells) - max(frame, 0), np.int64)
        if cells.dtype == np.float64:
            _run_heaviest[double](self, cells, cell, frame, path)
        else:
            _run_heaviest[longdouble](self, cells, cell, frame, path)
        return path

    def leave(self, probs, cells, table, text, Py_ssize_t first, limits):
        """How texts may part from ``text`` behind its first ``first`` symbols or later.

        ``table`` is the text's forward table, ``limits`` the mass of all texts behind the first
        prefix and the mass below which nothing matters. The result is the sizes of the prefixes
        that are texts themselves, and their masses; the sizes of prefixes that are left, by which
        cell, at which frame most, and with which mass. Prefixes that nothing of weight leaves are
        left out.
        """
        if probs.dtype == np.float64:
            return _run_leave[double](self, probs, cells, table, text, first, limits)
        return _run_leave[longdouble](self, probs, cells, table, text, first, limits)


def forward(probs, text, Py_ssize_t blank):
    """The forward table (T + 1, 2 L + 1) of ``text`` (L,), as ``ctc.forward`` describes it."""
    table = np.empty((len(probs) + 1, 2 * len(text) + 1), probs.dtype)
    if probs.dtype == np.float64:
        _run_forward[double](probs, text, blank, table)
    else:
        _run_forward[longdouble](probs, text, blank, table)
    return table


def edited(probs, ahead, back, text, at, symbols, tails):
    """The mass of each text that is ``text`` up to ``at``, a symbol, and ``text`` from a tail on.

    ``ahead`` is the forward table of the text, ``back`` the one of its reverse in the reversed
    lattice; ``at``, ``symbols`` and ``tails`` are (E,).
    """
    scores = np.empty(len(at), probs.dtype)
    if probs.dtype == np.float64:
        _run_edited[double](probs, ahead, back, text, at, symbols, tails, scores)
    else:
        _run_edited[longdouble](probs, ahead, back, text, at, symbols, tails, scores)
    return scores


cdef _run_backward(Arcs arcs, const real[:, ::1] probs, real[:, ::1] cells, real[::1] total):
    cdef real* ahead = <real*> PyMem_Malloc(arcs._cells * sizeof(real))
    if ahead == NULL:
        raise MemoryError()
    try:
        with nogil:
            total[0] = _backward(arcs, probs, cells, ahead)
    finally:
        PyMem_Free(ahead)


cdef real _backward(
    Arcs arcs, const real[:, ::1] probs, real[:, ::1] cells, real* ahead
) noexcept nogil:
    # After a symbol every step may follow but the same symbol anew. To take that one off the sum of
    # all would lose small sums beside it, so where it is most of them the others are added up.
    cdef Py_ssize_t t, c, s, k, first, behind, at_symbols = arcs._size
    cdef real* now
    cdef real total, own, others
    for c in range(arcs._cells):
        ahead[c] = arcs._final[arcs._states[c]]
    for t in range(probs.shape[0] - 1, -1, -1):
        now = &cells[t, 0]
        for c in range(arcs._cells):
            now[c] = probs[t, arcs._columns[c]] * ahead[c]
        now[arcs._cells] = 0
        for s in range(at_symbols):
            first, behind = arcs._starts[s], arcs._starts[s + 1]
            total = 0
            for k in range(first, behind):
                total += now[arcs._flow[k]]
            ahead[s] = total
            for c in range(arcs._entered[s], arcs._entered[s + 1]):
                own = now[arcs._own[c - at_symbols]]
                if 2 * own <= total:
                    others = total - own
                else:
                    others = 0
                    for k in range(first, behind):
                        if arcs._flow[k] != arcs._own[c - at_symbols]:
                            others += now[arcs._flow[k]]
                ahead[c] = now[c] + others
    return ahead[0]


cdef _run_heaviest(
    Arcs arcs, const real[:, ::1] cells, int64_t cell, Py_ssize_t frame, int64_t[::1] path
):
    cdef Py_ssize_t t, k, state, best, begin = max(frame, 0)
    cdef int64_t step, at = cell
    with nogil:
        for t in range(begin, cells.shape[0]):
            if t > frame:
                state = arcs._states[at]
                # From a symbol, the same one anew is another path: it stays where it is instead.
                best = at if at >= arcs._size else arcs._flow[arcs._starts[state]]
                for k in range(arcs._starts[state], arcs._starts[state + 1]):
                    step = arcs._flow[k]
                    if at >= arcs._size and step == arcs._own[at - arcs._size]:
                        continue
                    if cells[t, step] > cells[t, best]:
                        best = step
                at = best
            path[t - begin] = arcs._columns[at]


cdef _run_forward(
    const real[:, ::1] probs, const int64_t[::1] text, Py_ssize_t blank, real[:, ::1] table
):
    cdef Py_ssize_t t, i, size = text.shape[0]
    cdef real* before
    cdef real* now
    with nogil:
        for i in range(2 * size + 1):
            table[0, i] = 0
        table[0, 0] = 1
        for t in range(probs.shape[0]):
            before, now = &table[t, 0], &table[t + 1, 0]
            now[0] = before[0] * probs[t, blank]
            for i in range(size):
                now[2 * i + 1] = before[2 * i + 1] + before[2 * i]
                if i > 0 and text[i] != text[i - 1]:
                    now[2 * i + 1] += before[2 * i - 1]
                now[2 * i + 1] *= probs[t, text[i]]
                now[2 * i + 2] = (before[2 * i + 2] + before[2 * i + 1]) * probs[t, blank]


cdef inline real _entering(
    const real* row, const int64_t* text, Py_ssize_t size, int64_t symbol
) noexcept nogil:
    """The mass in a row of a forward table that a symbol may follow behind ``size`` labels."""
    cdef real mass = row[2 * size]
    if size > 0 and text[size - 1] != symbol:
        mass += row[2 * size - 1]
    return mass


cdef _run_edited(
    const real[:, ::1] probs,
    const real[:, ::1] ahead,
    const real[:, ::1] back,
    const int64_t[::1] text,
    const int64_t[::1] at,
    const int64_t[::1] symbols,
    const int64_t[::1] tails,
    real[::1] scores,
):
    cdef Py_ssize_t e, t, left, frames = probs.shape[0], size = text.shape[0]
    cdef int64_t symbol
    cdef bint apart
    cdef real on_symbol, follows
    with nogil:
        for e in range(at.shape[0]):
            symbol, left = symbols[e], max(size - tails[e], 0)
            apart = left > 0 and text[tails[e]] != symbol
            on_symbol = 0
            scores[e] = 0
            for t in range(frames):
                on_symbol += _entering(&ahead[t, 0], &text[0], at[e], symbol)
                on_symbol *= probs[t, symbol]
                follows = back[frames - 1 - t, 2 * left]
                if apart:
                    follows += back[frames - 1 - t, 2 * left - 1]
                scores[e] += on_symbol * follows


cdef _run_leave(
    Arcs arcs,
    const real[:, ::1] probs,
    const real[:, ::1] cells,
    const real[:, ::1] table,
    const int64_t[::1] text,
    Py_ssize_t first,
    const real[::1] limits,
):
    cdef Py_ssize_t size = text.shape[0], prefixes = size + 1 - first
    cdef Py_ssize_t frames = probs.shape[0], i, k, b, t, count = 0, ends = 0
    cdef int64_t state, cell
    cdef real mass
    kind = np.float64 if real is double else np.longdouble
    # Per prefix: where it leads and by which cell the text goes on.
    states = np.zeros(prefixes, np.int64)
    onward = np.empty(prefixes, np.int64)
    masses = np.zeros(prefixes, kind)
    final_sizes = np.empty(prefixes, np.int64)
    final_masses = np.empty(prefixes, kind)
    cdef int64_t[::1] at = states, goes_on = onward, final_size = final_sizes
    cdef real[::1] on = masses, final_mass = final_masses
    cdef real through, leaving, rest
    with nogil:
        state = 0
        for i in range(size + 1):
            cell = arcs._led_to[state, text[i]] if i < size else arcs._cells
            if i >= first:
                at[i - first], goes_on[i - first] = state, cell
            if i < size:
                state = arcs._states[cell]
        for t in range(frames):
            for i in range(first, size):
                on[i - first] += (
                    _entering(&table[t, 0], &text[0], i, text[i]) * cells[t, goes_on[i - first]]
                )
        through = limits[0]
        for i in range(first, size + 1):
            leaving = 0
            if arcs._final[at[i - first]]:
                leaving = table[frames, 2 * i]
                if i > 0:
                    leaving += table[frames, 2 * i - 1]
                final_size[ends], final_mass[ends] = i, leaving
                ends += 1
            rest = through * (1 + 1e-12) - on[i - first] - leaving
            through = on[i - first]
            if rest > limits[1]:
                # A blank goes nowhere, and what the text goes on with leaves nothing.
                count += arcs._starts[at[i - first] + 1] - arcs._starts[at[i - first]] - 1
                if i < size:
                    count -= 1
            else:
                at[i - first] = -1
    left_sizes = np.empty(count, np.int64)
    left_cells = np.empty(count, np.int64)
    left_frames = np.zeros(count, np.int64)
    left_masses = np.zeros(count, kind)
    most = np.zeros(count, kind)
    cdef int64_t[::1] exit_size = left_sizes, exit_cell = left_cells, exit_frame = left_frames
    cdef real[::1] exit_mass = left_masses, exit_most = most
    with nogil:
        b = 0
        for i in range(first, size + 1):
            state = at[i - first]
            if state < 0:
                continue
            for k in range(arcs._starts[state] + 1, arcs._starts[state + 1]):
                if arcs._flow[k] != goes_on[i - first]:
                    exit_size[b], exit_cell[b] = i, arcs._flow[k]
                    b += 1
        for t in range(frames):
            for b in range(count):
                mass = _entering(
                    &table[t, 0], &text[0], exit_size[b], arcs._columns[exit_cell[b]]
                ) * cells[t, exit_cell[b]]
                exit_mass[b] += mass
                if mass > exit_most[b]:
                    exit_most[b], exit_frame[b] = mass, t
    return (
        (final_sizes[:ends], final_masses[:ends]),
        (left_sizes, left_cells, left_frames, left_masses),
    )
