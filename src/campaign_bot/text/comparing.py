"""Whether a post that a platform shows is the text that we gave it.

Platforms alter what they are given: X makes ``http://example.org`` of a bare ``example.org``, servers
percent-encode addresses and tidy white space, selectors of emoji and characters of no width come and go, and
a person on one's own server is shown without it.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import unquote

from campaign_bot.names import nfc
from campaign_bot.text import urls
from campaign_bot.text.normal import normalise

_WORD = re.compile(r"[^\W_]+")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_HOST = re.compile(r"[^/?#]*")
_SLASH = re.compile(r"/+(?=[?#]|\Z)")
_MENTION = re.compile(r"(?<![\w/@])@(\w(?:[\w.-]*\w)?)(?:@\w[\w.-]*\w)?")
_SELECTORS = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))  # how the character before is drawn
_TAGS = range(0xE0020, 0xE0080)  # of no width too, yet they tell Scotland's flag from England's


def comparable(text: str) -> str:
    """Equal for what one platform or another makes of the same text (HTML undone); not for showing.

    Folded are: composition (NFC), white space, what has no width, a link's scheme, the case of its host, its
    percent-encoding and closing slash, a mention's case and server.
    """
    text = normalise("".join(filter(_is_seen, nfc(text))))
    out: list[str] = []
    done = 0
    for url in urls.find(text):
        out += text[done : url.start], _address(text[url.start : url.end])
        done = url.end
    return _MENTION.sub(lambda name: f"@{name[1].lower()}", "".join(out) + text[done:])


def likeness(one: str, other: str) -> float:
    """The share of the longer text's words that both have in the same order, as a diff finds them: 0 to 1.

    Words are runs of letters and digits, whatever their capitals and accents; entities (``&amp;``) are undone
    on both sides. Two texts without any word are alike: nothing tells them apart.
    """
    mine, theirs = _words(one), _words(other)
    longer = max(len(mine), len(theirs))
    return _in_common(mine, theirs) / longer if longer else 1.0


def overlap(ours: str, theirs: str) -> float:
    """As ``likeness``, of the shorter text's words: 1 where a text was only cut, or only added to.

    Nothing tells what became of ours without any word (emoji, or a link): it may be any; and a post that
    shows nothing may be ours. One without a word (a person's heart, say) is part of none that has some.
    """
    mine, others = _words(ours), _words(theirs)
    shorter = min(len(mine), len(others))
    return _in_common(mine, others) / shorter if shorter else float(not mine or not theirs)


def without_addresses(text: str) -> str:
    """What is left of a text where a server shows other addresses (shortened, a page's title) or none."""
    done, out = 0, []
    for url in urls.find(text):
        out.append(text[done : url.start])
        done = url.end
    return " ".join([*out, text[done:]])


def _in_common(mine: Sequence[str], theirs: Sequence[str]) -> int:
    """The length of the longest common subsequence, a bit for each of our words (Hyyrö 2004).

    A platform chooses the other text: what difflib does takes the square of its length, or worse.
    """
    places: defaultdict[str, int] = defaultdict(int)
    for number, word in enumerate(mine):
        places[word] |= 1 << number
    every = open_ = (1 << len(mine)) - 1
    for word in theirs:
        found = open_ & places.get(word, 0)
        open_ = ((open_ + found) | (open_ - found)) & every
    return len(mine) - open_.bit_count()


def _words(text: str) -> Sequence[str]:
    letters = unicodedata.normalize("NFKD", html.unescape(text).casefold())
    return _WORD.findall("".join(one for one in letters if not unicodedata.combining(one)))


def _is_seen(character: str) -> bool:
    if character.isascii():
        return True
    code = ord(character)
    if any(first <= code <= last for first, last in _SELECTORS):
        return False
    return code in _TAGS or unicodedata.category(character) != "Cf"


def _address(url: str) -> str:
    rest = _SCHEME.sub("", url, count=1)
    host = _HOST.match(rest)
    end = host.end() if host else 0
    return rest[:end].lower() + _SLASH.sub("", unquote(rest[end:]))
