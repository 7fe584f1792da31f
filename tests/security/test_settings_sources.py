"""Where settings come from, and where not: what a hostile commit, or another user, can put into them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_bot import settings, sources
from campaign_bot.i18n.sentences import Unable, sentence
from campaign_bot.settings import Settings
from support.cli import read, run
from support.files import write

TOKEN = "CAMPAIGN_BOT_ACCOUNTS__X_EN__ACCESS_TOKEN"
PIN = "CAMPAIGN_BOT_ACCOUNTS__X_EN__SERVER"
SECRET = "s3cret-token-0123"
STRANGER = 65534


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder as the current one, and no secrets directory of the system."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(sources, "DEFAULT_SECRETS_DIR", tmp_path / "nothing")
    return here


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "campaign")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The secrets directory."""
    made = tmp_path / "secrets"
    made.mkdir()
    monkeypatch.setenv("CAMPAIGN_BOT_SECRETS_DIR", str(made))
    return made


def put(root: Path, *lines: str) -> Path:
    file = root / ".env"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    file.chmod(0o600)
    return file


def token(root: Path) -> str:
    return settings.load(root).secrets_for("x-en")["ACCESS_TOKEN"]


def refused(root: Path) -> Unable:
    with pytest.raises(Unable) as error:
        settings.load(root)
    assert SECRET not in sentence(error.value.code, error.value.params)
    return error.value


# ---------------------------------------------------------------- as written


@pytest.mark.parametrize(
    "value",
    [
        "${HOME}",
        "$HOME",
        "${HOME:-x}",
        "pa$$word",
        "a${b",
        "$(id)",
        "`id`",
        "%HOME%",
        "{HOME}",
        "a}b$",
        "\\n",
    ],
)
@pytest.mark.parametrize("quote", ["", "'"])
def test_nothing_is_interpolated(root: Path, value: str, quote: str) -> None:
    put(root, f"{TOKEN}={quote}{value}{quote}", f"export CAMPAIGN_BOT_NOTIFY=json://host/{value}")
    assert token(root) == value
    assert settings.load(root).addresses() == (f"json://host/{value}",)


@given(st.text(st.characters(codec="utf-8", exclude_characters="'\\\r\n"), min_size=1))
def test_a_quoted_secret_is_what_it_is(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    root = tmp_path_factory.mktemp("campaign")
    put(root, f"{TOKEN}='{value}'")
    assert token(root) == value


@pytest.mark.parametrize(
    "content", [b"\xff\xfeC\0A\0", b"\x80", b"\0" * 9, b"=\n", b"'", b"[" * 99_999, b"A" * 3_000_000]
)
@pytest.mark.parametrize("place", [".env", "../secrets/" + TOKEN])
def test_whatever_is_in_it_there_is_an_answer(root: Path, folder: Path, place: str, content: bytes) -> None:
    file = root / place
    assert file.parent.samefile(folder if "secrets" in place else root)
    file.write_bytes(content)
    file.chmod(0o600)
    assert run("status", root=root).exit_code in (0, 1)


# ---------------------------------------------------------------- the order, and two places


def test_each_place_is_read(root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, f"{TOKEN}=from-the-file")
    assert token(root) == "from-the-file"
    (root / ".env").unlink()
    (folder / TOKEN.lower()).write_text("from-the-folder\n")
    assert token(root) == "from-the-folder"
    (folder / TOKEN.lower()).unlink()
    monkeypatch.setenv(TOKEN, "from-the-environment")
    assert token(root) == "from-the-environment"


def test_an_empty_environment_leaves_it_to_the_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, f"{TOKEN}={SECRET}")
    monkeypatch.setenv(TOKEN, "")
    assert token(root) == SECRET


def test_the_same_in_all_places_is_well(root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, f"{TOKEN}={SECRET}")
    (folder / TOKEN).write_text(f"{SECRET}\n")
    monkeypatch.setenv(TOKEN, SECRET)
    assert token(root) == SECRET


@pytest.mark.parametrize("places", [("environment", "folder"), ("environment", "file"), ("folder", "file")])
def test_another_value_in_another_place_names_both_and_neither_value(
    root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, places: tuple[str, str]
) -> None:
    for place in places:
        if place == "environment":
            monkeypatch.setenv(TOKEN, f"{SECRET}-environment")
        elif place == "folder":
            (folder / TOKEN).write_text(f"{SECRET}-folder")
        else:
            put(root, f"{TOKEN}={SECRET}-file")
    named = {"environment": "the environment", "folder": str(folder), "file": str(root / ".env")}
    error = refused(root)
    assert (error.code, error.params["name"]) == ("setting-twice", TOKEN)
    assert (error.params["first"], error.params["second"]) == tuple(named[place] for place in places)


