"""The two forms in which a disk, an editor or a terminal may spell a name."""

from __future__ import annotations

import unicodedata


def composed(text: str) -> str:
    """``ó`` is one character."""
    return unicodedata.normalize("NFC", text)


def decomposed(text: str) -> str:
    """``ó`` is a letter and a mark, as in a file's name on a Mac."""
    return unicodedata.normalize("NFD", text)
