"""From files to a Campaign: what staff write, and what comes of it."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from campaign_bot.files import load as load_with
from campaign_bot.model import Bilingual, Hashtags, Order, Post
from support.campaigns import RULES
from support.files import ACCOUNTS, CAMPAIGN, POST, QUEUE, load, told, write


@pytest.fixture
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Post:
    """The post whose file is the test's docstring."""
    loaded = load(write(tmp_path, {POST: request.function.__doc__}))
    assert told(loaded) == []
    assert loaded.campaign
    return loaded.campaign.queues["launch"].posts[0]


def texts(post: Post) -> list[tuple[str, tuple[str, ...], tuple[str, ...], tuple[int, ...]]]:
    return [(text.language, text.platforms, text.parts, text.lines) for text in post.texts]


def test_a_small_folder_loads_without_a_word(tmp_path: Path) -> None:
    loaded = load(write(tmp_path))
    assert told(loaded) == []
    assert loaded.campaign
    assert loaded.campaign.name == "Asylum reform now"
    assert loaded.campaign.zone.key == "America/Los_Angeles"
    assert loaded.campaign.broken == frozenset()
    assert list(loaded.campaign.accounts) == ["x-en", "x-es", "fediverse"]


def test_defaults_are_those_of_the_design(tmp_path: Path) -> None:
    campaign = load(write(tmp_path, {CAMPAIGN: "{name: A, timezone: UTC, languages: [en, es]}"})).campaign
    assert campaign
    assert (campaign.starts, campaign.ends, campaign.quiet, campaign.blackout) == (
        None,
        None,
        None,
        frozenset(),
    )
    assert campaign.lateness == dt.timedelta(minutes=30)
    assert (campaign.hashtags, campaign.links) == ({}, {})
    account = campaign.accounts["x-en"]
    assert account.spacing == dt.timedelta(minutes=1)
    assert (account.per_day, account.base_url, account.visibility) == (None, None, None)
    assert account.bilingual is Bilingual.SEPARATE
    post = campaign.queues["launch"].posts[0]
    assert (post.weight, post.hold, post.accounts) == (Fraction(1), False, None)


def test_campaign_keys(tmp_path: Path) -> None:
    campaign = load(
        write(
            tmp_path,
            {
                CAMPAIGN: """\
                    name: no
                    timezone: America/Tijuana
                    starts: 2026-12-01
                    ends: 2027-03-31
                    languages: [es, en]
                    hashtags:
                      en: {always: ["#AsylumReformNOW"], room: [WelcomeWithDignity, DefendAsylum]}
                    quiet: 22:00-07:00
                    blackout: [2026-12-25]
                    lateness: 0s
                    """
            },
        )
    ).campaign
    assert campaign
    assert campaign.name == "no"
    assert campaign.languages == ("es", "en")
    assert (campaign.starts, campaign.ends) == (dt.date(2026, 12, 1), dt.date(2027, 3, 31))
    assert campaign.hashtags == {"en": Hashtags(("AsylumReformNOW",), ("WelcomeWithDignity", "DefendAsylum"))}
    assert campaign.quiet == (dt.time(22), dt.time(7))
    assert campaign.blackout == {dt.date(2026, 12, 25)}
    assert campaign.lateness == dt.timedelta(0)
    assert campaign.accounts["fediverse"].languages == ("es", "en"), "in the campaign's order"


def test_account_keys(tmp_path: Path) -> None:
    campaign = load(
        write(
            tmp_path,
            {
                ACCOUNTS: """\
                    accounts:
                      home:
                        platform: mastodon
                        languages: [en, es]
                        bilingual: thread
                        base_url: http://127.0.0.1:3000
                        spacing: 5m
                        per_day: 20
                        visibility: unlisted
                    """
            },
        )
    ).campaign
    assert campaign
    account = campaign.accounts["home"]
    assert account.bilingual is Bilingual.THREAD
    assert account.base_url == "http://127.0.0.1:3000"
    assert account.spacing == dt.timedelta(minutes=5)
    assert (account.per_day, account.visibility) == (20, "unlisted")
    assert account.rules is RULES["mastodon"]
    assert account.source.mark("accounts.home.per_day") == (8, 5)


