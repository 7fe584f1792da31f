"""What another program is given when we start one: no variable of ours, nothing that it does not need."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_NEEDED = frozenset({"HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TMP", "TEMP", "SYSTEMROOT"})
_NETWORK = frozenset(
    {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
    | {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
)

NEUTRAL = Path(sys.executable).anchor or os.sep
"""A folder to start a program in: nobody's campaign, and nothing is written there."""


def environment(*, network: bool = False) -> dict[str, str]:
    """The variables for another program; with ``network`` those too that say how to reach a server.

    A list of what is let through, since nobody knows the names of all that is secret. Only absolute folders
    stay in PATH: a relative one would be looked for where the campaign lies.
    """
    wanted = _NEEDED | (_NETWORK if network else frozenset())
    return {**_chosen(os.environ, wanted), "PATH": search_path()}


def search_path() -> str:
    """PATH without its relative folders."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if Path(folder).is_absolute())


def _chosen(variables: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    """Proxies' names are read in small letters too."""
    return {name: value for name, value in variables.items() if name.upper() in names}
