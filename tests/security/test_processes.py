"""What the programs that we start are given: where they are, and no secret."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from campaign_bot import processes
from campaign_bot.app.telling.sending import Message, Outcome, Sender, Sent

ADDRESS = "json://127.0.0.1:9/hook"
SECRETS = {
    "CAMPAIGN_BOT_ACCOUNTS__X_EN__ACCESS_TOKEN": "s3cret-token",
    "CAMPAIGN_BOT_NOTIFY": "json://s3cret-address",
    "DATABASE_URL": "postgresql://s3cret-database",
    "GITHUB_TOKEN": "s3cret-of-others",
    "PYTHONSTARTUP": "/s3cret-path",
}


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Python that writes down where it is and what it was given."""
    code = "import json, os; print(json.dumps([os.getcwd(), dict(os.environ)]))"
    python = tmp_path / "python"
    python.write_text(
        f"#!/bin/sh\n'{sys.executable}' -c '{code}' > '{tmp_path}/seen'\nexec '{sys.executable}' \"$@\"\n"
    )
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "seen"


def test_apprises_process_knows_no_secret_and_is_not_in_the_campaign(
    seen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = tmp_path / "campaign"
    campaign.mkdir()
    (campaign / "apprise.py").write_text("raise SystemExit(1)\n")
    monkeypatch.chdir(campaign)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    assert Sender()(ADDRESS, Message()) == Sent(Outcome.SENT)
    folder, variables = json.loads(seen.read_text())
    assert folder == str(processes.NEUTRAL)
    assert not set(variables) & set(SECRETS)
    assert "s3cret" not in json.dumps(variables)
    assert variables["HTTPS_PROXY"] == "http://proxy.test:3128", "or it would reach nobody"


def test_apprise_keeps_nothing_and_looks_for_no_plugins(seen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = seen.parent / "home"
    plugins = home / ".config/apprise/plugins"
    plugins.mkdir(parents=True)
    (plugins / "evil.py").write_text(f"open('{home}/sprung', 'w')\n")
    monkeypatch.setenv("HOME", str(home))
    before = sorted(home.rglob("*"))
    assert Sender()(ADDRESS, Message("A title", ("A body",))).outcome is Outcome.FAILED
    assert sorted(home.rglob("*")) == before


def test_relative_folders_do_not_stay_in_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", ".:/usr/bin::bin:/bin")
    assert processes.environment()["PATH"] == "/usr/bin:/bin"
