"""When a reader would call two texts the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from campaign_bot.names import nfc


def normalise(text: str) -> str:
    """For comparing: NFC, and every stretch of white space one space."""
    return " ".join(nfc(text).split())


def fingerprint(parts: Sequence[str]) -> str:
    """16 hex characters of SHA-256 over the normalised parts: equal for the same words."""
    return hashlib.sha256("\0".join(map(normalise, parts)).encode("utf-8", "surrogatepass")).hexdigest()[:16]
