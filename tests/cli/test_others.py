"""``init``, ``new``, ``rehearse``, ``worker --once`` and ``accounts``."""

import json
import os
from pathlib import Path

import pytest
from click.testing import Result

from campaign_bot.platforms import registry
from campaign_bot.platforms.base import Identity
from campaign_bot.platforms.errors import Refused
from support.cli import read, run
from support.fakes_mastodon import FakeMastodon
from support.files import ACCOUNTS, CAMPAIGN, FOLDER, POST, write

# ---------------------------------------------------------------- init, new


@pytest.fixture
def started(tmp_path: Path) -> Path:
    root = tmp_path / "our campaign: «asilo»"
    result = run("init", str(root), "--timezone", "America/Tijuana")
    assert result.exit_code == 0, result.output
    return root


def test_a_new_campaign_is_clean_and_can_be_rehearsed(started: Path) -> None:
    assert run("check", root=started).output == "No problems.\n"
    rows = read("rehearse", "--days", "8", root=started)
    assert {row["highlight"] for row in rows} == {"news", "reasons/1-first", "reasons/2-second"}
    assert all(row["planned"] == row["published"] > 0 for row in rows)
    assert read("plan", root=started)[0]["at"] == "2026-11-25T09:00:00-08:00"  # from tomorrow on


def test_init_overwrites_nothing(started: Path) -> None:
    before = {path: path.read_bytes() for path in started.rglob("*") if path.is_file()}
    result = run("init", str(started))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("is there already, and was left as it is.\n")
    assert before == {path: path.read_bytes() for path in started.rglob("*") if path.is_file()}


def test_init_takes_a_folder_whose_name_is_no_text(tmp_path: Path) -> None:
    root = tmp_path / os.fsdecode(b"campa\xf1a")
    result = run("init", str(root))
    assert result.exit_code == 0, result.output
    assert 'name: "campa\ufffda"' in (root / "config/campaign.yaml").read_text("utf-8")


def test_init_leaves_a_gitignore_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.bak\n")
    assert run("init", str(tmp_path)).exit_code == 0
    assert (tmp_path / ".gitignore").read_text() == "*.bak\n"


def test_init_knows_what_zone_was_meant(tmp_path: Path) -> None:
    result = run("init", str(tmp_path / "new"), "--timezone", "America/El_Paso")
    assert result.exit_code == 2
    assert "Did you mean “America/Denver”?" in result.stderr
    assert not (tmp_path / "new").exists()


def test_a_new_post_waits_for_its_words(tmp_path: Path) -> None:
    root = write(tmp_path)
    assert run("new", "launch/thanks", "--at", "day 1 10:00", root=root).exit_code == 0
    assert (root / "posts/launch/thanks.md").read_text(encoding="utf-8") == (
        "---\nat: day 1 10:00\n---\n\n## English\n\n## Español\n"
    )
    assert [problem["code"] for problem in read("check", root=root)] == ["empty-text", "empty-text"]


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["launch/letter"], 1, "posts/launch/letter.md is there already"),
        (["lanch/thanks"], 2, "There is no queue lanch. Did you mean “launch”?"),
        (["launch"], 2, "launch cannot be the name of a post."),
        (["launch/../../x"], 2, "launch/../../x cannot be the name of a post."),
        (["launch/a:b"], 2, "launch/a:b cannot be the name of a post."),
        (["launch/a\nb"], 2, "cannot be the name of a post."),
        (["launch/ a "], 2, "cannot be the name of a post."),
        (["launch/" + "a" * 201], 2, "cannot be the name of a post."),
        (["launch/README"], 2, "launch/README cannot be the name of a post."),
        (["launch/#1"], 2, "launch/#1 cannot be the name of a post."),
        (["launch/a", "--at", "tomorrow"], 2, "tomorrow is not a time to publish at."),
        (["launch/a", "--at", "2026-02-30 09:00"], 2, "2026-02-30 09:00 is not a time to publish at."),
        (["turns/a", "--at", "day 1 10:00"], 2, "--at has no effect here: in the queue turns"),
    ],
)
def test_what_cannot_be_a_new_post(tmp_path: Path, args: list[str], code: int, told: str) -> None:
    root = write(tmp_path, {"posts/turns/queue.yaml": "order: rotation\nslots: [daily 12:00]\n"})
    result = run("new", *args, root=root)
    assert (result.exit_code, told in result.stderr) == (code, True)


