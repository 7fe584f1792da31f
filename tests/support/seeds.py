"""Secrets that can be recognised, in every form in which they might be written somewhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection
from urllib.parse import quote, quote_plus


def forms(secret: str) -> set[bytes]:
    """As it is, in an address, in JSON, in base64, in HTML."""
    written = {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
    }
    encoded = base64.b64encode(secret.encode()).rstrip(b"=")
    return {form.encode() for form in written} | {encoded}


def leaked(text: str | bytes, secrets: Collection[str]) -> list[str]:
    """Those of the secrets that can be read in ``text``."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return [secret for secret in secrets if any(form in data for form in forms(secret))]
