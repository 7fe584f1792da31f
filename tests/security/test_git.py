"""Whatever a repository holds: git runs no program for it, and no more is read than can be borne."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from campaign_bot.files import git, history
from support.files import POST, load, told, write

STALE = f"{POST}:7:1 es stale-translation"
TEXT = "---\nat: 2026-12-01 09:00\n---\n## en\n{en}\n## es\n{es}\n"


def run(root: Path, *arguments: str) -> str:
    names = {f"GIT_{who}_{what}": "a@b.test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    clean = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *arguments], cwd=root, env=clean | names, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(root: Path, en: str, es: str, top: Path | None = None) -> None:
    write(root, {POST: TEXT.format(en=en, es=es)})
    run(top or root, "add", "--all")
    run(top or root, "commit", "--quiet", "--message=change")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A campaign whose Spanish is older than its English."""
    root = tmp_path / "campaign"
    root.mkdir()
    run(root, "init", "--quiet", "--initial-branch=main")
    commit(root, "One.", "Uno.")
    commit(root, "Two.", "Uno.")
    return root


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that leaves a mark beside it."""
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch '{tmp_path}/sprung'\ncat\n")
    trap.chmod(0o755)
    return trap


def sprung(trap: Path) -> bool:
    return (trap.parent / "sprung").exists()


HOSTILE = {
    "fsmonitor": "[core]\nfsmonitor = {trap}\n",
    "filter": '[filter "f"]\nclean = {trap}\nsmudge = {trap}\nprocess = {trap}\nrequired = true\n',
    "diff": '[diff]\nexternal = {trap}\n[diff "f"]\ncommand = {trap}\ntextconv = {trap}\n',
    "programs": "[core]\npager = {trap}\neditor = {trap}\nsshCommand = {trap}\naskPass = {trap}\n"
    "alternateRefsCommand = {trap}\n[gpg]\nprogram = {trap}\n[log]\nshowSignature = true\n",
    "aliases": "[alias]\nlog = !{trap}\ncat-file = !{trap}\nls-tree = !{trap}\n[pager]\nlog = {trap}\n",
    "hooks": "[core]\nhooksPath = {folder}\n",
    "included": '[include]\npath = {folder}/evil\n[includeIf "gitdir:/**"]\npath = {folder}/evil\n',
    "promisor": "[core]\nrepositoryFormatVersion = 1\n[extensions]\npartialClone = origin\n"
    '[remote "origin"]\nurl = ext::{trap}\npromisor = true\nuploadpack = {trap}\n'
    "[protocol]\nallow = always\n",
    "worktree": "[core]\nworktree = /\nbare = false\n",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_repositorys_configuration_runs_nothing(repository: Path, trap: Path, kind: str) -> None:
    (trap.parent / "evil").write_text(HOSTILE["fsmonitor"].format(trap=trap, folder=trap.parent))
    for name in ("post-index-change", "reference-transaction", "post-checkout"):
        shutil.copy(trap, trap.parent / name)
        shutil.copy(trap, repository / ".git/hooks" / name)
    with (repository / ".git/config").open("a") as config:
        config.write(HOSTILE[kind].format(trap=trap, folder=trap.parent))
    (repository / ".gitattributes").write_text("* filter=f diff=f\n")
    (repository / ".git/info/attributes").write_text("* filter=f diff=f\n")
    write(repository, {POST: TEXT.format(en="Three.", es="Uno.")})
    assert told(load(repository)) == [STALE]
    assert git.tracked(repository, ["posts", ".env"]) == {"posts"}
    assert not sprung(trap)


def test_the_traps_would_spring(repository: Path, trap: Path) -> None:
    """What git does with such a configuration when it is let."""
    with (repository / ".git/config").open("a") as config:
        config.write(HOSTILE["fsmonitor"].format(trap=trap))
    subprocess.run(["git", "status"], cwd=repository, capture_output=True)
    assert sprung(trap)


def test_a_bare_repository_in_disguise_is_a_folder(repository: Path, trap: Path) -> None:
    """A campaign in a subfolder that has all that a bare repository has, and came with a pull."""
    inner = repository / "inner"
    commit(inner, "One.", "Uno.", repository)
    commit(inner, "Two.", "Uno.", repository)
    for folder in ("objects", "refs"):
        (inner / folder).mkdir()
    (inner / "HEAD").write_text("ref: refs/heads/main\n")
    (inner / "config").rename(inner / "aside")
    (inner / "config").mkdir()
    for file in (inner / "aside").iterdir():
        file.rename(inner / "config" / file.name)
    assert told(load(inner)) == [STALE]
    shutil.rmtree(inner / "config")
    (inner / "config").write_text("[core]\nbare = true\n" + HOSTILE["fsmonitor"].format(trap=trap))
    load(inner)
    assert git.tracked(inner, ["posts"]) == {"posts"}
    assert not sprung(trap)


def test_a_program_called_git_in_the_campaign_is_not_run(
    repository: Path, trap: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(trap, repository / "git")
    monkeypatch.chdir(repository)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}{os.environ['PATH']}")
    assert told(load(repository)) == [STALE]
    assert not sprung(trap)


def test_no_secret_is_in_gits_environment(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nenv >> '{tmp_path}/seen'\nexec {shutil.which('git')} \"$@\"\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    for name in ("CAMPAIGN_BOT_ACCOUNTS__X_EN__ACCESS_TOKEN", "AWS_SECRET_ACCESS_KEY", "GIT_SSH_COMMAND"):
        monkeypatch.setenv(name, "s3cret-value")
    assert told(load(repository)) == [STALE]
    seen = (tmp_path / "seen").read_text()
    assert "GIT_TERMINAL_PROMPT" in seen
    assert "s3cret-value" not in seen
    assert "CAMPAIGN_BOT" not in seen


def test_nothing_is_said_of_a_repository_that_is_another_users(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    assert told(load(repository)) == []
    assert git.tracked(repository, ["posts"]) == set()


def test_root_reads_the_repository_of_the_campaigns_owner_and_no_other(repository: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give files away")
    for path in (repository, *repository.rglob("*")):
        os.chown(path, 4_000_000, -1, follow_symlinks=False)
    assert told(load(repository)) == [STALE]
    os.chown(repository / ".git", 4_000_001, -1)
    assert told(load(repository)) == []


def _hanging(place: Path, file: str) -> None:
    for folder in ("objects", "refs"):
        (place / folder).mkdir(parents=True)
    os.mkfifo(place / file)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda place: place.write_text("gitdir: /nowhere\n"),
        lambda place: place.write_text("gitdir: /dev/stdin\n"),
        lambda place: place.write_text("nonsense"),
        lambda place: place.write_bytes(b"gitdir: \xff\0\n"),
        lambda place: place.symlink_to("/dev/stdin"),
        lambda place: place.symlink_to("nowhere"),
        lambda place: os.mkfifo(place),  # noqa: PLW0108 - one form for all
        lambda place: place.mkdir(),
        lambda place: _hanging(place, "HEAD"),
        lambda place: _hanging(place, "config"),
        lambda place: _hanging(place, "commondir"),
    ],
)
def test_whatever_lies_there_is_no_repository(repository: Path, spoil: Callable[[Path], object]) -> None:
    shutil.rmtree(repository / ".git")
    spoil(repository / ".git")
    assert told(load(repository)) == []


def test_worktrees_and_linked_git_folders_work(repository: Path) -> None:
    other = repository.parent / "other"
    run(repository, "worktree", "add", "--quiet", "--detach", str(other))
    assert (other / ".git").is_file()
    assert told(load(other)) == [STALE]
    moved = repository.parent / "moved.git"
    (repository / ".git").rename(moved)
    (repository / ".git").symlink_to(moved)
    assert told(load(repository)) == [STALE]


def test_a_repository_of_long_names_works(tmp_path: Path) -> None:
    try:
        run(tmp_path, "init", "--quiet", "--object-format=sha256")
    except subprocess.CalledProcessError:
        pytest.skip("this git has no sha256")
    commit(tmp_path, "One.", "Uno.")
    assert told(load(tmp_path)) == []
    commit(tmp_path, "Two.", "Uno.")
    assert told(load(tmp_path)) == [STALE]


# ---------------------------------------------------------------- what is tracked


def test_what_git_tracks_is_known_by_commit_and_by_index(repository: Path) -> None:
    for name in (".env", ".ENV.local", "other"):
        (repository / name).write_text("x")
    names = [".env", ".env.local", "var"]
    assert git.tracked(repository, names) == set()
    run(repository, "add", "--force", ".env")
    assert git.tracked(repository, names) == {".env"}
    run(repository, "commit", "--quiet", "--message=pulled")
    run(repository, "rm", "--quiet", "--cached", ".env")
    assert git.tracked(repository, names) == {".env"}
    (repository / "var").mkdir()
    (repository / "var/campaign.db").write_text("x")
    run(repository, "add", "--force", "var", ".ENV.local")
    assert git.tracked(repository, names) == {".env", ".env.local", "var"}


def test_what_is_tracked_is_known_in_a_folder_of_the_repository_and_before_the_first_commit(
    tmp_path: Path,
) -> None:
    run(tmp_path, "init", "--quiet")
    inner = write(tmp_path / "a b" / "campaign")
    (inner / ".env").write_text("x")
    (tmp_path / "var").mkdir()
    assert git.tracked(inner, [".env", "var", "posts"]) == set()
    run(tmp_path, "add", "--all")
    run(tmp_path, "update-index", "--split-index")
    assert git.tracked(inner, [".env", "var", "posts"]) == {".env", "posts"}
    run(tmp_path, "commit", "--quiet", "--message=all")
    (tmp_path / ".git/index").unlink()
    assert git.tracked(inner, [".env", "var", "posts"]) == {".env", "posts"}


# ---------------------------------------------------------------- how much is read


def test_a_post_that_was_ever_large_is_passed_over_and_the_others_are_not(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / POST).write_text(TEXT.format(en="Three. " * 60_000, es="Uno."))
    run(repository, "commit", "--quiet", "--all", "--message=large")
    other = POST.replace("letter", "other")
    for en in ("Four.", "Five."):
        (repository / other).write_text(TEXT.format(en=en, es="Cuatro."))
        commit(repository, "Three.", "Uno.")
    asked: list[bytes] = []
    read = git.Repository.read

    def listened(self: git.Repository, *arguments: str, given: bytes = b"") -> bytes:
        answer = read(self, *arguments, given=given)
        asked.append(answer)
        return answer

    monkeypatch.setattr(git.Repository, "read", listened)
    assert told(load(repository)) == [STALE.replace("letter", "other")]
    assert max(map(len, asked)) < 100_000


def test_no_more_is_read_than_there_is_room_for(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(load(repository)) == [STALE]
    monkeypatch.setattr(history, "MOST_IN_ALL", 100)
    assert told(load(repository)) == []


def test_huge_old_versions_cost_nothing(repository: Path) -> None:
    """As many bytes as fit in few: each version 200 MB, and all of them together some 200 kB."""
    for number in range(3):
        name = _huge_blob(repository, 200_000_000, number)
        run(repository, "update-index", "--cacheinfo", f"100644,{name},{POST}")
        run(repository, "commit", "--quiet", "--message=huge")
    run(repository, "reset", "--quiet", "--mixed", "HEAD~3")
    commit(repository, "Three.", "Uno.")
    begun = time.monotonic()
    load(repository)
    assert time.monotonic() - begun < 20


def _huge_blob(root: Path, size: int, number: int) -> str:
    head = b"blob %d\0" % size
    piece = b"%d" % number * 1_000_000
    digest, packer = hashlib.sha1(head, usedforsecurity=False), zlib.compressobj(1)
    packed = packer.compress(head)
    for _ in range(size // len(piece)):
        digest.update(piece)
        packed += packer.compress(piece)
    name = digest.hexdigest()
    path = root / ".git/objects" / name[:2] / name[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(packed + packer.flush())
    return name


def test_a_git_that_does_not_answer_is_not_waited_for(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexec sleep 30\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(git, "PATIENCE", 0.3)
    begun = time.monotonic()
    assert told(load(repository)) == []
    assert time.monotonic() - begun < 15
    with pytest.raises(git.GitError):
        git.tracked(repository, [".env"])


def test_a_git_that_never_ends_its_answer_is_stopped(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexec yes\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(git, "MOST_ANSWER", 1_000_000)
    assert told(load(repository)) == []
