"""When a reader would call two texts the same."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence

import regex

_PILE = regex.compile(r"\p{M}{32}")


def nfc(text: str) -> str:
    """Unicode's composed form, in linear time.

    Sorting a pile of combining marks is quadratic, so a text with one higher than any script needs
    stays as it is.
    """
    if text.isascii() or (len(text) > 1000 and _PILE.search(text)):
        return text
    return unicodedata.normalize("NFC", text)


def normalise(text: str) -> str:
    """For comparing: NFC, and every stretch of white space one space."""
    return " ".join(nfc(text).split())


def fingerprint(parts: Sequence[str]) -> str:
    """16 hex characters of SHA-256 over the normalised parts: equal for the same words."""
    return hashlib.sha256("\0".join(map(normalise, parts)).encode("utf-8", "surrogatepass")).hexdigest()[:16]
