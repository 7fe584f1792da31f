"""Disks that are full, or read-only: small ones in memory, in a mount namespace of their own.

Nothing of them is left behind, whatever ends the tests; and where the system has no such namespaces for
this user, the test is skipped.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

KEEPER = 'mount -t tmpfs -o size="$2",mode=700 none "$1" && echo ready && read -r _'
"""Keeps the namespace, and so the disk, until its standard input is closed."""

FILLER = "filler"


class Disk:
    """``path`` is the disk for a command that begins with ``inside``; for us it lies at ``seen``."""

    def __init__(self, path: Path, keeper: int) -> None:
        self.path = path
        self.inside = ["nsenter", "-t", str(keeper), "-U", "-m", "--preserve-credentials"]
        self.seen = Path(f"/proc/{keeper}/root{path}")

    def fill(self) -> None:
        """Leave no room at all."""
        with (self.seen / FILLER).open("ab", buffering=0) as file:
            try:
                while file.write(b"\0" * 4096):
                    pass
            except OSError:
                return

    def make_room(self) -> None:
        (self.seen / FILLER).unlink()

    def make_read_only(self) -> None:
        self._remount("ro")

    def make_writable(self) -> None:
        self._remount("rw")

    def _remount(self, how: str) -> None:
        subprocess.run([*self.inside, "mount", "-o", f"remount,{how}", self.path], check=True)


@contextmanager
def disk(path: Path, size: str = "4m") -> Iterator[Disk]:
    """A disk of that size at an empty folder; skips the test where that is not possible.

    With its filler gone there has to be room for all that a test writes, even if its threads share no commit
    (some 40 kB each).
    """
    if not shutil.which("unshare") or not shutil.which("nsenter"):
        pytest.skip("there is no unshare and nsenter here (util-linux)")
    command = ["unshare", "-rm", "sh", "-c", KEEPER, "keeper", path, size]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as keeper:
        assert keeper.stdout is not None
        try:
            if keeper.stdout.readline() != "ready\n":
                pytest.skip(f"this user may not make a disk: {keeper.communicate()[1].strip()}")
            yield Disk(path, keeper.pid)
        finally:
            keeper.communicate()
