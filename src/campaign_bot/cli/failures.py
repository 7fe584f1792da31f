"""The one place that turns whatever happens into a sentence and an exit code.

0 good · 1 problems found, or something failed · 2 wrong usage · 3 our own fault · 130 interrupted
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import click

from campaign_bot import __version__, i18n
from campaign_bot.cli.session import Session
from campaign_bot.i18n import _
from campaign_bot.i18n.sentences import SENTENCES, Unable, sentence

FAILED, USAGE, OUR_FAULT, INTERRUPTED = 1, 2, 3, 130
LOG = "errors.log"


def prepare(args: Sequence[str]) -> str:
    """Make the streams take every character, and find the language: errors of usage speak it too."""
    for stream in (sys.stdout, sys.stderr):
        _tame(stream)
    language = i18n.wanted(_asked_language(args), os.environ)
    i18n.speak_to_libraries(language)
    return language


def _tame(stream: Any) -> None:
    """No character may end the program; a stream that says ASCII only does not know better."""
    if hasattr(stream, "reconfigure"):
        plain = (stream.encoding or "ascii").lower() in {"ascii", "us-ascii", "ansi_x3.4-1968", "646"}
        stream.reconfigure(encoding="utf-8" if plain else stream.encoding, errors="replace")


def _asked_language(args: Sequence[str]) -> str | None:
    """The value of ``--lang`` among the program's own options."""
    for word, following in zip_longest(args, args[1:], fillvalue=""):
        if word.startswith("--lang="):
            return word.partition("=")[2]
        if word == "--lang":
            return following
    return None


def exit_code(run: Callable[[], Any], session: Session) -> int:
    """Run the program; its commands return their exit code, or None for 0."""
    try:
        return int(run() or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort as error:
        return _aborted(error.__cause__ or error.__context__)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort of the whole program
        return _known(error) or _our_fault(error, session)


def _aborted(cause: BaseException | None) -> int:
    if isinstance(cause, EOFError):
        click.echo(_("There is nobody to ask. Say --yes if you are sure."), err=True)
        return USAGE
    return INTERRUPTED


def _known(error: Exception) -> int:
    """Errors that a person can understand and change; 0 when it is none of those.

    Ours carry the code of their sentence; the system's name a file.
    """
    code = getattr(error, "code", None)
    if code in SENTENCES:
        click.echo(sentence(code, getattr(error, "params", {})), err=True)
        return USAGE if getattr(error, "usage", False) else FAILED
    if isinstance(error, OSError) and (error.filename or error.errno == errno.ENOSPC):
        params = {"file": error.filename or _("The output"), "detail": error.strerror}
        click.echo(sentence("file-trouble", params), err=True)
        return FAILED
    return 0


# ---------------------------------------------------------------- our own fault


def _our_fault(error: Exception, session: Session) -> int:
    details = session.without_secrets("".join(traceback.format_exception(error)))
    click.echo(_("Something went wrong inside campaign-bot. It is not your fault."), err=True)
    if session.verbose:
        click.echo(details, err=True)
    if place := _write(details, session):
        click.echo(_("The details are in {file}.").format(file=place), err=True)
    elif not session.verbose:
        click.echo(_("Call it again with --verbose to see the details."), err=True)
    return OUR_FAULT


def _write(details: str, session: Session) -> Path | None:
    """Append to the campaign's error log; None where nobody knows yet where that is, or it takes nothing."""
    from campaign_bot import private
    from campaign_bot.app import ledgers

    settings = session.settings_read
    if settings is None:
        return None
    entry = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ} campaign-bot {__version__}\n{details}\n"
    try:
        file = ledgers.prepare_state(session.root, settings) / LOG
        private.append(file, entry.encode("utf-8", "backslashreplace"))
    except (Unable, OSError):
        return None
    return file
