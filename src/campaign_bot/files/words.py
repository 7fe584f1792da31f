"""Small tools for the words of Problems: did-you-mean, and values short enough to show."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

LONGEST = 60  # characters of a value that a message shows

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
"""Characters that no text of ours has: they rule terminals, and nobody sees them."""


def fold(text: str) -> str:
    """Without case and accents, for comparing what staff type with what they mean."""
    if text.isascii():
        return text.casefold()
    letters = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def closest(word: str, names: Iterable[str]) -> str | None:
    """The name that ``word`` was most likely meant to be, if any is near enough."""
    if len(word) > LONGEST:
        return None
    folded = {fold(name): name for name in names}
    near = difflib.get_close_matches(fold(word), folded, n=1, cutoff=0.65)
    return folded[near[0]] if near else None


def did_you_mean(word: str, names: Iterable[str]) -> dict[str, Any]:
    """``{"suggestion": …}`` for a Problem's params, or nothing."""
    return suggesting(closest(word, names))


def suggesting(near: str | None) -> dict[str, Any]:
    return {"suggestion": near} if near else {}


def shown(value: object) -> str:
    """A value as a message may show it: one printable line, cut where it gets long."""
    text = " ".join(str(value)[: 4 * LONGEST].split())
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
