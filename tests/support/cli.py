"""The command line in this process: ``run("check", root=folder)``, with a clock that stands still."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any
from unittest import mock

from click.testing import CliRunner, Result

from campaign_bot.cli import main
from campaign_bot.cli.session import Session

NOW = dt.datetime(2026, 11, 24, 20, 0, tzinfo=dt.UTC)  # 12:00 in Los Angeles, a week before the campaign
CLEAN = dict.fromkeys(("LANGUAGE", "LC_ALL", "LC_MESSAGES", "CAMPAIGN_BOT_LANG", "CAMPAIGN_BOT_LIVE"))


def run(
    *args: str,
    root: Path | None = None,
    now: dt.datetime = NOW,
    answer: str | None = None,
    **env: str,
) -> Result:
    """Call the program; other keywords are environment variables. English unless they say otherwise."""
    words = ["--root", str(root), *args] if root is not None else [*args]
    with mock.patch.object(Session, "now", lambda _self: now):
        return CliRunner().invoke(main, words, env={**CLEAN, "LANG": "C.UTF-8", **env}, input=answer)


def read(*args: str, root: Path, **more: Any) -> Any:
    """What a command writes as JSON on stdout, and nothing else there."""
    return json.loads(run(*args, "--json", root=root, **more).stdout)
