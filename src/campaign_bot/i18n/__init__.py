"""Words in the reader's language: the standard gettext over our own catalogues.

The language is that of the current context (one person at the command line, one request of a server),
English until ``use`` says otherwise. English is in the code; ``locale/`` holds the others.
"""

from __future__ import annotations

import gettext as _gettext
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "es")
DOMAIN = "campaign_bot"
LOCALE = Path(__file__).parent.parent / "locale"

_language: ContextVar[str] = ContextVar("campaign_bot_language", default="en")


def use(language: str) -> None:
    """From now on, in this context, speak ``language`` (one that we do not have: English)."""
    _language.set(language if language in LANGUAGES else "en")


@contextmanager
def using(language: str) -> Iterator[None]:
    """Speak ``language`` for the time being."""
    token = _language.set(language if language in LANGUAGES else "en")
    try:
        yield
    finally:
        _language.reset(token)


def speak_to_libraries(language: str) -> None:
    """Make the libraries that use gettext's global functions (click) speak it, from our catalogue."""
    _gettext.bindtextdomain(DOMAIN, str(LOCALE))
    _gettext.textdomain(DOMAIN)
    os.environ["LANGUAGE"] = language


def language() -> str:
    """The language that is spoken now."""
    return _language.get()


def _(message: str) -> str:
    """``message`` in the current language."""
    return _catalogue(_language.get()).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """``singular`` or ``plural`` in the current language, as ``n`` wants it."""
    return _catalogue(_language.get()).ngettext(singular, plural, n)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name
    """Marks a message whose words are looked up later, when it is shown."""
    return message


@cache
def _catalogue(language: str) -> _gettext.NullTranslations:
    if language == "en":
        return _gettext.NullTranslations()
    return _gettext.translation(DOMAIN, LOCALE, [language], fallback=True)


def wanted(asked: str | None, environ: Mapping[str, str]) -> str:
    """The language to speak: the one asked for, else the one of the environment.

    ``CAMPAIGN_BOT_LANG`` first, then the first of ``LC_ALL``, ``LC_MESSAGES``, ``LANG`` that is set.
    """
    if asked:
        return asked
    for name in ("CAMPAIGN_BOT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return "es" if value.lower().startswith("es") else "en"
    return "en"
