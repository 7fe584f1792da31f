"""What no file of a campaign should contain, though it can be read: each kind with a code of its own."""

from __future__ import annotations

import re

from campaign_bot.model import Problem

# What may stand before a marker on its line: white space, characters that editors leave and nobody sees, and
# the signs of a quotation, a list or a pasted difference. Some programs end lines with other characters too.
_START = (
    r"(?:^|(?<=[\r\v\f\x85\u2028\u2029]))"
    r"(?:[^\S\n\r\v\f\x85\u2028\u2029]|[\u00ad\u200b-\u200f\u2060\ufeff]|[>*+-](?=[^\S\n])|\+{1,2}(?=[<>|]{7}))*"
)
_CONFLICT = re.compile(
    rf"{_START}(?:(?:<{{7,}}|>{{7,}}|\|{{7,}})(?!\S)"
    # Jujutsu's sections: their two ends may be gone already.
    r"|%{7,} (?:changes|diff) from\b|\+{7,} (?:contents of|[a-z]{8,} [0-9a-f]{8,})\b)",
    re.MULTILINE | re.IGNORECASE,
)
_SIGNS = ("<<<<<<<", ">>>>>>>", "|||||||", "%%%%%%%", "+++++++")
_MIDDLE = re.compile(r"^[ \t]*={7}[ \t]*$", re.MULTILINE)


def conflict(text: str, file: str) -> Problem | None:
    """An error at the first marker of an unfinished merge (git, Mercurial, Subversion, Jujutsu, diff3).

    A line ``=======`` by itself is Markdown's underline: it is a marker only beside one of the others.
    """
    marker = _CONFLICT.search(text) if any(sign in text for sign in _SIGNS) else None
    if marker is None:
        return None
    middle = _MIDDLE.search(text, 0, marker.start())
    line = text.count("\n", 0, (middle or marker).start()) + 1
    return Problem(file, line, 1, "", "conflict-marker")
