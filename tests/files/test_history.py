"""A translation older than its original, as git remembers it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from campaign_bot.model import Severity
from support.files import POST, load, told, write

STALE = f"{POST}:7:1 es stale-translation"


class Repository:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> None:
        names = {
            f"GIT_{who}_{what}": "a@b.test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        environment = {**os.environ, **names, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(["git", *arguments], cwd=self.root, env=environment, check=True, capture_output=True)

    def commit(self, en: str, es: str, more: str = "") -> None:
        self.write(en, es, more)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=change")

    def write(self, en: str, es: str, more: str = "") -> None:
        write(self.root, {POST: f"---\nat: 2026-12-01 09:00\n---\n## en\n{en}\n## es\n{es}\n{more}"})

    def told(self) -> list[str]:
        return told(load(self.root))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_the_original_changed_later(repository: Repository) -> None:
    repository.commit("One.", "Uno.")
    repository.commit("Two.", "Uno.")
    loaded = load(repository.root)
    assert told(loaded) == [STALE]
    assert loaded.problems[0].severity is Severity.WARNING
    assert loaded.problems[0].params == {"language": "es", "original": "en"}
    assert loaded.campaign
    assert loaded.campaign.broken == frozenset()


def test_both_changed_together(repository: Repository) -> None:
    repository.commit("One.", "Uno.")
    repository.commit("Two.", "Dos.")
    assert repository.told() == []


def test_the_translation_followed(repository: Repository) -> None:
    repository.commit("One.", "Uno.")
    repository.commit("Two.", "Uno.")
    repository.commit("Two.", "Dos.")
    assert repository.told() == []


def test_only_the_translation_changed(repository: Repository) -> None:
    repository.commit("One.", "Uno.")
    repository.commit("One.", "Dos.")
    assert repository.told() == []


def test_the_original_went_back_to_what_was_translated(repository: Repository) -> None:
    for en in ("One.", "Two.", "One."):
        repository.commit(en, "Uno.")
    assert repository.told() == []


def test_white_space_and_settings_are_no_change(repository: Repository) -> None:
    repository.commit("One  two.", "Uno.")
    repository.commit("One\ntwo.", "Uno.")
    (path,) = repository.root.glob(POST)
    path.write_text(path.read_text().replace("09:00", "10:00"))
    repository.git("commit", "--quiet", "--all", "--message=later")
    assert repository.told() == []


def test_the_working_copy_counts(repository: Repository) -> None:
    repository.commit("One.", "Uno.")
    repository.write("Two.", "Uno.")
    assert repository.told() == [STALE]
    repository.write("Two.", "Dos.")
    assert repository.told() == []


def test_a_branch_counts_as_what_it_brought(repository: Repository) -> None:
    """Text and translation came in two commits of one branch: merged, they are one change."""
    repository.commit("One.", "Uno.")
    repository.git("switch", "--quiet", "--create", "branch")
    repository.commit("One.", "Dos.")
    repository.commit("Two.", "Dos.")
    assert repository.told() == [STALE]
    repository.git("switch", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "--message=merge", "branch")
    assert repository.told() == []


def test_a_campaign_in_a_folder_of_the_repository(tmp_path: Path) -> None:
    outer = Repository(tmp_path)
    inner = tmp_path / "campaign with spaces"
    for en in ("One.", "Two."):
        write(inner, {POST: f"---\nat: 2026-12-01 09:00\n---\n## en\n{en}\n## es\nUno.\n"})
        outer.git("add", "--all")
        outer.git("commit", "--quiet", "--message=change")
    assert told(load(inner)) == [f"{POST}:7:1 es stale-translation"]


def test_a_shallow_clone_says_nothing(
    repository: Repository, tmp_path_factory: pytest.TempPathFactory
) -> None:
    repository.commit("One.", "Uno.")
    repository.commit("Two.", "Uno.")
    clone = tmp_path_factory.mktemp("clone") / "shallow"
    repository.git("clone", "--quiet", "--depth=1", repository.root.as_uri(), str(clone))
    assert told(load(clone)) == []


def test_without_git_there_is_nothing_to_say(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.write("One.", "Uno.")
    assert repository.told() == [], "no commit yet"
    repository.commit("One.", "Uno.")
    repository.commit("Two.", "Uno.")
    monkeypatch.setenv("PATH", "")
    assert repository.told() == []


def test_a_hook_of_another_repository_does_not_mislead(
    repository: Repository, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit("One.", "Uno.")
    repository.commit("Two.", "Uno.")
    monkeypatch.setenv("GIT_DIR", str(tmp_path_factory.mktemp("other")))
    assert repository.told() == [STALE]
