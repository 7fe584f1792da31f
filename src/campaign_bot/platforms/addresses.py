"""The address of a post, as a person copies it from a browser."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote, urlsplit

from campaign_bot.platforms.errors import NO_POST, Refused


def post_at(url: str, path: re.Pattern[str], hosts: Collection[str] = ()) -> re.Match[str]:
    """The match of ``path`` with the whole path of ``url``. ``hosts`` in lower case; none: any will do.

    ``https://`` may be missing; what follows ``?`` or ``#`` does not matter. Refused for anything else.
    """
    scheme, host, found = _split(url.strip())
    match = path.fullmatch(found)
    if match is None or scheme not in ("http", "https") or not host or (hosts and host not in hosts):
        raise Refused(NO_POST)
    return match


def host_of(url: str) -> str:
    """In lower case, with no port."""
    return _split(url)[1]


def _split(url: str) -> tuple[str, str, str]:
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        return parts.scheme, parts.hostname or "", unquote(parts.path).rstrip("/")
    except ValueError:  # such as an IPv6 address that is none
        return "", "", ""
