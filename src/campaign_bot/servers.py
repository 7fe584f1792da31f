"""The address of a server, as ``base_url`` or a pin has it: whether it may be used, and which server it is.

An address is read strictly, so that no library finds another server in it than the one that was judged here.
A name may be in any script, but not in letters that only look like others; an address in numbers has to be
written in full, and of a private network none is taken. This machine itself is: what runs here is its
owner's.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network

from campaign_bot.names import nfc

_ADDRESS = re.compile(
    r"([Hh][Tt][Tt][Pp][Ss]?)://(\[[0-9A-Fa-f:.]+\]|[^\s/?#@\\\[\]:%]+)(?::([0-9]{1,5}))?(?:/[A-Za-z0-9._~/-]*)?"
)
_MORE = re.compile(r"[?#]")
_FOUR = re.compile(r"[0-9]+(?:\.[0-9]+){3}")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_ACE = "xn--"
_LONGEST_LABEL, _LONGEST_NAME = 63, 253  # RFC 1035
_PORTS = {"http": 80, "https": 443}
_MOST_PORT = 65535

_GLOBAL = IPv6Network("2000::/3")  # all that is given out so far; others lead into IPv4 or nowhere
_INSIDE = frozenset(
    ("arpa", "corp", "home", "internal", "intranet", "lan", "local", "localdomain", "localhost", "private")
)
"""Last labels of names that only a network's own machines find."""

_SCRIPTS = re.compile(
    "ARABIC|ARMENIAN|BENGALI|BOPOMOFO|CJK|CYRILLIC|DEVANAGARI|ETHIOPIC|GEORGIAN|GREEK|GUJARATI|GURMUKHI|HANGUL|"
    "HEBREW|HIRAGANA|KANNADA|KATAKANA|KHMER|LAO|LATIN|MALAYALAM|MYANMAR|ORIYA|SINHALA|TAMIL|TELUGU|THAANA|THAI|"
    "TIBETAN"
)
"""Those in use today (UAX 31, table 5), by the first word of their letters' names."""

_TOGETHER = ({"CJK", "HIRAGANA", "KATAKANA"}, {"CJK", "HANGUL"}, {"CJK", "BOPOMOFO"})
"""Scripts of one language."""

_LIKE_LATIN = frozenset("аеорсухіјѕһԁԛԝӏѵүԍαικνορυχωօսհոցզյ")
"""Letters of other scripts that are taken for Latin ones."""

_LATIN = re.compile(
    r"[a-z\u00df-\u0130\u0132-\u0137\u0139-\u017e\u01a1\u01b0\u01cd-\u01dc\u0218-\u021b\u1e00-\u1eff]"
)
"""Those of today's alphabets that nobody takes for another: no i without its dot, none of phonetics."""


class Fault(StrEnum):
    """Why an address cannot be used, as the code of a Problem."""

    BAD = "bad-url"
    MORE = "more-than-a-server"
    ODD = "odd-host"
    LOOK_ALIKE = "look-alike-host"
    PRIVATE = "private-host"
    INSECURE = "insecure-url"


def fault(address: str) -> Fault | None:
    """Why an address cannot be used; None for one that can."""
    found = _ADDRESS.fullmatch(address)
    if not found:
        return Fault.MORE if _ADDRESS.fullmatch(_MORE.split(address)[0]) else Fault.BAD
    scheme, host, port = found[1].lower(), _folded(found[2]), found[3]
    if port and not 0 < int(port) <= _MOST_PORT:
        return Fault.BAD
    if is_loopback(host.strip("[]")):
        return None
    return _of_host(host) or (Fault.INSECURE if scheme == "http" else None)


def is_public(address: str) -> bool:
    """Whether an address may be used and is not this very machine's."""
    found = _ADDRESS.fullmatch(address)
    return found is not None and fault(address) is None and not is_loopback(_folded(found[2]).strip("[]"))


