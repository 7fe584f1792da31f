"""Where X sees a URL in a text (the rules are twitter-text's, configuration v3).

X counts each of them as 23, with ``https://`` or without it: ``example.com``, ``index.py`` and
``notes.md`` are URLs too, because ``py`` and ``md`` are top-level domains.

Every step looks at a character a bounded number of times, so a text of any shape takes time linear in
its length: the patterns have possessive quantifiers (nothing to go back to), and the labels of a
domain are judged once, from the right, instead of anew from each place where a URL might start.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from campaign_bot.text.domains import LATIN, ascii_domains, tld_end


class Url(NamedTuple):
    """``bare``: written without ``http://`` or ``https://``. ``end`` is exclusive."""

    start: int
    end: int
    bare: bool


_CYRILLIC = "\u0400-\u04ff"
_DIRECTION = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_SPACE = "\x09-\x0d\x20\x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_INVALID = "\ufffe\ufeff\uffff"
_BETWEEN = rf"!'#%&()*+,\\/:;<=>?@\[\]\^{{|}}~${_SPACE}{_INVALID}{_DIRECTION}"
_CHAR = rf"[^{_BETWEEN}.\-_]"  # what a label of a domain may start and end with

_DOT = re.compile(rf"\.(?<={_CHAR}\.)(?={_CHAR})")
_RUN = re.compile(rf"[^{_BETWEEN}]*+")
_START = re.compile(rf"(?:[^A-Za-z0-9@＠#＃${_INVALID}]|\A)(?={_CHAR})")
_PROTOCOL = re.compile(rf"(?:\A|[^A-Za-z0-9@＠#＃${_INVALID}])([Hh][Tt][Tt][Pp][Ss]?://)")

_GENERAL = rf"A-Za-z{_CYRILLIC}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{LATIN}"
_PARENS = rf"\((?:[{_GENERAL}]++\)|[{_GENERAL}]*+\([{_GENERAL}]++\)[{_GENERAL}]*+\))"
_PATH = rf"/(?:[!*';:,.$%\[\]\u2013~@|&]*+(?:[+\-A-Za-z{_CYRILLIC}0-9=_#/{LATIN}]++|{_PARENS}))*"
_QUERY = r"\?(?:[!?*'@();:+$%\[\].,~|]*+[A-Za-z0-9\-_&=#/]++)+"
# Classes are possessive, groups are not: Python 3.11.2 (Debian 12) goes wrong with those. What follows one
# of these groups is optional, so there is no reason to go back into it.
_REST = re.compile(rf"(?::[0-9]++)?({_PATH})?(?:{_QUERY})?")
_SLUG = re.compile(rf"/([A-Za-z0-9]++)(?:{_QUERY})?")
_DOTS_IN_LABEL = re.compile("[\u3002\uff0e\uff61]")

_LONGEST_URL = 4096
_LONGEST_LABEL = 63
_LONGEST_SLUG = 40


def find(text: str) -> list[Url]:
    """The URLs of a text (in NFC), in order."""
    urls: list[Url] = []
    read = done = 0  # runs before `read` have been looked at; what is before `done` is taken
    while dot := _DOT.search(text, read):
        before = text[read : dot.start()][::-1]
        start = dot.start() - _length(_RUN, before)
        end = dot.end() + _length(_RUN, text, dot.end())
        done = _read(text, start, end, done, urls)
        read = max(end, done)
    return urls


def _length(pattern: re.Pattern[str], text: str, at: int = 0) -> int:
    """How much of the text a pattern that always matches takes from ``at`` on."""
    match = pattern.match(text, at)
    return match.end() - at if match else 0


def _read(text: str, start: int, end: int, done: int, urls: list[Url]) -> int:
    """Append the URLs whose domain lies in a run of domain characters; returns the new ``done``.

    In each label the first place where a domain may start decides, as in a search from the left.
    """
    at = start
    labels = text[start:end].split(".")
    for label, (through, direct) in zip(labels, _ends(text, labels, end), strict=False):
        dot = at + len(label)
        # The label just before the top-level domain may hold no underscore; those further left may.
        earliest = at if through else at + label.rfind("_") + 1
        domain_end = through or direct
        if domain_end and dot > done and label[-1:] not in ("", "-", "_"):
            protocol = _protocol(text, start, done) if earliest == start and label[0] not in "-_" else None
            first = _START.search(text, max(earliest - 1, done, 0), dot)
            if protocol is not None:
                done = _accept(text, protocol, start, domain_end, urls)
            elif first:
                done = _accept(text, first.end(), first.end(), domain_end, urls)
        at = dot + 1
    return done


def _ends(text: str, labels: list[str], end: int) -> list[tuple[int | None, int | None]]:
    """For each label but the last: where a domain ends that goes on through the next label, as far
    as one can go, and where one ends that has its top-level domain just behind this label."""
    ends: list[tuple[int | None, int | None]] = []
    through: int | None = None
    at = end + 1
    for label, following in zip(labels[-2::-1], labels[:0:-1], strict=True):
        at -= len(following) + 1
        direct = tld_end(text, at)
        ends.append((through, direct))
        if not label or label[0] in "-_" or label[-1] in "-_":
            through = None
        elif not through and "_" not in label:
            through = direct
    return ends[::-1]


def _protocol(text: str, domain: int, done: int) -> int | None:
    """Where the ``https://`` just before a domain starts, if a URL may start there."""
    if text[domain - 3 : domain] != "://":
        return None
    match = _PROTOCOL.search(text, max(domain - len("xhttps://"), done), domain)
    return match.start(1) if match and match.end() == domain else None


def _accept(text: str, start: int, domain: int, domain_end: int, urls: list[Url]) -> int:
    """Take port, path and query to a domain, and append what X makes of it; returns its end."""
    rest = _REST.match(text, domain_end)
    path = rest[1] if rest else None
    end = rest.end() if rest else domain_end
    protocol = max(domain - start, 0) or len("https://")
    if end - start + protocol > _LONGEST_URL or not _resolvable(text[domain:domain_end]):
        return end
    if start < domain:
        urls.extend(_full(text, start, domain, domain_end, end))
    elif not start or text[start - 1] not in "-_./":
        bare = [Url(start + a, start + b, True) for a, b in ascii_domains(text[domain:domain_end])]
        if bare and path:
            bare[-1] = bare[-1]._replace(end=end)
        urls.extend(bare)
    return end


def _full(text: str, start: int, domain: int, domain_end: int, end: int) -> list[Url]:
    """A URL with its protocol; X's own shortened links end with their slug."""
    if text[domain:domain_end].lower() == "t.co" and (slug := _SLUG.match(text, domain_end, end)):
        return [Url(start, slug.end(), False)] if len(slug[1]) <= _LONGEST_SLUG else []
    return [Url(start, end, False)]


def _resolvable(domain: str) -> bool:
    """Whether each label, in punycode, fits into the domain name system's 63 octets."""
    if domain.startswith("xn--") and not any(ascii_domains(domain)):
        return False
    return all(_octets(label) <= _LONGEST_LABEL for label in domain.split("."))


def _octets(label: str) -> int:
    if label.isascii() or len(label) > _LONGEST_LABEL:
        return len(label)
    names = _DOTS_IN_LABEL.split(label)
    encoded = [name if name.isascii() else "xn--" + name.encode("punycode").decode() for name in names]
    return len(".".join(encoded))
