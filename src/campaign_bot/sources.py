"""Where settings are read from: the environment, a secrets directory, ``<root>/.env``, in this order.

What a name says in two of these places has to be the same. Nothing is interpolated: a ``$`` is a dollar. Who
may write posts or configuration decides nothing here: a ``.env`` that git brings, that is a link, somebody
else's, or that others may change is refused.
"""

from __future__ import annotations

import io
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from dotenv import dotenv_values

from campaign_bot import private, processes
from campaign_bot.files import git
from campaign_bot.i18n import _
from campaign_bot.i18n.sentences import Unable

PREFIX = "CAMPAIGN_BOT_"
SECRETS_DIR = f"{PREFIX}SECRETS_DIR"
DEFAULT_SECRETS_DIR = Path("/run/secrets")

MOST = 1_000_000
"""Bytes of a file with settings."""

WRITING = 0o022
"""What others may do to a file, in a mode, so that it is not only its owner who decides what is in it."""

PERSONAL = frozenset({f"{PREFIX}LANG"})
"""What each person may set differently from the campaign."""

Values = Mapping[str, str]
"""By the names of the settings, in capitals."""


def read(root: Path) -> dict[str, str]:
    """All settings, by their names in capitals. Raises Unable, with names and places and never a value."""
    environment = _ours(os.environ)
    file = root / ".env"
    in_file = _ours(_in_env_file(file, root))
    folder = _secrets_dir(root, environment.get(SECRETS_DIR) or in_file.get(SECRETS_DIR))
    in_folder = {} if folder is None else dict(_in_secrets_dir(folder))
    places = [(_("the environment"), environment), (str(folder), in_folder), (str(file), in_file)]
    merged: dict[str, str] = {}
    where: dict[str, str] = {}
    for place, values in places:
        for name, value in values.items():
            if merged.setdefault(name, value) != value and name not in PERSONAL:
                raise Unable("setting-twice", name=name, first=where[name], second=place)
            where.setdefault(name, place)
    return merged


def must_not_be_tracked(folder: Path, *names: str) -> None:
    """Raises Unable for what git brings of these in ``folder``: who may push to it decides what is in it."""
    try:
        tracked = git.tracked(folder, names)
    except git.GitError:
        if shutil.which("git", path=processes.search_path()) is None:
            return  # nor has it brought anything
        raise Unable("git-silent", file=folder / names[0]) from None
    if tracked:
        raise Unable("tracked-by-git", file=folder / min(tracked))


def _ours(values: Mapping[str, str | None]) -> dict[str, str]:
    """Those with our prefix, whatever their capitals; an empty one counts as not there."""
    return {
        name.upper(): value for name, value in values.items() if value and name.upper().startswith(PREFIX)
    }


# ---------------------------------------------------------------- .env


def _in_env_file(file: Path, root: Path) -> dict[str, str | None]:
    try:
        status = file.lstat()
    except FileNotFoundError:
        return {}
    except OSError:
        raise Unable("setting-unreadable", name=str(file)) from None
    if stat.S_ISDIR(status.st_mode):  # a virtual environment, as some name it
        return {}
    if not stat.S_ISREG(status.st_mode):
        raise Unable("settings-not-a-file", file=file)
    if status.st_uid not in private.trusted(root):
        raise Unable("settings-not-ours", file=file)
    if private.is_open(file, WRITING):
        raise Unable("settings-open", file=file)
    must_not_be_tracked(root, file.name)
    return dotenv_values(stream=io.StringIO(_text(file, os.O_NOFOLLOW)), interpolate=False)


def _text(file: Path, flags: int = 0) -> str:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | flags)
        with os.fdopen(descriptor, "rb") as opened:
            return opened.read(MOST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unable("setting-not-utf8", name=file.name) from None
    except OSError:
        raise Unable("setting-unreadable", name=str(file)) from None


# ---------------------------------------------------------------- the secrets directory


def _secrets_dir(root: Path, named: str | None) -> Path | None:
    """The directory that is named, which then has to be there, or else the usual one if it is there.

    A relative one counts from the campaign's root.
    """
    if not named:
        return DEFAULT_SECRETS_DIR if DEFAULT_SECRETS_DIR.is_dir() else None
    folder = root.resolve() / named
    if not folder.is_dir():
        raise Unable("secrets-dir-missing", name=SECRETS_DIR)
    return folder


def _in_secrets_dir(folder: Path) -> Iterator[tuple[str, str]]:
    """One file for each name. Other programs' files in the same directory are not even opened."""
    try:
        files = [file for file in sorted(folder.iterdir()) if file.name.upper().startswith(PREFIX)]
    except OSError:
        raise Unable("setting-unreadable", name=str(folder)) from None
    if files:
        must_not_be_tracked(folder, *(file.name for file in files))
    for file in filter(Path.is_file, files):
        _must_be_safe(file, folder)
        if value := _text(file).strip():
            yield file.name.upper(), value


def _must_be_safe(file: Path, folder: Path) -> None:
    """A mounted secret may be a link to another name in the mount (Kubernetes), and never to elsewhere."""
    target = file.resolve()
    if not target.is_relative_to(folder.resolve()):
        raise Unable("settings-link", file=file)
    status = target.stat()
    if os.geteuid() not in (0, status.st_uid) and status.st_uid != 0:
        raise Unable("settings-not-ours", file=file)
    if private.is_open(target, WRITING):
        raise Unable("settings-open", file=file)
