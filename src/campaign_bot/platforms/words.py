"""A fediverse post's HTML back to the words that were written.

Servers give what they have cleaned: a few tags, all closed. So one pattern finds a tag, in time linear in the
length of any text at all; the standard library's parser may take hours for a page of ``<a``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

from campaign_bot.names import nfc
from campaign_bot.platforms.values import text

# No part of it goes beyond the next "<". Groups are not possessive: Python 3.11.2 goes wrong with those.
_TAG = re.compile(r"""<(?=[A-Za-z/!?])([/!?]?)([A-Za-z]*+[1-6]?)((?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*)>""")
_HREF = re.compile(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_CUT = re.compile(r"…|\.\.\.")
_BREAKS = {"br": "\n", "li": "\n", "div": "\n"} | dict.fromkeys(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "hr"), "\n\n"
)


def words(html: object, mentions: Mapping[str, str]) -> str:
    """The text of ``html``: paragraphs, line breaks and entities undone, links as they were written.

    ``mentions``: by the address of a person's page, the name with its server, of which a page shows only
    the first half. ValueError for what is no text.
    """
    html = text(html)
    reader = _Reader(mentions)
    done = 0
    for tag in _TAG.finditer(html):
        reader.out.append(unescape(html[done : tag.start()]))
        reader.meet(tag[1], tag[2].lower(), tag[3])
        done = tag.end()
    reader.out.append(unescape(html[done:]))
    return nfc(text("".join(reader.out))).strip()


class _Reader:
    def __init__(self, mentions: Mapping[str, str]) -> None:
        self.out: list[str] = []
        self._mentions = mentions
        self._link: tuple[int, str] | None = None  # where in `out` it begins, and its address

    def meet(self, sign: str, name: str, attributes: str) -> None:
        """A tag; ``sign`` is ``/`` for one that closes."""
        if not sign and name in _BREAKS:
            self.out.append(_BREAKS[name])
        elif not sign and name == "a":
            address = _HREF.search(attributes)
            self._link = (len(self.out), unescape(address[address.lastindex or 0]) if address else "")
        elif sign == "/" and name == "a" and self._link:
            start, url = self._link
            self.out[start:] = [self._written("".join(self.out[start:]), url)]
            self._link = None

    def _written(self, shown: str, address: str) -> str:
        """Mastodon hides parts of an address by style and keeps its letters; others cut them out."""
        if address in self._mentions:
            return f"@{self._mentions[address]}"
        return address if _CUT.search(shown) else shown
