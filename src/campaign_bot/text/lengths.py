"""How long a text is on a platform, in the platform's own unit.

All of it takes time linear in the text; ordinary text costs a few scans in C and no loop over characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import regex

from campaign_bot.model import Unit
from campaign_bot.names import nfc
from campaign_bot.text import emoji, urls

URL = 23
"""What X and Mastodon count for a URL of any length."""

_URL_WIDE = " " * URL

# X counts 1 for these and 2 for all others (twitter-text's configuration v3).
_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_CLUSTER = regex.compile(r"\X")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{1,2}")
# All but characters that never join a neighbour into one grapheme (CR LF apart).
_MAY_JOIN = re.compile(
    "[^\u0000-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20c0\u2190-\u2193\u3000-\u3029\u4e00-\u9fff]"
)

# A mention with a server: a name, then the domain that Mastodon does not count.
_REMOTE_MENTION = re.compile(r"(?<![=/\w])(@[A-Za-z0-9_][A-Za-z0-9_.\-]*+)(?<![.\-])@\w++(?:[.\-]++\w++)*")

INVALID_ON_X = re.compile("[\ufffe\ufeff\uffff]")


def length(text: str, unit: Unit) -> int:
    """How much of ``unit`` a text takes."""
    return _MEASURES[unit](text)


def invalid_characters(text: str, unit: Unit) -> tuple[str, ...]:
    """The characters for which a platform that counts in ``unit`` refuses the text, each once."""
    if unit is not Unit.X_WEIGHTED:
        return ()
    return tuple(dict.fromkeys(INVALID_ON_X.findall(text)))


def _x_weighted(text: str) -> int:
    text = nfc(text)
    found = urls.find(text)
    if found:
        text = _without_urls(text, found)
    if text.isascii():
        return len(text)
    text = emoji.single(text)
    return len(text) + len(_HEAVY.findall(text))


def _without_urls(text: str, found: list[urls.Url]) -> str:
    """The text with each URL as wide as it counts."""
    pieces: list[str] = []
    at = 0
    for url in found:
        pieces += text[at : url.start], _URL_WIDE
        at = url.end
    return "".join([*pieces, text[at:]])


def _mastodon(text: str) -> int:
    """Graphemes; only URLs with a protocol are 23; of ``@name@server`` the name counts."""
    if "://" in text:
        text = _without_urls(text, [url for url in urls.find(text) if not url.bare])
    if "@" in text:
        text = _REMOTE_MENTION.sub(r"\1", text)
    return _graphemes(text)


def _graphemes(text: str) -> int:
    if text.isascii() or not _MAY_JOIN.search(text):
        return len(text) - text.count("\r\n")
    text = _FLAG.sub("F", text)  # in a long row of flags, each look of \X would go back to the first
    return len(_CLUSTER.findall(text))


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


_MEASURES: dict[Unit, Callable[[str], int]] = {
    Unit.X_WEIGHTED: _x_weighted,
    Unit.MASTODON: _mastodon,
    Unit.GRAPHEMES: _graphemes,
    Unit.UTF16: _utf16,
    Unit.CODEPOINTS: len,
}
