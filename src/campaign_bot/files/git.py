"""Reads a repository with git, and lets nothing in the repository decide what git does.

A repository's configuration and attributes can make git run programs (``core.fsmonitor``, filters, a pager,
``core.sshCommand`` and others that are yet to come). So git gets a directory of our own, with a configuration
of ours, and only links to the repository's objects, references and index in it. It is never let look for a
repository: we look for ``.git`` ourselves, so that a folder that resembles a bare one is a folder.

The files of a checkout are never compared by git: that would filter them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from campaign_bot import processes

PATIENCE = 3.0
"""Seconds for all that is asked of git while a repository is open."""
MOST_ANSWER = 20_000_000
"""The most bytes of one answer."""
MOST_MEMORY = 500_000_000
"""The most bytes that one git may take, where the system can be told: small texts may be packed as changes
to huge ones."""

_LINKED = ("objects", "refs", "packed-refs", "reftable", "shallow")
_OPTIONS = (
    "--no-pager",
    "--no-replace-objects",
    "--literal-pathspecs",
    *("-c", "safe.bareRepository=explicit"),
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "protocol.allow=never"),
)
_VARIABLES = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


class GitError(Exception):
    """git is not there, does not answer in time, or says more than anybody should have to read."""


@dataclass(frozen=True, slots=True)
class Repository:
    """An open repository. ``prefix``: where the folder lies in it, such as ``campaign/``, or empty."""

    prefix: str
    directory: Path
    deadline: float

    def read(self, *arguments: str, given: bytes = b"") -> bytes:
        """What git says to ``arguments``, with ``given`` on its standard input. Raises GitError.

        Only for commands that read objects, references or the index.
        """
        program = shutil.which("git", path=processes.search_path())
        if program is None:
            raise GitError("there is no git")
        command = [program, f"--git-dir={self.directory}", *_OPTIONS, *arguments]
        try:
            return self._answer(command, given)
        except OSError as error:
            raise GitError(str(error)) from error

    def _answer(self, command: list[str], given: bytes) -> bytes:
        variables = {**processes.environment(), "HOME": str(self.directory), **_VARIABLES}
        with tempfile.TemporaryFile() as asked:
            asked.write(given)
            asked.seek(0)
            with subprocess.Popen(  # noqa: S603 - no shell, and no option from a file
                command,
                stdin=asked,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self.directory,
                env=variables,
            ) as process:
                _limit_memory(process.pid)
                return self._listen(process)

    def _listen(self, process: subprocess.Popen[bytes]) -> bytes:
        end = threading.Timer(max(0.0, self.deadline - time.monotonic()), process.kill)
        end.start()
        try:
            answer = process.stdout.read(MOST_ANSWER + 1) if process.stdout else b""
            if len(answer) > MOST_ANSWER:
                process.kill()
            if process.wait():
                raise GitError("git was stopped, or failed")
        finally:
            end.cancel()
        return answer


@contextmanager
def opened(root: Path) -> Iterator[Repository | None]:
    """The repository that the folder ``root`` is in.

    None without one, and for one that belongs to another user: whoever made it chose what is in it. Raises
    GitError where its own files cannot be read.
    """
    found = _find(Path(os.path.realpath(root)))
    if found is None:
        yield None
        return
    top, private, common = found
    with tempfile.TemporaryDirectory(prefix="campaign-bot-git-") as folder:
        directory = Path(folder)
        try:
            _furnish(directory, private, common)
        except OSError:
            yield None
            return
        except ValueError as error:
            raise GitError("no repository that git could read") from error
        inner = Path(os.path.realpath(root)).relative_to(top).as_posix()
        prefix = "" if inner == "." else f"{inner}/"
        yield Repository(prefix, directory, time.monotonic() + PATIENCE)


def tracked(root: Path, names: Iterable[str]) -> set[str]:
    """Those of ``names`` (directly in the folder ``root``) that its repository tracks, in whatever capitals.

    Both what is committed and what is about to be counts. Raises GitError where there is a repository of
    ours, but git cannot say.
    """
    wanted = {name.casefold(): name for name in names}
    with opened(root) as repository:
        if repository is None:
            return set()
        there = {name.casefold() for name in _names(repository)}
    return {name for folded, name in wanted.items() if folded in there}


def blob_id(data: bytes, like: str) -> str:
    """The name that git gives to a file of these bytes, in the way in which ``like`` was made."""
    algorithm = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return algorithm(b"blob %d\0" % len(data) + data).hexdigest()


def contents(path: Path, most: int) -> bytes:
    """The first ``most`` bytes of a regular file. Raises OSError, and ValueError for what is no file."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError("no regular file")
        return file.read(most)


