"""Settings are typed, and keep their secrets; where they come from: security/test_settings_sources.py."""

from pathlib import Path

import pytest

from campaign_bot import settings, sources
from campaign_bot.i18n.sentences import Unable, sentence
from campaign_bot.ledger import LedgerError

TOKEN = "CAMPAIGN_BOT_ACCOUNTS__X_EN__ACCESS_TOKEN"
SECRET = "s3cret-token-0123"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of our own as the current one, and no secrets directory of the system."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(sources, "DEFAULT_SECRETS_DIR", tmp_path / "nothing")
    return here


def test_without_any_setting_nothing_is_live(tmp_path: Path) -> None:
    loaded = settings.load(tmp_path)
    assert (loaded.live, loaded.secrets_for("x-en"), loaded.secret_values()) == (False, {}, frozenset())


def test_an_accounts_secrets_by_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, SECRET)
    loaded = settings.load(tmp_path)
    assert loaded.secrets_for("x-en") == {"ACCESS_TOKEN": SECRET}
    assert loaded.secrets_for("x-es") == {}


def test_other_programs_secrets_are_not_even_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").write_bytes(b"\xff\xfe not ours")
    (tmp_path / TOKEN).write_text(SECRET)
    monkeypatch.setenv("CAMPAIGN_BOT_SECRETS_DIR", str(tmp_path))
    assert settings.load(tmp_path).secret_values() == {SECRET}


def test_no_secret_is_ever_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, SECRET)
    monkeypatch.setenv("CAMPAIGN_BOT_DATABASE_URL", "postgresql://ana:p%40ssword@db/campaign")
    loaded = settings.load(tmp_path)
    assert SECRET not in f"{loaded!r} {loaded} {loaded.model_dump()}"
    assert loaded.secret_values() == {SECRET, "p%40ssword", "p@ssword"}


MAIL = "mailto://notices:pass%21word@mail.example?to=a@b.example,c@d.example&name=The campaign"
SLACK = "slack://T0AAAAAAA/B0BBBBBBB/c0ccccccccccccc/#alerts"
HOOK = "https://hooks.slack.com/services/T123456/B234567/abcDEF123456"


@pytest.mark.parametrize("between", [" ", "\n", ",", " , ", "\r\n\t"])
def test_addresses_are_set_apart_by_spaces_line_breaks_or_commas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, between: str
) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "CAMPAIGN_BOT_NOTIFY").write_bytes(between.join((MAIL, SLACK, HOOK, "")).encode())
    monkeypatch.setenv("CAMPAIGN_BOT_SECRETS_DIR", str(secrets))
    assert settings.load(tmp_path).addresses() == (MAIL, SLACK, HOOK)


def test_every_piece_of_an_address_is_kept_out_of_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMPAIGN_BOT_NOTIFY", f"{MAIL} {SLACK} {HOOK} tgram://123456789:AAFabcdefghij/-100")
    loaded = settings.load(tmp_path)
    assert "pass" not in f"{loaded!r} {loaded} {loaded.model_dump()}"
    for piece in (
        MAIL,
        "notices",
        "pass%21word",
        "pass!word",
        "T0AAAAAAA",
        "c0ccccccccccccc",
        "abcDEF123456",
    ):
        assert loaded.without_secrets(f"<{piece}>") == "<***>"
    assert loaded.without_secrets("<123456789:AAFabcdefghij>") == "<***>"
    assert loaded.without_secrets("mail.example hooks.slack.com") == "mail.example hooks.slack.com"


def test_a_post_may_have_the_words_of_an_address_but_not_its_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "CAMPAIGN_BOT_NOTIFY", f"{MAIL} {SLACK} ntfy://asylum-reform smtp://x?smtp=smtp1.example.org"
    )
    known = settings.load(tmp_path).known_secrets()
    assert {"pass!word", "c0ccccccccccccc"} <= known
    assert known.isdisjoint(
        {"notices", "alerts", "asylum-reform", "smtp1.example.org", "a@b.example,c@d.example"}
    )


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "CAMPAIGN_BOT_LIVE",
            "s3cret-maybe",
            "The setting CAMPAIGN_BOT_LIVE has a value that it cannot have.",
        ),
        (
            "CAMPAIGN_BOT_ACCOUNTS__X_EN",
            "s3cret-maybe",
            "The setting CAMPAIGN_BOT_ACCOUNTS__X_EN has a value that it cannot have.",
        ),
        (
            "CAMPAIGN_BOT_ACCOUNTS",
            "s3cret-maybe",
            "The setting CAMPAIGN_BOT_ACCOUNTS has a value that it cannot have.",
        ),
        (
            "CAMPAIGN_BOT_SECRETS_DIR",
            "/s3cret-maybe",
            "CAMPAIGN_BOT_SECRETS_DIR names a folder that is not there.",
        ),
    ],
)
def test_a_wrong_setting_is_told_without_its_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Unable) as error:
        settings.load(tmp_path)
    assert sentence(error.value.code, error.value.params) == told
    assert error.value.__cause__ is None


def test_where_the_ledgers_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = settings.load(tmp_path)
    assert loaded.ledger_at(tmp_path, live=True) == tmp_path / "var/campaign.db"
    assert loaded.ledger_at(tmp_path, live=False) == tmp_path / "var/dry-run.db"
    monkeypatch.setenv("CAMPAIGN_BOT_DATABASE_URL", "postgresql://db/campaign")
    moved = settings.load(tmp_path)
    assert moved.ledger_at(tmp_path, live=True) == "postgresql://db/campaign"
    assert moved.ledger_at(tmp_path, live=False) == tmp_path / "var/dry-run.db"


IN_MEMORY = ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///:memory:?cache=shared"]
ELSEWHERE = ["sqlite://campaign.db", "sqlite://var/campaign.db", "sqlite://localhost/campaign.db"]


@pytest.mark.parametrize("url", [*IN_MEMORY, *ELSEWHERE])
def test_a_live_ledger_lies_in_a_file_that_its_address_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """In memory, each command would begin its own: no pause would reach the worker."""
    monkeypatch.setenv("CAMPAIGN_BOT_DATABASE_URL", url)
    with pytest.raises(LedgerError) as error:
        settings.load(tmp_path).ledger_at(tmp_path, live=True)
    assert error.value.code == "ledger-url"


def test_a_ledger_is_there_once_it_was_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not settings.load(tmp_path).has_ledger(tmp_path, live=True)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "campaign.db").touch()
    assert settings.load(tmp_path).has_ledger(tmp_path, live=True)
    assert not settings.load(tmp_path).has_ledger(tmp_path, live=False)
    (tmp_path / "var" / "campaign.db").unlink()
    monkeypatch.setenv("CAMPAIGN_BOT_DATABASE_URL", "postgresql://db/campaign")
    assert settings.load(tmp_path).has_ledger(tmp_path, live=True)
