"""What no file of a campaign should contain, though it can be read: each kind with a code of its own."""

from __future__ import annotations

import re

from campaign_bot.model import Problem

# What may stand before a marker on its line: white space, characters that editors leave and nobody sees, and
# the signs of a quotation, a list, a comment or a pasted difference. Some programs end lines with other
# characters too.
_START = (
    r"(?:^|(?<=[\r\v\f\x85\u2028\u2029]))"
    r"(?:[^\S\n\r\v\f\x85\u2028\u2029]|[\u00ad\u200b-\u200f\u2060\ufeff]|[>*+#-](?=[^\S\n])"
    r"|(?:\+{1,2}|[\"'`\\\u00ab\u201c])(?=[<>|]{7}))*"
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
    at = _first(text) if any(sign in text for sign in _SIGNS) else None
    if at is None:
        return None
    return Problem(file, text.count("\n", 0, at) + 1, 1, "", "conflict-marker")


def _first(text: str) -> int | None:
    if marker := _CONFLICT.search(text):
        return (_MIDDLE.search(text, 0, marker.start()) or marker).start()
    # All three in this order are no arrows, wherever an editor that joins lines has put them.
    start, end = text.find("<<<<<<<"), text.rfind(">>>>>>>")
    return start if 0 <= start < end and "=======" in text[start:end] else None
