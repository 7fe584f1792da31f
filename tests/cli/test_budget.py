"""What posts cost, what accounts may and did spend: in words of both languages, and for other programs."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import pytest

from campaign_bot.ledger import Ledger
from campaign_bot.settings import Settings
from support.cli import NOW, read, run
from support.files import ACCOUNTS, POST, write

LINK = "---\nat: {at}\nlink: letter\n---\n## en\nRead {number}.\n## es\nLea {number}.\n"
CAMPAIGN = "config/campaign.yaml"
DEC = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three posts with a link, and one without: two in December, two in January."""
    times = ["2026-12-01 10:00", "2026-12-31 10:00", "2027-01-01 10:00"]
    posts = {f"posts/launch/{n}.md": LINK.format(at=at, number=n) for n, at in enumerate(times)}
    plain = "---\nat: 2027-01-02 10:00\n---\n## en\nNo link.\n## es\nSin enlace.\n"
    return write(
        tmp_path,
        {
            POST: None,
            ACCOUNTS: accounts("0.5 USD/month"),
            CAMPAIGN: "name: A\ntimezone: America/Los_Angeles\nlanguages: [en, es]\n"
            "links: {letter: {en: 'https://a.org/en', es: 'https://a.org/es'}}\n",
            **posts,
            "posts/launch/plain.md": plain,
        },
    )


def accounts(budget: str) -> str:
    return (
        f"accounts:\n  x-en:\n    platform: x\n    languages: [en]\n    budget: {budget}\n"
        "  sky: {platform: bluesky, languages: [es]}\n"
    )


def spend(root: Path, amount: str, *, live: bool = True, month: str = "2026-12") -> None:
    with Ledger.open(Settings().ledger_at(root, live=live)) as ledger:
        ledger.add_to_meta(f"spent:x-en:{month}:USD", int(Decimal(amount) * 1_000_000))


# ---------------------------------------------------------------- plan


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "x-en: 4 posts, 3 with a link: $0.615 (its budget is $0.50 a month)"),
        ("es", "x-en: 4 publicaciones, 3 con enlace: 0,615 US$ (su presupuesto es de 0,50 US$ al mes)"),
    ],
)
def test_a_plan_says_what_it_costs(root: Path, language: str, line: str) -> None:
    lines = run("--lang", language, "plan", "--days", "60", root=root).stdout.splitlines()
    assert lines[-1] == line


def test_without_a_link_or_a_budget_there_is_less_to_say(root: Path) -> None:
    write_accounts(root, "accounts:\n  x-en: {platform: x, languages: [en]}\n")
    assert run("plan", "--from", "2027-01-02", root=root).stdout.splitlines()[-1] == "x-en: 1 post: $0.015"


def test_the_cost_of_each_for_other_programs(root: Path) -> None:
    planned = read("plan", "--days", "60", root=root)
    costs = [one["cost"] for one in planned if one["account"] == "x-en"]
    assert costs == [{"amount": "0.20", "currency": "USD"}] * 3 + [{"amount": "0.015", "currency": "USD"}]
    assert {one["cost"] for one in planned if one["account"] == "sky"} == {None}
    table = run("plan", "--days", "60", "--csv", root=root).stdout
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    assert list(rows[0])[-2:] == ["cost", "currency"]
    assert [(row["cost"], row["currency"]) for row in rows[:2]] == [("0.20", "USD"), ("", "")]


# ---------------------------------------------------------------- a budget that does not suffice


def over(root: Path, *words: str, now: dt.datetime = NOW) -> list[tuple[int, int, str]]:
    """The warnings of ``check`` or ``plan``: line, column, and what is said."""
    if words[0] == "check":
        told = read("check", root=root, now=now)
        assert {one["severity"] for one in told} <= {"warning"}
        return [(one["line"], one["column"], one["message"]) for one in told if one["code"] == "over-budget"]
    result = run(*words, root=root, now=now)
    assert result.exit_code == 0
    said = [line.partition(": warning: ") for line in result.stderr.splitlines()]
    return [(*map(int, place.split(":")[1:]), text) for place, _, text in said if "budget" in text]  # type: ignore[misc]


@pytest.mark.parametrize(("budget", "told"), [("0.40", False), ("0.39", True)])
def test_a_month_of_the_plan_that_costs_more_is_warned_of(root: Path, budget: str, told: bool) -> None:
    write_accounts(root, accounts(f"{budget} USD/month"))
    line = (5, 5, f"x-en would cost 0.40 USD in 2026-12, and its budget is {budget} USD a month.")
    assert over(root, "check") == [line] * told
    assert over(root, "plan", "--days", "8") == [line] * told  # all of the month that it ends in


def test_what_was_spent_already_counts_in_its_month(root: Path) -> None:
    spend(root, "0.2")
    assert [text for *_, text in over(root, "check")] == [
        "x-en would cost 0.60 USD in 2026-12, and its budget is 0.50 USD a month."
    ]
    spend(root, "-0.2")
    spend(root, "0.45", month="2026-11")
    assert over(root, "check") == []


def test_a_dry_run_has_spent_nothing(root: Path) -> None:
    spend(root, "3", live=False)
    assert over(root, "check") == []


def test_each_month_of_a_long_period_is_looked_at(root: Path) -> None:
    write_accounts(root, accounts("0.1 USD/month"))
    months = [text.split()[6].rstrip(",") for *_, text in over(root, "plan", "--days", "60")]
    assert months == ["2026-12", "2027-01"]


def test_check_looks_to_the_end_of_the_month_after_the_one_it_starts_in(root: Path) -> None:
    write_accounts(root, accounts("0.1 USD/month"))
    early = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
    assert over(root, "check", now=early) == []
    starts = (root / CAMPAIGN).read_text(encoding="utf-8") + "starts: 2026-12-01\n"
    (root / CAMPAIGN).write_text(starts, encoding="utf-8")
    assert len(over(root, "check", now=early)) == 2


# ---------------------------------------------------------------- what was spent


def test_accounts_and_status_say_what_was_spent(root: Path) -> None:
    spend(root, "0.215")
    assert "$0.215 of $0.50 spent this month" in run("accounts", root=root, now=DEC).stdout
    words = run("--lang", "es", "status", root=root, now=DEC).stdout
    assert "x-en: 0,215 US$ de 0,50 US$ gastados este mes" in words
    first, other = read("accounts", root=root, now=DEC)
    assert first["spent"] == {"amount": "0.215", "currency": "USD"}
    assert first["budget"] == {"amount": "0.50", "currency": "USD"}
    assert (other["spent"], other["budget"]) == (None, None)


def write_accounts(root: Path, words: str) -> None:
    (root / ACCOUNTS).write_text(words, encoding="utf-8")
