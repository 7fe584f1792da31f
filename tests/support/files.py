"""A small campaign folder for tests: each test names only the files that it is about.

loaded = load(write(tmp_path, {"posts/launch/letter.md": "…"}))
assert told(loaded) == ["posts/launch/letter.md:2:1 at bad-at"]
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping
from pathlib import Path

from campaign_bot import files
from campaign_bot.files import Loaded
from campaign_bot.model import Problem
from support.campaigns import RULES

CAMPAIGN = "config/campaign.yaml"
ACCOUNTS = "config/accounts.yaml"
QUEUE = "posts/launch/queue.yaml"
POST = "posts/launch/letter.md"

FOLDER: Mapping[str, str] = {
    CAMPAIGN: """\
        name: Asylum reform now
        timezone: America/Los_Angeles
        starts: 2026-12-01
        languages: [en, es]
        links:
          letter: {en: "https://letter.test/en", es: "https://letter.test/es"}
        """,
    ACCOUNTS: """\
        accounts:
          x-en: {platform: x, languages: [en]}
          x-es: {platform: x, languages: [es]}
          fediverse:
            platform: mastodon
            languages: [en, es]
            base_url: https://social.test
        """,
    QUEUE: """\
        order: dated
        """,
    POST: """\
        ---
        at: 2026-12-01 09:00
        ---
        ## English
        The letter is out.

        ## Español
        La carta ya salió.
        """,
}


def write(root: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Path:
    """The small campaign with some files otherwise; None leaves one out. Texts are dedented."""
    for name, content in {**FOLDER, **(changes or {})}.items():
        if content is None:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).encode())
    return root


def load(root: Path, secrets: Collection[str] = ()) -> Loaded:
    """Load with the Rules of the tests' own platforms."""
    return files.load(root, RULES.get, platforms=RULES, secrets=secrets)


def told(loaded: Loaded) -> list[str]:
    """Each Problem as ``file:line:column field code``."""
    return [line(problem) for problem in loaded.problems]


def line(problem: Problem) -> str:
    where = f"{problem.file}:{problem.line}:{problem.column}"
    return " ".join(filter(None, (where, problem.field, problem.code)))