def test_a_place_that_cannot_be_written_to_is_told_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("no folder")
    target = str(tmp_path / "notes" / "new")
    assert run("init", target).stderr.endswith("config cannot be read or written (Not a directory).\n")
    result = run("--lang", "es", "init", target)
    assert result.exit_code == 1
    assert result.stderr.startswith("No se puede leer ni escribir: ")


# ---------------------------------------------------------------- rehearse, worker


def test_a_rehearsal_ends_with_an_account_and_a_report(tmp_path: Path) -> None:
    root = write(tmp_path)
    result = run("rehearse", "--report", str(tmp_path / "report.html"), root=root, LANG="es_MX.UTF-8")
    assert result.exit_code == 0
    total, *costs = result.stdout.splitlines()[-3:]
    assert "Total" in total
    assert costs == ["x-en cuesta 0,025 US$.", "x-es cuesta 0,025 US$."]  # a post, and one look who we are
    assert result.stderr == f"El informe es {tmp_path / 'report.html'}.\n"
    assert '<html lang="es">' in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_json_of_a_rehearsal_has_just_these_fields(tmp_path: Path) -> None:
    first, *_ = read("rehearse", root=write(tmp_path))
    assert first == {
        "account": "x-en",
        "language": "en",
        "highlight": "launch",
        "planned": 1,
        "published": 1,
        "missed": 0,
        "unconfirmed": 0,
        "other": 0,
    }


def test_a_rehearsal_from_another_day(tmp_path: Path) -> None:
    assert read("rehearse", "--from", "2026-12-02", root=write(tmp_path)) == []


def test_a_rehearsal_of_a_broken_configuration_is_empty(tmp_path: Path) -> None:
    result = run("rehearse", "--json", root=write(tmp_path, {ACCOUNTS: "accounts:\n"}))
    assert (result.exit_code, result.stdout) == (1, "[]\n")


def test_a_held_post_is_no_failure_of_a_rehearsal(tmp_path: Path) -> None:
    held = "---\nat: 2026-12-01 09:00\nhold: true\n---\n## en\nA.\n## es\nB.\n"
    result = run("rehearse", "--json", root=write(tmp_path, {POST: held}))
    assert (result.exit_code, [row["other"] for row in json.loads(result.stdout)]) == (0, [1, 1, 1, 1])


def test_a_missed_post_is_a_failure_of_a_rehearsal(tmp_path: Path) -> None:
    held = "---\nat: 2026-12-01 09:00\nhold: true\n---\n## en\nA.\n## es\nB.\n"
    ends = FOLDER[CAMPAIGN].replace("starts:", "ends: 2026-12-02\n        starts:")
    root = write(tmp_path, {CAMPAIGN: ends, POST: held})
    assert run("rehearse", root=root).exit_code == 1


def test_a_dry_worker_publishes_what_is_due_to_nobody(tmp_path: Path) -> None:
    result = run("worker", "--once", root=write(tmp_path))
    assert result.exit_code == 0
    assert (tmp_path / "var" / "dry-run.db").exists()
    assert not (tmp_path / "var" / "campaign.db").exists()


# ---------------------------------------------------------------- accounts

SECRETS = {
    "CAMPAIGN_BOT_ACCOUNTS__FEDIVERSE__ACCESS_TOKEN": "0123456789",
    "CAMPAIGN_BOT_ACCOUNTS__OTHER__ACCESS_TOKEN": "9876543210",
}
TWO = """\
accounts:
  fediverse: {platform: mastodon, languages: [en, es], base_url: "https://social.test"}
  other: {platform: mastodon, languages: [en], base_url: "https://social.test"}
"""


