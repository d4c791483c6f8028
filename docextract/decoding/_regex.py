"""A regular expression as a nondeterministic automaton (Thompson 1968)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from docextract.errors import GrammarError

if TYPE_CHECKING:
    from interegular.patterns import REFlags, _Repeated


class Label(NamedTuple):
    """A set of characters, or of all characters but these."""

    chars: frozenset[str]
    negated: bool


@dataclass
class Nfa:
    """States 0..n-1, from ``start`` to ``end``; arcs are (label number, target)."""

    limit: int
    arcs: list[list[tuple[int, int]]] = field(default_factory=list)
    silent: list[list[int]] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    end: int = 0
    _numbers: dict[Label, int] = field(default_factory=dict)

    def state(self) -> int:
        """Add a state; OverflowError beyond ``limit``."""
        if len(self.arcs) >= self.limit:
            raise OverflowError
        self.arcs.append([])
        self.silent.append([])
        return len(self.arcs) - 1

    def arc(self, source: int, label: Label) -> int:
        """Add a state that ``label`` leads to from ``source``."""
        target = self.state()
        self.link(source, label, target)
        return target

    def link(self, source: int, label: Label, target: int) -> None:
        """Let ``label`` lead from ``source`` to a state there is."""
        if label not in self._numbers:
            self._numbers[label] = len(self.labels)
            self.labels.append(label)
        self.arcs[source].append((self._numbers[label], target))

    def join(self, source: int, target: int) -> int:
        """Let ``source`` pass to ``target`` without a character."""
        self.silent[source].append(target)
        return target

    def regex(self, pattern: str, start: int) -> int:
        """Build ``pattern`` from ``start`` on and return its end; nothing leads back to ``start``.

        Raises GrammarError, or OverflowError beyond ``limit``.
        """
        from interegular import InvalidSyntax, Unsupported, parse_pattern
        from interegular.patterns import REFlags

        try:
            re.compile(pattern)
        except re.error as error:
            message = f"pattern {pattern!r} is not a regular expression: {error}. Correct it there."
            raise GrammarError(message) from None
        try:
            return _add(self, parse_pattern(pattern), start, REFlags(0))
        except (InvalidSyntax, Unsupported, AttributeError, TypeError):
            raise GrammarError(
                f"pattern {pattern!r} has no finite automaton: "
                "leave out look-around, back-references, anchors, comments and \\u escapes."
            ) from None


def parse_regex(pattern: str, *, limit: int) -> Nfa:
    """Parse ``pattern`` into an automaton of at most ``limit`` states whose start is 0.

    Raises GrammarError for what is not a regular expression or has no finite automaton.
    """
    nfa = Nfa(limit)
    try:
        nfa.end = nfa.regex(pattern, nfa.state())
    except OverflowError:
        raise too_large(pattern, limit) from None
    return nfa


def too_large(pattern: str, limit: int) -> GrammarError:
    """The error for a pattern whose automaton has more than ``limit`` states."""
    shown = pattern if len(pattern) <= 80 else pattern[:77] + "..."
    return GrammarError(
        f"pattern {shown!r} needs more than {limit} states. Use smaller repeats or fewer words."
    )


def _add(nfa: Nfa, node: object, start: int, flags: REFlags) -> int:
    """Build ``node`` from ``start`` on and return its end; nothing leads back into ``start``."""
    from interegular import patterns as p

    match node:
        case p.Pattern():
            inner = (flags | node.added_flags) & ~node.removed_flags
            end = nfa.state()
            for option in node.options:
                nfa.join(_add(nfa, option, start, inner), end)
            return end
        case p._Concatenation():
            for part in node.parts:
                start = _add(nfa, part, start, flags)
            return start
        case p._Repeated():
            return _repeat(nfa, node, start, flags)
        case p._CharGroup():
            return nfa.arc(start, Label(_cased(node.chars, flags), node.negated))
    if node is p._DOT:
        return nfa.arc(start, Label(frozenset("\n"), True))
    if node is p._EMPTY:
        return start
    raise TypeError(type(node).__name__)


def _repeat(nfa: Nfa, node: _Repeated, start: int, flags: REFlags) -> int:
    for _ in range(node.min):
        start = _add(nfa, node.base, start, flags)
    if node.max is None:
        loop = nfa.join(start, nfa.state())
        nfa.join(_add(nfa, node.base, loop, flags), loop)
        return nfa.join(loop, nfa.state())
    end = nfa.state()
    for _ in range(node.max - node.min):
        nfa.join(start, end)
        start = _add(nfa, node.base, start, flags)
    return nfa.join(start, end)


def _cased(chars: frozenset[str], flags: REFlags) -> frozenset[str]:
    from interegular.patterns import REFlags

    if REFlags.CASE_INSENSITIVE not in flags:
        return chars
    return chars | {c.lower() for c in chars} | {c.upper() for c in chars}
