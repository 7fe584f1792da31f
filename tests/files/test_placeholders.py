"""Links that are good for a rehearsal only."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaign_bot.files import placeholder_links
from support.campaigns import account, campaign, post
from support.files import line, load, write


def test_in_the_configuration_and_in_texts(tmp_path: Path) -> None:
    files = {
        "config/campaign.yaml": """\
            name: A
            timezone: UTC
            languages: [en, es]
            links:
              letter: {en: "https://example.org/letter", es: "https://the.test/carta"}
            """,
        "config/accounts.yaml": """\
            accounts:
              home: {platform: mastodon, languages: [en, es], base_url: "https://mastodon.example"}
            """,
        "posts/launch/letter.md": """\
            ---
            at: 2026-12-01 09:00
            ---
            ## en
            Read it:
            see www.example.com/letter now.
            ## es
            Lea https://the.test/example.org
            """,
    }
    loaded = load(write(tmp_path, files))
    assert loaded.problems == (), "as long as nothing goes out for real"
    assert loaded.campaign
    assert [line(problem) for problem in placeholder_links(loaded.campaign)] == [
        "config/campaign.yaml:5:12 links.letter.en placeholder-link",
        "config/accounts.yaml:2:51 accounts.home.base_url placeholder-link",
        "posts/launch/letter.md:6:5 en placeholder-link",
    ]


@pytest.mark.parametrize(
    "words", ["example.organic", "an example", "me@example.org", "for example.It", "myexample.org"]
)
def test_what_is_no_placeholder(words: str) -> None:
    assert placeholder_links(campaign(post("a/b", en=words), accounts=[account("x-en")])) == []
