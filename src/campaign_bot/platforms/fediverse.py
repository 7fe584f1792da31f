"""Mastodon.py's client, with plain JSON out. This module loads the library: import it where it is used.

The library would make an object of every value, also of every letter of a text where it expects a list, which
takes minutes for a large answer that is none; and an empty list of what is no list.
"""

from __future__ import annotations

from typing import Any

from mastodon import Mastodon


class Client(Mastodon):
    def _Mastodon__try_cast_to_type(self, value: Any, **_: Any) -> tuple[Any, None]:  # noqa: N802 - its name there
        return (_Plain(value) if isinstance(value, dict) else value), None


class _Plain(dict[str, Any]):
    """The library hangs its own attributes on an answer, which a dict does not take."""
