"""A PostgreSQL cluster for the tests, begun at the first need and gone with the tests.

It listens on a socket in its own folder only, and does not care for the disk (``fsync`` off).
"""

from __future__ import annotations

import atexit
import functools
import os
import pwd
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path

import pytest

_names = count()


def new_database() -> str:
    """The URL of an empty database; skips the test where there is no PostgreSQL."""
    folder = _cluster()
    if isinstance(folder, str):
        pytest.skip(folder)
    import psycopg

    name = f"t{next(_names)}"
    with psycopg.connect(host=str(folder), user="campaign", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql://campaign@/{name}?host={folder}"


@functools.cache
def _cluster() -> Path | str:
    """The folder of the socket, or why there is none."""
    programs = _programs()
    if programs is None:
        return "PostgreSQL is not installed here"
    user = _user()
    if user is None:
        return "PostgreSQL does not run as root, and there is no user `postgres` or `nobody`"
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    if user:
        shutil.chown(folder, user)
    run = functools.partial(_run, user, folder)
    run(
        programs / "initdb", "-D", folder / "data", "-U", "campaign",
        "--auth=trust", "--no-sync", "--no-instructions", "--encoding=UTF8", "--locale=C",
    )  # fmt: skip
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=50"
    run(programs / "pg_ctl", "-D", folder / "data", "-w", "-o", options, "-l", folder / "log", "start")
    atexit.register(run, programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop")
    return folder


def _programs() -> Path | None:
    """Where initdb and postgres lie: Debian keeps them off the PATH."""
    found = shutil.which("initdb")
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    if found:
        places.append(Path(found).resolve().parent)
    return next((place for place in places if (place / "pg_ctl").exists()), None)


def _user() -> str | None:
    """Whom it has to run as: nobody else (empty), or another user when we are root."""
    if os.geteuid() != 0:
        return ""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


def _run(user: str, folder: Path, *command: object) -> None:
    subprocess.run(
        [str(word) for word in command],
        check=True,
        cwd=folder,
        user=user or None,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=60,
    )
