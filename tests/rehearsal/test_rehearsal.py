"""A rehearsal runs the worker's own code on a virtual clock, and its report shows every post."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from campaign_bot import i18n
from campaign_bot.app.loading import snapshot
from campaign_bot.model import State
from campaign_bot.rehearsal import account, report
from campaign_bot.rehearsal.run import Rehearsal, rehearse, start_of
from campaign_bot.settings import Settings
from support.working import ACCOUNTS, CAMPAIGN, DATED, post, write

SHIPPED = Path(__file__).parents[2]
FIRST = dt.date(2026, 12, 1)


def folder(root: Path, files: dict[str, str | bytes | None]) -> Path:
    base = {
        "config/campaign.yaml": CAMPAIGN,
        "config/accounts.yaml": ACCOUNTS,
        "posts/launch/queue.yaml": DATED,
    }
    write(root, base | files)
    return root


def run(root: Path, days: int = 3) -> Rehearsal:
    read = snapshot(root, Settings())
    assert read.campaign is not None
    return rehearse(root, read, start_of(read.campaign, FIRST), days)


@pytest.fixture(scope="module")
def shipped() -> Rehearsal:
    return run(SHIPPED, 30)


def test_the_shipped_campaign_goes_out_whole(shipped: Rehearsal) -> None:
    states = {outcome.entry.state for outcome in shipped.outcomes}
    assert (len(shipped.outcomes) > 100, states) == (True, {State.PUBLISHED})


def test_it_is_the_same_each_time(shipped: Rehearsal) -> None:
    again = run(SHIPPED, 30)
    assert [(o.entry.key, o.entry.published_at, o.rendered) for o in again.outcomes] == [
        (o.entry.key, o.entry.published_at, o.rendered) for o in shipped.outcomes
    ]


def test_what_is_held_or_broken_is_in_the_account_too(tmp_path: Path) -> None:
    root = folder(
        tmp_path,
        {
            "posts/launch/a.md": post("day 0 09:00"),
            "posts/launch/b.md": post("day 0 10:00", "Held", "Detenida", hold="true"),
            "posts/launch/c.md": post("day 0 11:00", "Too long. " * 40, "Breve"),
        },
    )
    rows = {(row.account, row.highlight): row for row in account.counts(run(root))}
    english = rows["x-en", "launch"]
    assert (english.planned, english.published, english.missed, english.other) == (3, 1, 1, 1)


def test_a_rehearsal_without_starts_begins_today(tmp_path: Path) -> None:
    root = folder(tmp_path, {"config/campaign.yaml": "name: T\ntimezone: UTC\nlanguages: [en, es]\n"})
    read = snapshot(root, Settings())
    assert read.campaign is not None
    assert start_of(read.campaign, dt.date(2027, 2, 3)) == dt.date(2027, 2, 3)


def test_it_says_what_each_account_costs_in_all_its_months(tmp_path: Path) -> None:
    """Two posts on X, and for each of the two days, that it is looked who we are."""
    campaign = "name: A\ntimezone: UTC\nstarts: 2026-12-31\nlanguages: [en, es]\n"
    posts = {
        f"posts/launch/{day}.md": post(f"day {day} 09:00", f"Read {day}", f"Lean {day}") for day in (0, 1)
    }
    done = run(folder(tmp_path, {"config/campaign.yaml": campaign, **posts}))
    assert [(one.account.name, str(one.amount)) for one in done.spent] == [
        ("x-en", "0.05 USD"),
        ("x-es", "0.05 USD"),
    ]


def test_it_ends_though_nothing_is_ever_due(tmp_path: Path) -> None:
    assert run(folder(tmp_path, {}), 365).outcomes == ()


# ---------------------------------------------------------------- the report


class Page(HTMLParser):
    """What a page has: its words, its anchors, what it would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words = ""
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.scripts = 0
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.scripts += tag == "script"
        self.ids |= {values["id"]} if "id" in values else set()
        self.links |= {values["href"]} if tag == "a" else set()
        self.loads |= {values[name] for name in ("src", "href") if name in values and tag != "a"}


@pytest.fixture(scope="module")
def page(shipped: Rehearsal) -> Page:
    return Page(report.html(SHIPPED, shipped))


def test_the_page_stands_alone(page: Page) -> None:
    assert page.scripts == 0
    assert {load.partition(":")[0] for load in page.loads} == {"data"}
    assert {link[1:] for link in page.links} == {name for name in page.ids if name.startswith("m")}


def test_every_part_of_every_post_is_on_it_word_for_word(page: Page, shipped: Rehearsal) -> None:
    words = re.sub(r"\s+", " ", page.words)
    for outcome in shipped.outcomes:
        for part in outcome.rendered.parts:
            assert re.sub(r"\s+", " ", part) in words


def test_it_speaks_spanish(shipped: Rehearsal) -> None:
    with i18n.using("es"):
        spanish = Page(report.html(SHIPPED, shipped))
    for words in ("martes, 1 de diciembre de 2026", "Ensayo del 1 de diciembre", "Inglés", "publicada"):
        assert words in spanish.words
    assert "Rehearsal" not in spanish.words


def test_what_staff_write_is_never_markup(tmp_path: Path) -> None:
    words = "<script>alert(1)</script> & <b>"
    root = folder(tmp_path, {"posts/launch/a.md": post("day 0 09:00", words, "Hola")})
    page = Page(report.html(root, run(root)))
    assert (page.scripts, words in page.words) == (0, True)