def server(address: str) -> str:
    """``https://mastodon.example``: the same for all ways to write one server's address, whatever its path.

    The name as it is on the wire; a port only where it is not the usual one. ValueError for what is no
    address of a server.
    """
    found = _ADDRESS.fullmatch(address)
    if not found:
        raise ValueError("not the address of a server")
    scheme, host, port = found[1].lower(), _folded(found[2]), int(found[3] or 0)
    if not 0 <= port <= _MOST_PORT:
        raise ValueError("not a port")
    shown = f":{port}" if port and port != _PORTS[scheme] else ""
    if host.startswith("["):
        return f"{scheme}://[{IPv6Address(host[1:-1])}]{shown}"
    return f"{scheme}://{'.'.join(map(_on_the_wire, host.split('.')))}{shown}"


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine: ``localhost``, 127.0.0.0/8 or ``::1`` (without brackets)."""
    try:
        address = IPv6Address(host) if ":" in host else IPv4Address(host)
    except AddressValueError:
        return host == "localhost"
    return address == IPv6Address("::1") if isinstance(address, IPv6Address) else address.is_loopback


def _folded(host: str) -> str:
    return nfc(host.lower())


def _on_the_wire(label: str) -> str:
    return label if label.isascii() else _ACE + label.encode("punycode").decode("ascii")


# ---------------------------------------------------------------- hosts


def _of_host(host: str) -> Fault | None:
    try:
        if host.startswith("["):
            return None if _is_public(IPv6Address(host[1:-1])) else Fault.PRIVATE
        if _FOUR.fullmatch(host):
            return None if _is_public(IPv4Address(host)) else Fault.PRIVATE
        return _of_name([_meant(label) for label in host.split(".")])
    except ValueError:
        return Fault.ODD


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and (address not in _GLOBAL or address.sixtofour or address.teredo):
        return False
    return address.is_global and not address.is_multicast


def _meant(label: str) -> str:
    """A label in its own letters. ValueError for one that no name has."""
    if len(_on_the_wire(label)) > _LONGEST_LABEL or (label.isascii() and not _LABEL.fullmatch(label)):
        raise ValueError("not a label")
    if not label.startswith(_ACE):
        return label
    meant = label.removeprefix(_ACE).encode("ascii").decode("punycode")
    if meant.isascii() or _on_the_wire(meant) != label or _folded(meant) != meant:
        raise ValueError("not a label")
    return meant


def _of_name(labels: list[str]) -> Fault | None:
    if _NUMBER.fullmatch(labels[-1]) or len(".".join(map(_on_the_wire, labels))) > _LONGEST_NAME:
        return Fault.ODD
    last = _scripts(labels[-1])
    if any(_misleads(label, last) for label in labels):
        return Fault.LOOK_ALIKE
    return Fault.PRIVATE if len(labels) == 1 or labels[-1] in _INSIDE else None


def _misleads(label: str, last: set[str]) -> bool:
    """Whether a label may be taken for another. ``last``: the scripts of the name's last label."""
    if label.isascii():
        return False
    scripts = _scripts(label)
    if unicodedata.normalize("NFKC", label) != label or not all(map(_may_stand, label)):
        return True
    if not all(map(_SCRIPTS.fullmatch, scripts)):
        return True
    if len(scripts) != 1:
        return not any(scripts <= together for together in _TOGETHER)
    letters = {letter for letter in label if letter.isalpha()}
    if scripts == {"LATIN"}:
        return not all(map(_LATIN.fullmatch, letters))
    return scripts != last and letters <= _LIKE_LATIN


def _may_stand(character: str) -> bool:
    """Whether it is a letter, a mark or a digit, and no dot that looks like one of them."""
    return character == "-" or unicodedata.category(character)[0] in "LMN"


def _scripts(label: str) -> set[str]:
    """The scripts of a label's letters and digits; what belongs to all of them counts as none."""
    found = {re.split("[ -]", unicodedata.name(letter, "?"))[0] for letter in label if letter != "-"}
    return found - {"DIGIT", "COMBINING", "IDEOGRAPHIC"}
