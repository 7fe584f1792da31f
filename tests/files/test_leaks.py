"""Secrets in the campaign folder are found, told of, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaign_bot.files import leaks
from support.files import ACCOUNTS, POST, load, told, write

# Not one of these was ever a secret: they only have the shape of one.
SHAPES = {
    "Slack": "xoxb-123456789012-abcdefABCDEF",
    "Discord": "https://discord.com/api/webhooks/123456789012345678/abc-DEF_ghi",
    "Facebook": "EAAGm0PX4ZCpsBAKZCabcdEFGH1234",
    "Bearer": "Bearer AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0",
    "Telegram": "123456789:AAF-abcdefghijklmnopqrstuvwxyz12345",
    "X": "1234567890123456789-aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789abcd",
    "Bluesky": "abcd-2345-efgh-67ij",
    "PEM": "-----BEGIN RSA PRIVATE KEY-----",
    "random": "x0Y7kQ2mZ9bL4tR8vW1nC6pD3sF5gH0jKaUe",
}


def post(words: str) -> str:
    return f"---\nat: 2026-12-01 09:00\n---\n## en\n\nThe {words}\n## es\nB.\n"


@pytest.mark.parametrize("kind", SHAPES)
def test_shapes_of_secrets(tmp_path: Path, kind: str) -> None:
    secret = SHAPES[kind]
    loaded = load(write(tmp_path, {POST: post(secret)}))
    (problem,) = loaded.problems
    assert problem.code == ("secret-random" if kind == "random" else "secret-shape")
    assert (problem.line, problem.field) == (6, "")
    assert dict(problem.params) == ({} if kind == "random" else {"kind": kind})
    assert secret not in str(loaded.problems)


@pytest.mark.parametrize(
    "words",
    [
        "https://docs.google.com/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit",
        "https://the.test/a?id=x0Y7kQ2mZ9bL4tR8vW1nC6pD3sF5gH0jKaUe",
        "#AsylumReformNOW2026ForEveryoneEverywhere #ReformaDeAsiloYAParaTodasLasPersonas2026",
        "door-that-must-open, 1234-5678-1234-5678, 2026-12-01 and 123e4567-e89b-12d3-a456-426614174000",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, ----------------------------------------",
        "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
    ],
)
def test_what_only_looks_long(tmp_path: Path, words: str) -> None:
    assert told(load(write(tmp_path, {POST: post(words)}))) == []


def test_secrets_in_use_are_known_by_value(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, {POST: post("plain words here")}), secrets=["plain words", "The"])
    assert told(loaded) == [f"{POST}:6:5 secret-in-use"]


def test_a_secret_as_a_value_is_not_shown_by_any_other_problem(tmp_path: Path) -> None:
    secret = SHAPES["Slack"]
    account = f"accounts:\n  x-en: {{platform: {secret}, languages: [en], {secret}: 1, base_url: {secret}}}\n"
    loaded = load(write(tmp_path, {ACCOUNTS: account}))
    assert {"unknown-platform", "unknown-key", "bad-url", "secret-shape"} <= {p.code for p in loaded.problems}
    assert secret[:10] not in str(loaded.problems)


@pytest.mark.parametrize("kind", SHAPES)
def test_nothing_that_is_made_of_a_post_has_the_secret(tmp_path: Path, kind: str) -> None:
    """What can be shown of it is its place, with a dot for each character; it is held as it is."""
    secret = SHAPES[kind]
    loaded = load(write(tmp_path, {POST: post(f"{secret} in daily and {secret}")}), secrets=["in daily"])
    assert loaded.campaign
    assert loaded.campaign.broken == {POST}
    assert secret[-10:] not in str(loaded.campaign)
    text = loaded.campaign.queues["launch"].posts[0].texts[0].parts[0]
    assert len(text) == len(f"The {secret} in daily and {secret}")
    assert " ·· ····· and " in text


def test_every_place_of_a_secret_is_told(tmp_path: Path) -> None:
    text = post("plain words here,\nand plain words there")
    assert told(load(write(tmp_path, {POST: text}), secrets=["plain words"])) == [
        f"{POST}:6:5 secret-in-use",
        f"{POST}:7:5 secret-in-use",
    ]


@pytest.mark.parametrize(
    "name", ["config/notes.txt", "config/.env", "posts/launch/.letter.md.swp", "posts/README.md"]
)
def test_no_file_is_passed_over(tmp_path: Path, name: str) -> None:
    said = told(load(write(tmp_path, {name: f"token\n{SHAPES['Slack']}\n"})))
    assert f"{name}:2:1 secret-shape" in said


def test_a_secret_is_told_of_once() -> None:
    text = f"key {SHAPES['X']}"
    assert [leak.kind for leak in leaks.find(text, [SHAPES["X"]])] == ["known"]
