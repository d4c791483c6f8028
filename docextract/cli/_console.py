"""Where the command line writes: what was asked for to stdout, everything else to stderr."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

_PIPED_WIDTH = 200  # columns; a table in a pipe is not cut to a screen


def stdout() -> Console:
    """The console for what was asked for."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    return console


def stderr() -> Console:
    """The console for progress, summaries and errors."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def table(*columns: str) -> Table:
    """An empty table of the common look."""
    return Table(*columns, box=None, header_style="bold", pad_edge=False)


def tell(console: Console, line: str) -> None:
    """Print text as it is: not wrapped, not coloured."""
    console.print(line, soft_wrap=True)
