"""``check``: for people, for programs, for GitHub."""

import json
from pathlib import Path

import pytest

from campaign_bot.cli.check import annotation
from campaign_bot.ledger import Ledger
from campaign_bot.model import Problem, Severity
from campaign_bot.settings import Settings
from support.cli import read, run
from support.files import CAMPAIGN, POST, write

BROKEN = """\
---
at: 2026-12-01 09:00
link: leter
---
## English
The letter is out. @someone

## Español
La carta ya salió.
"""


def test_a_clean_campaign(tmp_path: Path) -> None:
    result = run("check", root=write(tmp_path))
    assert (result.exit_code, result.output) == (0, "No problems.\n")


def test_each_problem_with_place_and_hint(tmp_path: Path) -> None:
    result = run("check", root=write(tmp_path, {POST: BROKEN}))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[:2] == [
        "posts/launch/letter.md:3:1: error: There is no link named leter.",
        "    Did you mean “letter”? Use a name from links in config/campaign.yaml, or add it there.",
    ]
    assert result.stdout.splitlines()[-1] == "1 error, 1 warning."


def test_json_has_just_these_fields(tmp_path: Path) -> None:
    write(tmp_path, {POST: BROKEN})
    first, second = read("check", root=tmp_path)
    assert first == {
        "file": "posts/launch/letter.md",
        "line": 3,
        "column": 1,
        "field": "link",
        "code": "unknown-link",
        "severity": "error",
        "message": "There is no link named leter.",
        "hint": "Did you mean “letter”? Use a name from links in config/campaign.yaml, or add it there.",
    }
    assert (second["line"], second["severity"]) == (6, "warning")


def test_json_speaks_the_readers_language(tmp_path: Path) -> None:
    write(tmp_path, {POST: BROKEN})
    (first, *_) = json.loads(run("check", "--format", "json", root=tmp_path, LANG="es_MX.UTF-8").stdout)
    assert first["message"] == "No existe el enlace leter."


def test_the_remedy_for_a_long_text_has_the_heading_as_one_writes_it(tmp_path: Path) -> None:
    write(tmp_path, {POST: BROKEN.replace("link: leter\n", "").replace("La carta", "La carta " * 60)})
    for language in ("C", "es"):
        assert "`## Español: x`" in run("check", root=tmp_path, LANG=language).stdout


def test_warnings_never_change_the_exit_code(tmp_path: Path) -> None:
    write(tmp_path, {POST: BROKEN.replace("link: leter\n", "")})
    result = run("check", root=tmp_path)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "0 errors, 1 warning.")


def test_placeholder_links_matter_only_when_live(tmp_path: Path) -> None:
    campaign = "name: A\ntimezone: UTC\nlanguages: [en, es]\nlinks: {a: {en: 'https://example.org/a', es: 'https://example.org/b'}}\n"
    write(tmp_path, {CAMPAIGN: campaign})
    assert run("check", root=tmp_path).exit_code == 0
    assert {problem["code"] for problem in read("check", "--live", root=tmp_path)} == {"placeholder-link"}
    assert run("check", root=tmp_path, CAMPAIGN_BOT_LIVE="true").exit_code == 1


EXAMPLE = {POST: BROKEN.replace("link: leter\n", "").replace("@someone", "https://example.org/letter")}


def test_where_there_is_a_live_ledger_its_rules_count(tmp_path: Path) -> None:
    """Or else nobody would be told why the worker holds a post."""
    write(tmp_path, EXAMPLE)
    assert run("check", root=tmp_path).output == "No problems.\n"
    run("worker", "--once", root=tmp_path)  # dry
    assert run("check", root=tmp_path).exit_code == 0
    assert not Path(Settings().ledger_at(tmp_path, live=True)).exists()  # checking begins none
    Ledger.open(Settings().ledger_at(tmp_path, live=True)).close()
    for command in ("check", "plan"):
        told = run(command, root=tmp_path)
        assert (told.exit_code, "https://example.org is only an example" in told.output) == (1, True)


def test_annotations_for_github_name_the_file_from_the_repository(tmp_path: Path) -> None:
    root = write(tmp_path / "campaigns" / "asylum", {POST: BROKEN})
    result = run("check", "--format", "github", root=root, GITHUB_WORKSPACE=str(tmp_path))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == (
        "::error file=campaigns/asylum/posts/launch/letter.md,line=3,col=1,title=unknown-link::"
        "There is no link named leter.%0A"
        "Did you mean “letter”? Use a name from links in config/campaign.yaml, or add it there."
    )


def test_annotations_are_escaped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    problem = Problem("posts/a,b:c.md", 1, 2, "", "unknown-link", Severity.WARNING, {"link": "50%\r\nof"})
    told = annotation(problem, tmp_path)
    assert told.startswith("::warning file=posts/a%2Cb%3Ac.md,line=1,col=2,title=unknown-link::")
    assert "50%25%0D%0Aof" in told


def test_what_a_file_says_cannot_steer_the_terminal(tmp_path: Path) -> None:
    write(tmp_path, {POST: BROKEN.replace("leter", '"\\e[2Jleter"')})
    assert "\x1b" not in run("check", root=tmp_path).output
