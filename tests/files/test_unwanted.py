"""A merge that nobody finished is an error at its first marker, once, in every file of the campaign."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from support.files import ACCOUNTS, CAMPAIGN, FOLDER, POST, QUEUE, load, told, write

CONFLICT = "<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> office\n"
DIFF3 = "<<<<<<< HEAD\n{0}\n||||||| merged common ancestors\n{0}\n=======\n{1}\n>>>>>>> office\n"


@pytest.mark.parametrize("form", [CONFLICT, DIFF3])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("file", [CAMPAIGN, ACCOUNTS, QUEUE, POST])
def test_one_problem_at_the_first_marker(tmp_path: Path, file: str, start: str, end: str, form: str) -> None:
    first, *rest = [*textwrap.dedent(FOLDER[file]).splitlines(), "# the end"]
    text = f"{first}\n{form.format(rest[0], rest[0])}" + "".join(f"{line}\n" for line in rest[1:])
    loaded = load(write(tmp_path, {file: (start + text.replace("\n", end)).encode()}))
    assert told(loaded) == [f"{file}:2:1 conflict-marker"]
    if file.startswith("config/"):
        assert loaded.campaign is None
    else:
        assert loaded.campaign
        assert file in loaded.campaign.broken


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (CONFLICT.format("The letter.", "A letter."), 5),
        ("  <<<<<<< HEAD\nThe letter.\n  >>>>>>> office", 5),
        ("<<<<<<<\nThe letter.", 5),
        ("<<<<<<<<< Temporary merge branch 1\nThe letter.", 5),
        ("The letter.\n=======\nA letter.\n>>>>>>> office", 6),
        ("The letter.\n||||||| base\nA letter.", 6),
        ("The letter.\n>>>>>>> 5f3c2a1 (Shorter)", 6),
        ("<<<<<<< .mine\nThe letter.\n>>>>>>> .r12", 5),
        ("> <<<<<<< HEAD\n> The letter.", 5),
        ("- >>>>>>> office\n- The letter.", 5),
        ("++<<<<<<< HEAD\n +The letter.", 5),
        ("\u2060<<<<<<< HEAD\nThe letter.", 5),
        ("The letter.\u2028>>>>>>> office", 5),
        ("%%%%%%% Changes from base to side #1\n-The letter.\n+A letter.", 5),
        ("A letter.\n+++++++ Contents of side #2\nThe letter.", 6),
        ('"<<<<<<< HEAD"\nThe letter.', 5),
        ("`<<<<<<< HEAD`\nThe letter.", 5),
        ("\\<<<<<<< HEAD\nThe letter.", 5),
        ("# <<<<<<< HEAD\nThe letter.", 5),
        ("A letter.\n1. <<<<<<< HEAD The letter. ======= A letter. >>>>>>> office", 6),
        ("<<<<<<<HEAD\nThe letter.\n=======\nA letter.\n>>>>>>>office", 5),
        ('A letter.\n+++++++ vpxusssl 38d49363 "merge base"\nThe letter.', 6),
    ],
)
def test_any_marker_that_is_left_over_is_one(tmp_path: Path, words: str, line: int) -> None:
    post = f"---\nat: 2026-12-01 09:00\n---\n## English\n{words}\n## Español\nLa carta.\n"
    loaded = load(write(tmp_path, {POST: post.encode()}))
    assert told(loaded) == [f"{POST}:{line}:1 conflict-marker"]


@pytest.mark.parametrize(
    "words",
    [
        "The letter\n=======\nis out.",
        "Read it >>>>>>>\n\n<<<<<<<: here",
        "<<<<<< six",
        "a <<<<<<< b",
        "<<<<<<<words",
        "=======",
        "+++++++ News",
    ],
)
def test_what_is_no_marker_stays_a_text(tmp_path: Path, words: str) -> None:
    post = f"---\nat: 2026-12-01 09:00\n---\n## English\n{words}\n## Español\nLa carta.\n"
    assert told(load(write(tmp_path, {POST: post.encode()}))) == []


def test_a_secret_in_such_a_file_is_still_found(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, {QUEUE: "<<<<<<< HEAD\nx: mysecret-4711\n"}), secrets=["mysecret-4711"])
    codes = [problem.code for problem in loaded.problems]
    assert "conflict-marker" in codes
    assert len(codes) == 2


@pytest.mark.parametrize(
    "words", ["<<<<<<< HEAD A ======= B >>>>>>> office", "A\\n<<<<<<< HEAD\\nB======= C>>>>>>>"]
)
def test_a_value_that_holds_both_versions_is_one(tmp_path: Path, words: str) -> None:
    config = textwrap.dedent(FOLDER[CAMPAIGN]).replace("Asylum reform now", f'"{words}"')
    assert told(load(write(tmp_path, {CAMPAIGN: config}))) == [f"{CAMPAIGN}:1:1 conflict-marker"]
