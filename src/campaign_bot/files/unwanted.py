"""What no file of a campaign should contain, though it can be read: each kind with a code of its own."""

from __future__ import annotations

import re

from campaign_bot.model import Problem

# Invisible characters that editors leave at the start of a line do not make a marker a text.
_CONFLICT = re.compile(r"^(?:[^\S\n]|[\u200b-\u200f\ufeff])*(?:<{7,}|>{7,}|\|{7,})(?!\S)", re.MULTILINE)
_MIDDLE = re.compile(r"^[ \t]*={7}[ \t]*$", re.MULTILINE)


def conflict(text: str, file: str) -> Problem | None:
    """An error at the first marker of a merge that nobody finished (git, Mercurial, Subversion, diff3).

    A line ``=======`` by itself is Markdown's underline: it is a marker only beside one of the others.
    """
    marker = _CONFLICT.search(text)
    if marker is None:
        return None
    middle = _MIDDLE.search(text, 0, marker.start())
    line = text.count("\n", 0, (middle or marker).start()) + 1
    return Problem(file, line, 1, "", "conflict-marker")
