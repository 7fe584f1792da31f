"""Whatever bytes a file holds, there is a campaign or a Problem, and never an exception."""

from __future__ import annotations

import tempfile
import textwrap
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from campaign_bot.files import placeholder_links
from campaign_bot.model import Severity
from support.files import FOLDER, load, write

NAMES = st.sampled_from(list(FOLDER))
SIGNS = tuple("-#:,[]{}&*!|>'\"%@`?~ \t\r\n\0éñ🕊\ufeff\u2028\\")
WORDS = (
    "---",
    "##",
    "en",
    "es",
    "at:",
    "id:",
    "images:",
    "<<:",
    "..",
    "day 0 09:00",
    "2026-12-01",
    "-1",
    "1e9",
)
PIECES = st.sampled_from([*SIGNS, *WORDS, "null", "true", "{letter}", "example.org", "a.a.a.a"])


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file of the small campaign with some pieces of it cut, doubled or put in."""
    name = draw(NAMES)
    text = textwrap.dedent(FOLDER[name])
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        put = draw(PIECES | st.just(text[start:end] * 2) | st.text(max_size=4))
        text = text[:start] + put + text[end:]
    return name, text.encode("utf-8", "surrogatepass")


@settings(max_examples=60, deadline=None)
@given(st.tuples(NAMES, st.binary(max_size=200)) | mutations())
def test_any_file(changed: tuple[str, bytes]) -> None:
    name, content = changed
    with tempfile.TemporaryDirectory() as folder:
        loaded = load(write(Path(folder), {name: content}))
    errors = [problem for problem in loaded.problems if problem.severity is Severity.ERROR]
    assert loaded.campaign is not None or errors
    for problem in loaded.problems:
        assert problem.file in FOLDER
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.line <= content.count(b"\n") + content.count(b"\r") + 2 or problem.file != name
        f"{problem}".encode()
    if loaded.campaign is not None:
        assert loaded.campaign.broken == {problem.file for problem in errors}
        placeholder_links(loaded.campaign)


@settings(max_examples=40, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join), st.lists(PIECES, max_size=12).map("\n".join))
def test_any_post(front: str, body: str) -> None:
    text = f"---\n{front}\n---\n{body}\n"
    with tempfile.TemporaryDirectory() as folder:
        loaded = load(write(Path(folder), {"posts/launch/other.md": text.encode()}))
    assert loaded.campaign is not None
    assert "launch/letter" in {post.id for post in loaded.campaign.queues["launch"].posts}