def test_a_person_may_read_another_language_than_the_campaign(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(root, "CAMPAIGN_BOT_LANG=es")
    monkeypatch.setenv("CAMPAIGN_BOT_LANG", "en")
    assert settings.load(root).lang == "en"


def test_the_current_folders_env_is_nobodys(root: Path, elsewhere: Path) -> None:
    put(elsewhere, "CAMPAIGN_BOT_LIVE=true", f"{TOKEN}={SECRET}")
    loaded = settings.load(root)
    assert (loaded.live, loaded.secrets_for("x-en")) == (False, {})


def test_a_name_that_is_no_setting_is_told_with_what_was_meant(root: Path) -> None:
    put(root, "CAMPAIGN_BOT_LIFE=true", "OTHER=1", "CAMPAIGN_BOT_ACCOUNTS__X_EN__API_KEY=k")
    result = run("check", root=root)
    assert (result.exit_code, result.stderr) == (
        0,
        "There is no setting CAMPAIGN_BOT_LIFE. Did you mean “CAMPAIGN_BOT_LIVE”?\n",
    )
    assert read("status", root=root)["mode"] == "dry"
    assert "No existe el ajuste" in run("check", root=root, LANG="es_MX.UTF-8").stderr


# ---------------------------------------------------------------- whose .env


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("top", [".", ".."])
@pytest.mark.parametrize("name", [".env", "var/campaign.db"])
@pytest.mark.parametrize("is_committed", [True, False])
def test_what_git_brings_is_refused(root: Path, top: str, name: str, is_committed: bool) -> None:
    (root / ".gitignore").write_text("/var/\n.env\n")
    put(root, "CAMPAIGN_BOT_LIVE=true")
    (root / "var").mkdir(mode=0o700)
    (root / "var/campaign.db").touch()
    git(root / top, "init")
    git(root, "add", "--all")
    git(root, "commit", "-m", "Posts")
    assert run("pause", root=root).exit_code == 0  # ignored, as it should be
    git(root, "add", "-f", name)
    if is_committed:
        git(root, "commit", "-m", "More posts")
    result = run("resume", root=root)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"git tracks {root / name.partition('/')[0]}:")


@pytest.mark.parametrize("folder", ["secrets", ".", "posts/media"])
@pytest.mark.parametrize("name", [TOKEN, PIN])
def test_nor_does_it_bring_a_file_of_the_secrets_directory(root: Path, folder: str, name: str) -> None:
    """A pin would move the token that is there to any server."""
    (root / folder).mkdir(parents=True, exist_ok=True)
    secret, other = root / folder / TOKEN, root / folder / name
    secret.write_text(SECRET)
    put(root, f"CAMPAIGN_BOT_SECRETS_DIR={folder}")
    git(root, "init")
    git(root, "add", "posts/launch")
    assert token(root) == SECRET
    other.write_text(SECRET)
    git(root, "add", "-f", str(other))
    assert refused(root).code == "tracked-by-git"
    git(root, "commit", "-m", "A server")
    assert refused(root).params["file"].resolve() == other


def test_a_secrets_directory_counts_from_the_root_too(root: Path, elsewhere: Path) -> None:
    """Not from wherever somebody happens to be: that may be a folder of anybody's."""
    put(root, "CAMPAIGN_BOT_SECRETS_DIR=secrets")
    for folder, value in ((elsewhere, "another-token-4567"), (root, SECRET)):
        (folder / "secrets").mkdir()
        (folder / "secrets" / TOKEN).write_text(value)
    assert token(root) == SECRET


@pytest.mark.parametrize("name", ["live.db", "live.db-wal", "live.db-journal"])
def test_a_ledger_that_git_brings_is_refused_wherever_it_lies(root: Path, name: str) -> None:
    """It would say that the secrets belong to any server, and that nothing was published."""
    env = {"CAMPAIGN_BOT_DATABASE_URL": "sqlite:///ledgers/live.db"}
    assert run("pause", root=root, **env).exit_code == 0
    (root / "ledgers" / name).touch(0o600)
    git(root, "init")
    git(root, "add", "-f", f"ledgers/{name}")
    result = run("resume", root=root, **env)
    assert (result.exit_code, result.stderr.startswith("git tracks ")) == (1, True)


def test_without_git_there_is_nothing_that_it_brought(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, f"{TOKEN}={SECRET}")
    git(root, "init")
    monkeypatch.setenv("PATH", str(root))
    assert token(root) == SECRET


@pytest.mark.parametrize("file", ["index", "HEAD", "config"])
def test_a_git_that_cannot_say_is_not_believed(root: Path, file: str) -> None:
    put(root, f"{TOKEN}={SECRET}")
    git(root, "init")
    (root / ".git" / file).write_bytes(b"\xff no index at all")
    assert refused(root).code == "git-silent"


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_change_is_refused(root: Path, folder: Path, mode: int) -> None:
    file = put(root, f"{TOKEN}={SECRET}")
    file.chmod(mode)
    assert (refused(root).code, "chmod 600" in run("status", root=root).stderr) == ("settings-open", True)
    file.unlink()
    (folder / TOKEN).write_text(SECRET)
    (folder / TOKEN).chmod(mode)
    assert refused(root).code == "settings-open"


