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

# Lives until its standard input is closed, which the system does when the tests end, however they end.
GUARD = """
set -e
"$2/initdb" -D "$1/data" -U campaign -A trust --no-sync --no-instructions -E UTF8 --locale=C >/dev/null
"$2/pg_ctl" -D "$1/data" -w -l "$1/log" start >/dev/null \\
    -o "-k $1 -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=50"
echo ready
read -r _ || true
"$2/pg_ctl" -D "$1/data" -m immediate -w stop >/dev/null
rm -rf "$1" 2>/dev/null || rm -rf "$1"/*
"""

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
    folder.chmod(0o755)
    if user:
        shutil.chown(folder, user)
    guard = subprocess.Popen(
        ["sh", "-c", GUARD, "guard", folder, programs],
        cwd=folder,
        user=user or None,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # what ends the tests' process group must not end it before PostgreSQL
    )
    assert guard.stdout is not None
    if guard.stdout.readline() != "ready\n":
        raise RuntimeError(guard.communicate()[1])
    atexit.register(guard.communicate)  # closes its standard input, and waits for it
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