def test_accounts_tell_which_secrets_are_missing(tmp_path: Path) -> None:
    root = write(tmp_path)
    result = run("accounts", root=root)
    assert result.exit_code == 1
    assert "Missing secrets: ACCESS_TOKEN" in result.stdout
    fediverse = read("accounts", root=root)[-1]
    assert fediverse == {
        "account": "fediverse",
        "platform": "mastodon",
        "languages": ["en", "es"],
        "missing": ["ACCESS_TOKEN"],
        "stopped": None,
        "checked": False,
        "identity": None,
        "error": None,
        "reason": None,
        "spent": None,
        "budget": None,
    }


def test_accounts_with_credentials_are_good(tmp_path: Path) -> None:
    root = write(tmp_path, {ACCOUNTS: TWO, "posts/launch/letter.md": None})
    result = run("accounts", root=root, **SECRETS)
    assert (result.exit_code, "0123456789" in result.output) == (0, False)


def test_nothing_is_asked_without_live(tmp_path: Path) -> None:
    result = run("accounts", "check", root=write(tmp_path))
    assert result.exit_code == 2
    assert "Say --live if you want that." in result.stderr


class Known:
    """An adapter whose login is the same whatever the account."""

    def __init__(self, account: object, secrets: object) -> None:
        """As any adapter."""

    def verify(self) -> Identity:
        return Identity("7", "@us@mastodon.example", limits={"posts": "300 a day"})


class Expired(Known):
    def verify(self) -> Identity:
        raise Refused("The token has expired", account_broken=True)


def test_a_check_tells_who_the_credentials_belong_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "connect", Known)
    root = write(tmp_path, {ACCOUNTS: TWO})
    result = run("accounts", "check", "--live", "--json", root=root, **SECRETS)
    first, second = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (first["checked"], first["error"], first["identity"]) == (
        True,
        None,
        {
            "id": "7",
            "handle": "@us@mastodon.example",
            "url": None,
            "expires_at": None,
            "limits": {"posts": "300 a day"},
            "notes": [],
        },
    )
    assert second["error"] == "the same login as the account fediverse"


SERVER = "CAMPAIGN_BOT_ACCOUNTS__FAKE__ACCESS_TOKEN"


def checked(folder: Path, fake: FakeMastodon, *words: str, **env: str) -> Result:
    accounts = f"accounts:\n  fake: {{platform: mastodon, languages: [en], base_url: '{fake.url}'}}\n"
    root = write(folder, {ACCOUNTS: accounts})
    return run(
        "accounts", "check", "--live", *words, root=root, **{SERVER: fake.secrets["ACCESS_TOKEN"]}, **env
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The credential may read, but not publish: follow read"),
        ("es", "La credencial puede leer, pero no publicar"),
    ],
)
def test_a_check_says_that_a_token_may_not_write(tmp_path: Path, language: str, words: str) -> None:
    with FakeMastodon() as fake:
        fake.enable().scopes = ["read", "follow"]
        result = checked(tmp_path, fake, "--json", CAMPAIGN_BOT_LANG=language)
    assert result.exit_code == 1
    assert words in json.loads(result.stdout)[0]["error"]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "“followers only”"), ("es", "“solo para seguidores”")]
)
def test_a_check_says_what_the_accounts_own_visibility_is(tmp_path: Path, language: str, words: str) -> None:
    with FakeMastodon() as fake:
        fake.enable().default = "private"
        result = checked(tmp_path, fake, CAMPAIGN_BOT_LANG=language)
        told = checked(tmp_path, fake, "--json", CAMPAIGN_BOT_LANG=language)
    assert result.exit_code == told.exit_code == 0
    assert words.split()[0] in result.stdout
    assert words in json.loads(told.stdout)[0]["identity"]["notes"][0]


def test_a_check_tells_in_the_platforms_words_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "connect", Expired)
    result = run("accounts", "check", "--live", root=write(tmp_path, {ACCOUNTS: TWO}), **SECRETS)
    assert (result.exit_code, "The token has expired" in result.stdout) == (1, True)