def test_queue_keys(tmp_path: Path) -> None:
    queue_file = """\
        order: rotation
        slots: ["mon-fri 09:30", "sáb 11:00", "vie-lun 7:05", daily 18:00]
        accounts: [x-en, x-es]
        stagger: {es: 15m}
        lateness: 2h
        """
    undated = "---\n---\n## en\nThe letter.\n## es\nLa carta.\n"
    campaign = load(write(tmp_path, {QUEUE: queue_file, POST: undated})).campaign
    assert campaign
    queue = campaign.queues["launch"]
    assert queue.order is Order.ROTATION
    assert [(sorted(slot.days), slot.time, slot.field) for slot in queue.slots] == [
        ([0, 1, 2, 3, 4], dt.time(9, 30), "slots.0"),
        ([5], dt.time(11), "slots.1"),
        ([0, 4, 5, 6], dt.time(7, 5), "slots.2"),
        ([0, 1, 2, 3, 4, 5, 6], dt.time(18), "slots.3"),
    ]
    assert queue.accounts == ("x-en", "x-es")
    assert queue.stagger == {"es": dt.timedelta(minutes=15)}
    assert queue.lateness == dt.timedelta(hours=2)
    assert queue.source.mark("slots.1") == (2, 26)


def test_every_key_of_a_post(post: Post) -> None:
    """\
    ---
    id: the-letter
    at: day 0 09:00
    demand: no-detention
    weight: 0.5
    from: 2026-12-01
    until: 2026-12-24
    link: letter
    accounts: [fediverse]
    warning: {en: Detention, es: Detención}
    hold: yes
    ---

    ## English
    The text.

    ## Español
    El texto.
    """
    assert post.id == "the-letter"
    assert post.at == dt.datetime.fromisoformat("2026-12-01 09:00")
    assert post.demand == "no-detention"
    assert post.weight == Fraction(1, 2)
    assert (post.from_, post.until) == (dt.date(2026, 12, 1), dt.date(2026, 12, 24))
    assert (post.link, post.accounts, post.hold) == ("letter", ("fediverse",), True)
    assert post.warning == {"en": "Detention", "es": "Detención"}
    assert post.source.mark("warning.es") == (10, 26)


def test_days_can_be_counted_in_spanish(post: Post) -> None:
    """\
    ---
    at: día 3 18:30
    ---
    ## English
    The text.
    ## Español
    El texto.
    """
    assert post.at == dt.datetime.fromisoformat("2026-12-04 18:30")


def test_sections_versions_and_threads(post: Post) -> None:
    """\
    ---
    at: 2026-12-01 09:00
    ---

    ## English

    The text.

      Its second paragraph keeps its spaces.\x20\x20

    ## inglés: x, bluesky
    A shorter version.
    # A line with one sign is text
    ##ThisTagToo

    ## ESPANOL
    La primera parte.

    ---

    La segunda.
    ---
    La tercera.

    """
    assert texts(post) == [
        ("en", (), ("The text.\n\n  Its second paragraph keeps its spaces.  ",), (7,)),
        (
            "en",
            ("x", "bluesky"),
            ("A shorter version.\n# A line with one sign is text\n##ThisTagToo",),
            (12,),
        ),
        ("es", (), ("La primera parte.", "La segunda.", "La tercera."), (17, 21, 23)),
    ]


def test_windows_files_are_read_as_others(tmp_path: Path) -> None:
    lines = ("\ufeff---", "at: 2026-12-01 09:00", "---", "## en", "One", "two.", "## es", "Uno", "dos.", "")
    loaded = load(write(tmp_path, {POST: "\r\n".join(lines).encode()}))
    assert told(loaded) == []
    assert loaded.campaign
    assert texts(loaded.campaign.queues["launch"].posts[0]) == [
        ("en", (), ("One\ntwo.",), (5,)),
        ("es", (), ("Uno\ndos.",), (8,)),
    ]


def test_other_languages_have_their_own_names(tmp_path: Path) -> None:
    campaign_file = "{name: A, timezone: UTC, languages: [en, fr, ht]}"
    accounts_file = "accounts:\n  x: {platform: x, languages: [en, fr, ht]}\n"
    post_file = "---\nat: 2026-12-01 09:00\n---\n## anglais\nA\n## Français\nB\n## Haitian Creole\nC\n"
    loaded = load(write(tmp_path, {CAMPAIGN: campaign_file, ACCOUNTS: accounts_file, POST: post_file}))
    assert told(loaded) == []


def test_variants_in_a_rotation(tmp_path: Path) -> None:
    text = "---\n---\n## English\nOne.\n## English\nTwo.\n## Español\nUno.\n## Español\nDos.\n"
    queue_file = "order: rotation\nslots: [daily 09:00]\n"
    loaded = load(write(tmp_path, {QUEUE: queue_file, POST: text}))
    assert told(loaded) == []
    assert loaded.campaign
    post = loaded.campaign.queues["launch"].posts[0]
    assert [variant.parts for variant in post.variants("es", "x")] == [("Uno.",), ("Dos.",)]


