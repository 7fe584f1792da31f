"""What a worker is made of: an account's credentials are those of the moment it is verified."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from campaign_bot.app import wiring
from campaign_bot.app.trust import Trust, Trusted
from campaign_bot.platforms.errors import Refused
from campaign_bot.settings import Settings, load
from support import campaigns

TRUST = Trust(None, lambda: dt.datetime.now(dt.UTC), "test")
ACCOUNT = campaigns.account("fediverse", "mastodon", ("en",), base_url="https://mastodon.example")


def test_a_credential_that_is_mended_needs_no_restart(tmp_path: Path) -> None:
    settings = load(tmp_path)
    with pytest.raises(Refused) as refused:
        wiring.fresh_adapter(tmp_path, settings, TRUST, ACCOUNT)
    assert (refused.value.reason, refused.value.account_broken) == ("no-credentials: ACCESS_TOKEN", True)
    (tmp_path / ".env").write_text("CAMPAIGN_BOT_ACCOUNTS__FEDIVERSE__ACCESS_TOKEN=token\n", encoding="utf-8")
    assert isinstance(wiring.fresh_adapter(tmp_path, settings, TRUST, ACCOUNT), Trusted)


def test_settings_that_cannot_be_read_any_more_leave_the_old_ones(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings.model_validate({"accounts": {"fediverse": {"access_token": "token"}}})
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    assert isinstance(wiring.fresh_adapter(tmp_path, settings, TRUST, ACCOUNT), Trusted)
    assert ".env" in caplog.text
