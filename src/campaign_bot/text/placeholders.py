"""``{name}`` in a text stands for a link; ``{{`` is a brace, and so is the ``}}`` that closes it."""

from __future__ import annotations

import re
from collections.abc import Callable

from campaign_bot.names import nfc

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}\n]*)\}")


def fill(text: str, value: Callable[[str], str | None]) -> str:
    """The text with each ``{name}`` replaced by its value; where that is None it stays as written."""
    if "{" not in text:
        return text
    open_braces = 0

    def put(token: re.Match[str]) -> str:
        nonlocal open_braces
        if token[1] is not None:
            found = value(nfc(token[1].strip()))
            return token[0] if found is None else found
        if token[0] == "{{":
            open_braces += 1
            return "{"
        if not open_braces:
            return token[0]
        open_braces -= 1
        return "}"

    return _TOKEN.sub(put, text)


def names(text: str) -> list[tuple[str, int]]:
    """The names in a text, each with the place of its brace."""
    if "{" not in text:
        return []
    return [(nfc(t[1].strip()), t.start()) for t in _TOKEN.finditer(text) if t[1] is not None]
