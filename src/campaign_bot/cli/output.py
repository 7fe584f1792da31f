"""What commands write: JSON, tables and plain lines, on any terminal, in any encoding."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import click

from campaign_bot.i18n import _

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 200
"""Columns of a table that goes into a pipe, where nobody tells the width."""

LEAST_WIDTH = 10
"""A cell of so many columns or fewer is not folded while others can be."""

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a text in a file must not do to a terminal: move, colour, or turn the order of its words."""


def write_json(value: Any) -> None:
    """JSON goes to stdout alone, and is UTF-8 whatever the terminal speaks."""
    words = json.dumps(value, ensure_ascii=False, indent=2)
    write_bytes(CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", words) + "\n")


def write_bytes(text: str) -> None:
    """For other programs: UTF-8, with the line ends as they are."""
    click.echo(text.encode("utf-8", "backslashreplace"), nl=False)


def say(text: str = "") -> None:
    click.echo(CONTROL.sub("�", text))


def warn(text: str) -> None:
    """A line beside the result: on stderr."""
    click.echo(CONTROL.sub("�", text), err=True)


def say_loud(text: str, *, err: bool = False) -> None:
    """In bold, where that can be shown; ``err``: on stderr."""
    click.secho(CONTROL.sub("�", text), bold=True, err=err)


def table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: frozenset[int] = frozenset()
) -> None:
    """A table with these headings; ``right`` numbers the columns of figures."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    cells = [[CONTROL.sub("�", cell) for cell in row] for row in rows]
    screen = console()
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    least = _least_widths(columns, cells, screen.width)
    for number, heading in enumerate(columns):
        justify: Literal["left", "right"] = "right" if number in right else "left"
        shown.add_column(heading, justify=justify, overflow="fold", min_width=least[number])
    for row in cells:
        shown.add_row(*map(Text, row))
    screen.print(shown)


def _least_widths(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[int | None]:
    """Short cells are not to be folded while long ones can be, if that is possible at all."""
    longest = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    least = [min(length, LEAST_WIDTH) for length in longest]
    return [*least] if sum(least) + 2 * len(least) <= width else [None for _ in least]


def console() -> Console:
    """rich's console on stdout. It heeds NO_COLOR and the terminal's width by itself."""
    from rich.console import Console

    wide = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(file=sys.stdout, width=wide, highlight=False, markup=False, emoji=False)


def confirmed(question: str, yes: bool) -> bool:
    """Ask before what cannot be undone; ``yes`` answers beforehand."""
    if yes or _agrees(click.prompt(question + _(" [y/N]"), default="", show_default=False)):
        return True
    warn(_("Nothing was changed."))
    return False


def _agrees(answer: str) -> bool:
    """A yes in either language; everything else is a no."""
    return answer.strip().casefold() in {"y", "yes", "s", "si", "sí"}