def _names(repository: Repository) -> Iterator[str]:
    """What lies directly in the folder, in the last commit and in the index."""
    prefix = repository.prefix
    folder = repository.read("cat-file", "--batch-check", given=f"HEAD:{prefix}\n".encode()).split()
    if folder[1:2] == [b"tree"]:
        yield from _listed(repository.read("ls-tree", "-z", "--name-only", folder[0].decode()))
    for path in _listed(repository.read("ls-files", "-z", "--cached", "--", *filter(None, [prefix]))):
        yield path.removeprefix(prefix).partition("/")[0]


def _listed(answer: bytes) -> list[str]:
    return os.fsdecode(answer).split("\0")[:-1]


# ---------------------------------------------------------------- finding it, and our directory


def _find(root: Path) -> tuple[Path, Path, Path] | None:
    """The checkout's top folder, its own git directory, and the one that all checkouts share (the same but
    for ``git worktree``). None where there is none, or one that is another user's."""
    top = next((folder for folder in (root, *root.parents) if os.path.lexists(folder / ".git")), None)
    if top is None:
        return None
    try:
        private = _git_directory(top)
        common = private / (_line(private / "commondir") or ".")
        ours = _owners(root)
        places = (top / ".git", private, common, common / "objects", common / "refs")
        if ours is None or all(place.stat().st_uid in ours for place in places):
            return top, private, common
    except (OSError, ValueError):
        pass  # whatever lies there is no repository of ours
    return None


def _git_directory(top: Path) -> Path:
    """``.git``, or what it points to: in a worktree and a submodule it is a file."""
    place = top / ".git"
    if place.is_dir():
        return place
    label, _, where = _line(place).partition(": ")
    if label != "gitdir":
        raise ValueError("no repository")
    return top / where


def _owners(root: Path) -> frozenset[int] | None:
    """Whose repositories are read: this user's; for root, the campaign's owner's too. None: all are."""
    if not hasattr(os, "geteuid"):
        return None
    me = os.geteuid()
    return frozenset({me} if me else {me, root.stat().st_uid})


def _furnish(directory: Path, private: Path, common: Path) -> None:
    """Make ``directory`` a git directory with a configuration of ours and the repository's contents."""
    (directory / "HEAD").write_text(_line(private / "HEAD") + "\n", encoding="utf-8")
    (directory / "config").write_text(_configuration(common), encoding="utf-8")
    for place in (*(common / name for name in _LINKED), private / "index", *private.glob("sharedindex.*")):
        if place.exists():
            (directory / place.name).symlink_to(os.path.realpath(place))


def _configuration(common: Path) -> str:
    """Only how the repository stores what it stores."""
    told = _text(common / "config")
    lines = ["[core]", "repositoryformatversion = 1", "bare = true", "[extensions]"]
    if re.search(r"(?im)^\s*objectformat\s*=\s*sha256\s*$", told):
        lines.append("objectformat = sha256")
    if (common / "reftable").is_dir():
        lines.append("refstorage = reftable")
    return "\n".join([*lines, ""])


def _line(path: Path) -> str:
    """A file's first line; empty without the file."""
    return _text(path).partition("\n")[0].rstrip("\r")


def _text(path: Path) -> str:
    """A small file; empty without the file."""
    try:
        return contents(path, 100_000).decode()
    except FileNotFoundError:
        return ""


def _limit_memory(pid: int) -> None:
    try:
        import resource

        resource.prlimit(pid, resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    except (ImportError, AttributeError, OSError):
        pass  # not Linux; or it has ended already