def test_posts_come_in_file_name_order(tmp_path: Path) -> None:
    more = {f"posts/calls/{name}.md": "---\n---\n## en\nA\n## es\nB\n" for name in ("10-b", "02-c", "01-a")}
    loaded = load(write(tmp_path, {"posts/calls/queue.yaml": "order: sequence\nslots: [mon 09:00]", **more}))
    assert told(loaded) == []
    assert loaded.campaign
    assert list(loaded.campaign.queues) == ["calls", "launch"]
    ids = [post.id for post in loaded.campaign.queues["calls"].posts]
    assert ids == ["calls/01-a", "calls/02-c", "calls/10-b"]


def test_a_name_is_the_same_on_every_computer(tmp_path: Path) -> None:
    decomposed = "posts/launch/adio\u0301s.md"
    loaded = load(write(tmp_path, {decomposed: "---\nat: 2026-12-02 09:00\n---\n## en\nA\n## es\nB\n"}))
    assert loaded.campaign
    assert loaded.campaign.queues["launch"].posts[0].id == "launch/adi\u00f3s"


def test_what_editors_and_systems_leave_is_passed_over(tmp_path: Path) -> None:
    left = (
        "posts/launch/.letter.md.swp",
        "posts/launch/letter.md~",
        "posts/.DS_Store",
        "posts/launch/README.md",
    )
    assert told(load(write(tmp_path, {f"posts/launch/{name}": "x" for name in left}))) == []


def test_one_bad_post_hides_no_other(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, {"posts/launch/bad.md": "---\nat: soon\n---\n## en\nA\n## es\nB\n"}))
    assert told(loaded) == ["posts/launch/bad.md:2:1 at bad-at"]
    assert loaded.campaign
    assert loaded.campaign.broken == {"posts/launch/bad.md"}
    assert [post.id for post in loaded.campaign.queues["launch"].posts] == ["launch/bad", "launch/letter"]


def test_a_broken_queue_keeps_its_posts(tmp_path: Path) -> None:
    undated = "---\n---\n## en\nThe letter.\n## es\nLa carta.\n"
    loaded = load(write(tmp_path, {QUEUE: "order: dayted\n", POST: undated}))
    assert told(loaded) == ["posts/launch/queue.yaml:1:1 order bad-choice"]
    assert loaded.problems[0].params["suggestion"] == "dated"
    assert loaded.campaign
    assert loaded.campaign.broken == {QUEUE}
    assert [post.id for post in loaded.campaign.queues["launch"].posts] == ["launch/letter"]


def test_a_broken_configuration_leaves_no_campaign_and_hides_nothing(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, {CAMPAIGN: "nmae: A\n", POST: "---\nat: soon\n---\n## en\nA\n## es\n"}))
    assert loaded.campaign is None
    assert {problem.code for problem in loaded.problems} == {
        "unknown-key",
        "missing-key",
        "bad-at",
        "empty-text",
    }


def test_an_empty_place_is_no_reason_to_fail(tmp_path: Path) -> None:
    loaded = load_with(tmp_path / "nowhere", RULES.get, platforms=RULES)
    assert loaded.campaign is None
    assert {problem.code for problem in loaded.problems} == {"missing-file", "missing-folder"}


UNDATED_START = "---\nat: day 0 09:00\nlink: letter\n---\n## English\nA.\n"
DATED_START = "---\nat: 2026-12-01 09:00\n---\n## English\nA.\n"


@pytest.mark.parametrize(
    ("campaign_file", "text", "expected"),
    [
        (
            "name: A\ntimezone: Nowhere\nlanguages: [en, es]\n",
            DATED_START,
            ["config/campaign.yaml:2:1 timezone unknown-zone", f"{POST}:1:1 es missing-language"],
        ),
        (
            "name: A\ntimezone: UTC\nlanguages: [en, sp]\n",
            DATED_START,
            ["config/campaign.yaml:3:17 languages.1 unknown-language"],
        ),
        (
            "name: A\ntimezone: UTC\nlanguages: [en, es]\nlinks: {letter: here}\nstarts: soon\n",
            UNDATED_START,
            [
                "config/campaign.yaml:4:9 links.letter expected-mapping",
                "config/campaign.yaml:5:1 starts bad-date",
                f"{POST}:1:1 es missing-language",
            ],
        ),
        ("name: [", UNDATED_START, ["config/campaign.yaml:1:8 yaml-syntax"]),
    ],
)
def test_a_mistake_in_the_configuration_makes_no_others(
    tmp_path: Path, campaign_file: str, text: str, expected: list[str]
) -> None:
    """What it leaves unknown is not held against the posts; what is known still is."""
    assert told(load(write(tmp_path, {CAMPAIGN: campaign_file, POST: text}))) == expected
