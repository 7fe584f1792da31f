"""One form for every name: ids, posts, queues, accounts, links, tags and paths are NFC, whoever wrote them.

An editor, a disk (macOS) or an archive may spell an accent as a letter and a mark; to people that is the same
name, and so it has to be to us: a second spelling of an id would be a second post.
"""

from __future__ import annotations

import unicodedata
from itertools import groupby

HIGHEST = 32
"""More combining marks on one letter than any script needs."""


def nfc(text: str) -> str:
    """Unicode's composed form, in linear time.

    Sorting a pile of combining marks is quadratic, so a long text with a very high one stays as it is.
    """
    if text.isascii() or (len(text) > 1000 and _is_piled(text)):
        return text
    return unicodedata.normalize("NFC", text)


def spellings(name: str) -> tuple[str, ...]:
    """A name as it is now, and as a ledger of an older version may have it."""
    composed = nfc(name)
    return tuple(dict.fromkeys((composed, name, unicodedata.normalize("NFD", composed))))


def _is_piled(text: str) -> bool:
    runs = groupby(text, key=lambda character: unicodedata.combining(character) > 0)
    return any(marked and sum(1 for _ in run) >= HIGHEST for marked, run in runs)
