"""A fediverse post's HTML back to the words that were written."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from html.parser import HTMLParser


def words(html: str, mentions: Mapping[str, str]) -> str:
    """The text of ``html``: paragraphs, line breaks and entities undone, links as they were written.

    ``mentions``: by the address of a person's page, the name with its server, of which a page shows only
    the first half.
    """
    reader = _Reader(mentions)
    reader.feed(html)
    reader.close()
    return unicodedata.normalize("NFC", "".join(reader.out)).strip()


class _Reader(HTMLParser):
    def __init__(self, mentions: Mapping[str, str]) -> None:
        super().__init__()
        self.out: list[str] = []
        self._mentions = mentions
        self._link: tuple[int, str] | None = None  # where in `out` it begins, and its address

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.out.append("\n")
        elif tag == "p":
            self.out.append("\n\n")
        elif tag == "a":
            self._link = (len(self.out), dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link:
            start, address = self._link
            self.out[start:] = [self._written("".join(self.out[start:]), address)]
            self._link = None

    def handle_data(self, data: str) -> None:
        self.out.append(data)

    def _written(self, shown: str, address: str) -> str:
        """Mastodon hides parts of an address by style and keeps its letters; others shorten it."""
        if address in self._mentions:
            return f"@{self._mentions[address]}"
        return address if shown.endswith(("…", "...")) else shown