def test_a_file_that_others_may_read_is_read(root: Path, folder: Path) -> None:
    """The system's secrets are like that; of ``.env``, ``health`` says it."""
    put(root, f"{TOKEN}={SECRET}").chmod(0o644)
    (folder / TOKEN).write_text(SECRET)
    (folder / TOKEN).chmod(0o444)
    assert token(root) == SECRET


def test_a_file_of_another_user_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put(root, f"{TOKEN}={SECRET}")
    if os.geteuid() == 0:
        os.chown(file, STRANGER, STRANGER)
        assert refused(root).code == "settings-not-ours"
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    assert refused(root).code == "settings-not-ours"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_systems_secrets_may_be_roots_and_root_may_use_anothers_campaign(
    root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / TOKEN).write_text(SECRET)
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: STRANGER)
        assert token(root) == SECRET
    os.chown(root, STRANGER, STRANGER)
    os.chown(put(root, f"{TOKEN}={SECRET}"), STRANGER, STRANGER)
    assert token(root) == SECRET
    os.chown(folder / TOKEN, STRANGER, STRANGER)
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: STRANGER + 1)
        (root / ".env").unlink()
        assert refused(root).code == "settings-not-ours"


def test_a_link_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_text(f"{TOKEN}={SECRET}")
    (root / ".env").symlink_to(tmp_path / "other")
    assert refused(root).code == "settings-not-a-file"
    (root / ".env").unlink()
    (root / ".env").symlink_to("nothing")
    assert refused(root).code == "settings-not-a-file"


def test_a_pipe_is_refused_and_a_folder_of_that_name_is_something_else(root: Path) -> None:
    os.mkfifo(root / ".env")
    assert refused(root).code == "settings-not-a-file"
    (root / ".env").unlink()
    (root / ".env").mkdir()  # a virtual environment
    assert settings.load(root).secret_values() == frozenset()


def test_secrets_as_kubernetes_mounts_them(root: Path, folder: Path, tmp_path: Path) -> None:
    """Each a link to a link inside of the mount; one that leads out of it is refused."""
    (folder / "..2026_11_27").mkdir()
    (folder / "..2026_11_27" / TOKEN).write_text(SECRET)
    (folder / "..data").symlink_to("..2026_11_27")
    (folder / TOKEN).symlink_to(f"..data/{TOKEN}")
    assert token(root) == SECRET
    (tmp_path / "outside").write_text(SECRET)
    (folder / TOKEN).unlink()
    (folder / TOKEN).symlink_to(tmp_path / "outside")
    assert refused(root).code == "settings-link"


# ---------------------------------------------------------------- which campaign


def test_the_campaign_may_be_named_in_the_environment(root: Path) -> None:
    assert run("check", CAMPAIGN_BOT_ROOT=str(root)).exit_code == 0
    assert run("check", CAMPAIGN_BOT_ROOT=str(root / "posts")).exit_code == 2


def test_a_campaign_that_is_only_found_by_looking_upward_has_to_be_ours(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root / "posts")
    assert run("check").exit_code == 0
    monkeypatch.setattr(os, "geteuid", lambda: root.stat().st_uid + 1)
    result = run("check")
    assert (result.exit_code, "belongs to another user" in result.stderr) == (2, True)
    assert run("check", root=root).exit_code == 0
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert run("check").exit_code == 0


# ---------------------------------------------------------------- which ledger


def test_a_ledger_named_by_a_relative_path_is_the_same_from_everywhere(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(root, "CAMPAIGN_BOT_DATABASE_URL=sqlite:///ledgers/live.db", "CAMPAIGN_BOT_STATE_DIR=kept")
    for here in (root, root / "posts"):
        monkeypatch.chdir(here)
        loaded = settings.load(root)
        assert loaded.ledger_at(root, live=True) == root / "ledgers/live.db"
        assert loaded.ledger_at(root, live=False) == root / "kept/dry-run.db"


@pytest.mark.parametrize("url", ["sqlite:///var/dry-run.db", "sqlite:///posts/../var/dry-run.db"])
def test_live_and_dry_are_never_one_file(root: Path, url: str) -> None:
    result = run("pause", root=root, CAMPAIGN_BOT_DATABASE_URL=url)
    assert (result.exit_code, "names the ledger of dry runs" in result.stderr) == (1, True)


def test_settings_that_nobody_read_have_their_defaults(tmp_path: Path) -> None:
    assert Settings().ledger_at(tmp_path, live=True) == tmp_path / "var/campaign.db"
