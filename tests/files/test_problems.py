"""Each mistake is told apart, at its very place. The tables read: what is written, and what is said."""

from __future__ import annotations

import os
import re
import socket
import stat
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from campaign_bot.files.words import closest
from campaign_bot.model import Money, Problem, Severity
from support.files import ACCOUNTS, CAMPAIGN, POST, QUEUE, load, told, write

FRONT = "---\nat: 2026-12-01 09:00\n{}\n---\n## en\nThe letter.\n## es\nLa carta.\n"
BODY = "---\nat: 2026-12-01 09:00\n---\n"
BASE = "name: A\ntimezone: UTC\nlanguages: [en, es]\n"
ROTATION = "order: rotation\nslots: [mon 09:00]\n"


def only(problems: tuple[Problem, ...], code: str) -> Problem:
    (found,) = (problem for problem in problems if problem.code == code)
    return found


@pytest.mark.parametrize(
    ("line", "expected", "params"),
    [
        ("weigth: 2", "3:1 weigth unknown-key", {"suggestion": "weight"}),
        ("a.a.a: 2", "3:1 a.a.a unknown-key", {}),
        ("demand:", "3:1 demand empty-value", {"key": "demand"}),
        ("demand: ''", "3:1 demand empty-value", {}),
        ("demand: [a]", "3:1 demand expected-text", {}),
        ("weight: heavy", "3:1 weight bad-weight", {"value": "heavy"}),
        ("weight: 0", "3:1 weight bad-weight", {}),
        ("weight: 1e999999999", "3:1 weight bad-weight", {}),
        ("from: 2026", "3:1 from bad-date", {}),
        ("from: 2026-02-30", "3:1 from bad-date", {}),
        ("hold: maybe", "3:1 hold bad-yes-no", {}),
        ("id: a:b", "3:1 id bad-id", {}),
        ("accounts: x-en", "3:1 accounts expected-list", {}),
        ("accounts: []", "3:1 accounts empty-value", {}),
        ("accounts: [x-en, x-ess]", "3:18 accounts.1 unknown-account", {"suggestion": "x-es"}),
        ("warning: Detention", "3:1 warning expected-mapping", {}),
        ("warning: {en: Detention}", "3:1 warning missing-language", {"language": "es"}),
        ("warning: {en: A, es: B, se: C}", "3:25 warning.se unknown-language", {"language": "se"}),
        ("link: leter", "3:1 link unknown-link", {"suggestion": "letter"}),
        ("from: 2026-12-24\nuntil: 2026-12-01", "4:1 until until-before-from", {}),
        ("demand: #tag", "3:9 lost-hashtag", {"tag": "#tag"}),
        ("warning: {en: #tag, es: b}", "3:15 lost-hashtag", {"tag": "#tag"}),
        ("demand: Join #Us", "3:14 lost-hashtag", {"tag": "#Us"}),
        ("accounts: [#x-en, x-es]", "3:12 lost-hashtag", {}),
        ("link: letter\nlink: letter", "4:1 link duplicate-key", {}),
        ("demand: a: b", "3:10 yaml-colon", {}),
        ("demand a\nweight: 2", "3:1 yaml-no-colon", {}),
        ("demand:a\nweight: 2", "3:1 yaml-no-colon", {}),
        ("weight: 2\ndemand a\nhold: true", "4:1 yaml-no-colon", {}),
        ("weight: 2\ndemand a", "4:1 yaml-no-colon", {}),
        ("demand: a\n  weight: 2", "4:9 yaml-colon", {}),
        ('demand: "a', "3:9 yaml-quote", {}),
        ("demand:\n\ta", "4:1 yaml-tab", {}),
        ("\tdemand: a", "3:1 yaml-tab", {}),
        ("demand: @x", "3:9 yaml-sign", {"sign": "@"}),
        ("demand: *x", "3:9 yaml-sign", {"sign": "*"}),
        ("demand: &x y", "3:9 yaml-sign", {"sign": "&"}),
        ("demand: !x y", "3:9 yaml-sign", {"sign": "!"}),
        ("accounts: [a}", "3:13 yaml-syntax", {}),
        ("demand: " + "[" * 50, "3:20 yaml-too-complex", {}),
        ("? [a, b]\n: c", "3:3 yaml-syntax", {}),
        ("images: media/a.png", "3:1 images expected-list", {}),
        ("images: [media/a.png]", "3:10 images.0 expected-mapping", {"key": "images"}),
        ("images: [{alt: {en: A, es: B}}]", "3:10 images.0.file missing-key", {}),
        ("images: [{file: {en: [a]}, alt: {en: A, es: B}}]", "3:11 images.0.file bad-picture-file", {}),
        ("images: [{fil: a}]", "3:11 images.0.fil unknown-key", {"suggestion": "file"}),
    ],
)
def test_front_matter(tmp_path: Path, line: str, expected: str, params: dict[str, Any]) -> None:
    loaded = load(write(tmp_path, {POST: FRONT.format(line)}))
    said = [item.removeprefix(f"{POST}:") for item in told(loaded)]
    assert expected in said
    told_of = loaded.problems[said.index(expected)]
    assert dict(told_of.params) | params == dict(told_of.params)
    assert loaded.campaign
    assert loaded.campaign.broken == {POST}
    assert loaded.campaign.queues["launch"].posts, "it can be shown as held"


def test_what_is_not_near_is_not_suggested() -> None:
    assert closest("tags", ["images", "accounts"]) is None
    assert closest("imagenes", ["images", "accounts"]) == "images"


def test_a_comment_is_no_lost_hashtag(tmp_path: Path) -> None:
    """Those with a space, those that have their line to themselves, and what stands in quotes."""
    front = "#hold: true\ndemand: no-detention # for #reports\nwarning: {en: 'A #tag', es: \"b #tag\"}"
    assert told(load(write(tmp_path, {POST: FRONT.format(front)}))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## en\nA.\n## es\nB.\n", ["1:1 no-front-matter"]),
        ("---\nat: 2026-12-01 09:00\n## en\nA.\n## es\nB.\n", ["3:1 unclosed-front-matter"]),
        ("---\nat: 2026-12-01 09:00\n## en\nA.\n\n---\n\nB.\n", ["3:1 unclosed-front-matter"]),
        ("---\n---\n## en\nA.\n## es\nB.\n", ["1:1 at missing-at"]),
        (BODY, ["1:1 no-texts"]),
        (BODY + "\nHello\n## en\nA.\n## es\nB.\n", ["5:1 text-before-heading"]),
        (BODY + "## en\nA.\n", ["1:1 es missing-language"]),
        (BODY + "## en\n## es\nB.\n", ["5:1 en empty-text"]),
        (BODY + "## en\nA.\n---\n\u200b\n## es\nB.\n", ["7:1 en empty-text"]),
        (BODY + "## en\nA.\n## es\nB.\n## English\nC.\n", ["9:1 en duplicate-section"]),
        (BODY + "## en\nA.\n## en: x\nC.\n## en: bluesky, x\nD.\n## es\nB.\n", ["9:1 en duplicate-section"]),
        (BODY + "## en\nA.\n## es\nB.\n## Spanich\nC.\n", ["8:1 unknown-heading"]),
        (BODY + "## en\nA.\n## es\nB.\n## es: blusky\nC.\n", ["8:1 es unknown-platform"]),
        (BODY + "## en: x\nA.\n## es\nB.\n", ["1:1 en missing-version"]),
        (BODY + "## English:\nA.\n## es: x, mastodon,\nB.\n## es:\nC.\n", []),
        (BODY + "## en\nA\x00.\n## es\nB.\n", ["5:2 control-character"]),
        ("---\nat: 2026-12-01 09:00\ndemand: a\x07\n---\n## en\nA.\n## es\nB.\n", ["3:10 control-character"]),
        ("", ["1:1 empty-file"]),
        ("---\nat: 2026-12-01\n---\n## en\nA.\n## es\nB.\n", ["2:1 at bad-at"]),
        ("---\nat: 2026-12-01 9am\n---\n## en\nA.\n## es\nB.\n", ["2:1 at bad-at"]),
        ("---\nat: 2026-12-01 25:00\n---\n## en\nA.\n## es\nB.\n", ["2:1 at bad-at"]),
        ("---\nat: 2026-02-30 09:00\n---\n## en\nA.\n## es\nB.\n", ["2:1 at bad-date"]),
        ("---\nat: day 9999 09:00\n---\n## en\nA.\n## es\nB.\n", []),
        ("---\n- at\n---\n## en\nA.\n## es\nB.\n", ["1:1 expected-mapping"]),
    ],
)
def test_post_files(tmp_path: Path, text: str, expected: list[str]) -> None:
    loaded = load(write(tmp_path, {POST: text}))
    assert [item.removeprefix(f"{POST}:") for item in told(loaded)] == expected


def test_so_many_sections_are_no_post(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, {POST: BODY + "## en\nA.\n## es\nB.\n" + "## en: x\nC.\n" * 20_000}))
    problem = only(loaded.problems, "too-many-sections")
    assert (problem.line, problem.params) == (404, {"count": 20_002, "limit": 200})
    assert loaded.campaign
    assert len(loaded.campaign.queues["launch"].posts[0].texts) == 200


def test_headings_are_suggested(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, {POST: BODY + "## en\nA.\n## Spanich\nC.\n"}))
    assert only(loaded.problems, "unknown-heading").params["suggestion"] == "Spanish"


def test_an_account_in_one_language_needs_only_that(tmp_path: Path) -> None:
    text = "---\nat: 2026-12-01 09:00\naccounts: [x-en]\n---\n## en\nA.\n"
    assert told(load(write(tmp_path, {POST: text}))) == []


def test_a_day_needs_a_start(tmp_path: Path) -> None:
    text = "---\nat: day 0 09:00\n---\n## en\nA.\n## es\nB.\n"
    assert told(load(write(tmp_path, {CAMPAIGN: BASE, POST: text}))) == [f"{POST}:2:1 at day-without-starts"]


def test_only_dated_posts_have_their_own_time(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, {QUEUE: ROTATION}))
    assert told(loaded) == [f"{POST}:2:1 at at-not-dated"]


def test_variants_come_in_equal_numbers(tmp_path: Path) -> None:
    text = "---\n---\n## en\nA.\n## en\nB.\n## es\nC.\n"
    loaded = load(write(tmp_path, {QUEUE: ROTATION, POST: text}))
    assert told(loaded) == [f"{POST}:1:1 es uneven-variants"]
    assert loaded.problems[0].params == {"language": "en", "count": 2, "other": "es", "other_count": 1}


def test_two_posts_with_one_id_name_each_other(tmp_path: Path) -> None:
    twin = "---\nat: 2026-12-02 09:00\nid: launch/letter\n---\n## en\nA.\n## es\nB.\n"
    loaded = load(write(tmp_path, {"posts/launch/twin.md": twin}))
    assert told(loaded) == [f"{POST}:1:1 id duplicate-id", "posts/launch/twin.md:3:1 id duplicate-id"]
    assert [problem.params["other"] for problem in loaded.problems] == ["posts/launch/twin.md", POST]
    assert loaded.campaign
    assert len(loaded.campaign.queues["launch"].posts) == 1, "no key may come twice"


@pytest.mark.parametrize(
    ("text", "expected", "params"),
    [
        ("timezone: UTC\nlanguages: [en, es]\n", "1:1 name missing-key", {}),
        ("name: A\ntimezone: UTC\nlanguages: []\n", "3:1 languages empty-value", {}),
        (
            "name: A\ntimezone: America/El_Paso\n",
            "2:1 timezone unknown-zone",
            {"suggestion": "America/Denver"},
        ),
        (
            "timezone: america/los_angeles\n",
            "1:1 timezone unknown-zone",
            {"suggestion": "America/Los_Angeles"},
        ),
        ("timezone: San Diego\n", "1:1 timezone unknown-zone", {"suggestion": "America/Los_Angeles"}),
        ("timezone: America/Juarez\n", "1:1 timezone unknown-zone", {"suggestion": "America/Ciudad_Juarez"}),
        ("timezone: PST\n", "1:1 timezone unknown-zone", {"suggestion": "America/Los_Angeles"}),
        ("timezone: Tijuana\n", "1:1 timezone unknown-zone", {"suggestion": "America/Tijuana"}),
        ("timezone: America/Phenix\n", "1:1 timezone unknown-zone", {"suggestion": "America/Phoenix"}),
        ("timezone: ../../etc/passwd\n", "1:1 timezone unknown-zone", {}),
        ("languages: [en, english]\n", "1:17 languages.1 unknown-language", {"suggestion": "en"}),
        ("languages: [en, en]\n", "1:17 languages.1 listed-twice", {}),
        (BASE + "starts: 2026-12-01\nends: 2026-11-01\n", "5:1 ends ends-before-starts", {}),
        (BASE + "quiet: 22-7\n", "4:1 quiet bad-quiet", {}),
        (BASE + "quiet: 22:00-22:00\n", "4:1 quiet bad-quiet", {}),
        (BASE + "blackout: [2026-12-25, christmas]\n", "4:24 blackout.1 bad-date", {}),
        (BASE + "lateness: 30\n", "4:1 lateness bad-duration", {}),
        (BASE + "lateness: 999999d\n", "4:1 lateness bad-duration", {}),
        (BASE + "hashtags:\n  en: {always: [#Tag]}\n", "5:17 lost-hashtag", {}),
        (BASE + "hashtags:\n  en:\n    always:\n      - #Tag\n", "7:9 lost-hashtag", {}),
        (BASE + 'hashtags:\n  en: {always: ["two words"]}\n', "5:17 hashtags.en.always.0 bad-hashtag", {}),
        (
            BASE + "hashtags:\n  en: {alwys: [Tag]}\n",
            "5:8 hashtags.en.alwys unknown-key",
            {"suggestion": "always"},
        ),
        (BASE + "hashtags:\n  sp: {always: [Tag]}\n", "5:3 hashtags.sp unknown-language", {}),
        (BASE + "links: {letter: {en: 'https://a.test'}}\n", "4:9 links.letter missing-language", {}),
        (BASE + "links: {letter: {en: a.test, es: 'https://a.test'}}\n", "4:18 links.letter.en bad-url", {}),
        (BASE + "links: {letter: 'https://a.test'}\n", "4:9 links.letter expected-mapping", {}),
        (BASE + "time_zone: UTC\n", "4:1 time_zone unknown-key", {"suggestion": "timezone"}),
        (BASE + "---\nname: B\n", "4:1 yaml-documents", {}),
        ("", "1:1 empty-file", {}),
        ("- a\n", "1:1 expected-mapping", {"key": "campaign.yaml"}),
    ],
)
def test_campaign_file(tmp_path: Path, text: str, expected: str, params: dict[str, Any]) -> None:
    loaded = load(write(tmp_path, {CAMPAIGN: text}))
    said = [item.removeprefix(f"{CAMPAIGN}:") for item in told(loaded)]
    assert expected in said
    told_of = loaded.problems[said.index(expected)]
    assert dict(told_of.params) | params == dict(told_of.params)
    assert loaded.campaign is None


@pytest.mark.parametrize(
    ("account", "expected", "params"),
    [
        ("a: {platform: twiter, languages: [en]}", "accounts.a.platform unknown-platform", {}),
        (
            "a: {platform: twitter, languages: [en]}",
            "accounts.a.platform unknown-platform",
            {"suggestion": "x"},
        ),
        ("a: {languages: [en]}", "accounts.a.platform missing-key", {}),
        ("a: {platform: x}", "accounts.a.languages missing-key", {}),
        (
            "a: {platform: x, languages: [en, fr]}",
            "accounts.a.languages.1 account-language",
            {"language": "fr"},
        ),
        ("a: {platform: x, languages: [en, en]}", "accounts.a.languages.1 listed-twice", {}),
        ("A_b: {platform: x, languages: [en]}", "accounts.A_b bad-account-name", {}),
        ("a--b: {platform: x, languages: [en]}", "accounts.a--b bad-account-name", {}),
        (
            "a: {platform: x, languages: [en], visibility: public}",
            "accounts.a.visibility visibility-elsewhere",
            {},
        ),
        (
            "a: {platform: mastodon, languages: [en], visibility: direct}",
            "accounts.a.visibility bad-choice",
            {},
        ),
        ("a: {platform: x, languages: [en], bilingual: both}", "accounts.a.bilingual bad-choice", {}),
        (
            "a: {platform: x, languages: [en], base_url: 'http://x.test'}",
            "accounts.a.base_url insecure-url",
            {},
        ),
        ("a: {platform: x, languages: [en], base_url: x.test}", "accounts.a.base_url bad-url", {}),
        ("a: {platform: x, languages: [en], per_day: 0}", "accounts.a.per_day bad-count", {}),
        ("a: {platform: x, languages: [en], spacing: five}", "accounts.a.spacing bad-duration", {}),
        (
            "a: {platform: x, languages: [en], budget: 25}",
            "accounts.a.budget bad-budget",
            {"value": "25"},
        ),
        (
            "a: {platform: x, languages: [en], budget: 25,50 USD/mes, spacing: 5m}",
            "accounts.a.budget budget-split",
            {"value": "25,50 USD/mes", "better": "25.50 USD/mes"},
        ),
        ('a: {platform: x, languages: [en], budget: ""}', "accounts.a.budget empty-value", {"key": "budget"}),
        ("a: {platform: x, languages: [en], spacing: ' '}", "accounts.a.spacing empty-value", {}),
        ("a: {platform: x, languages: [en], bilingual: ''}", "accounts.a.bilingual empty-value", {}),
        ("a: {platform: x, languages: [en], budget: $25/month}", "accounts.a.budget bad-budget", {}),
        ("a: {platform: x, languages: [en], budget: 1.000 USD/month}", "accounts.a.budget bad-budget", {}),
        ("a: {platform: x, languages: [en], budget: 25 USD/day}", "accounts.a.budget bad-budget", {}),
        ("a: {platform: x, languages: [en], budget: 0 USD/month}", "accounts.a.budget budget-of-nothing", {}),
        ("a: {platform: x, languages: [en], budget: -5 USD/mes}", "accounts.a.budget budget-of-nothing", {}),
        (
            "a: {platform: x, languages: [en], budget: 500 MXN/mes}",
            "accounts.a.budget budget-currency",
            {"value": "500 MXN", "currency": "USD"},
        ),
        ("a: {platform: x, languages: [en], acces_token: abcdefgh}", "accounts.a.acces_token secret-key", {}),
        (
            "a: {platform: x, languages: [en], spacin: 1m}",
            "accounts.a.spacin unknown-key",
            {"suggestion": "spacing"},
        ),
        ("a: x", "accounts.a expected-mapping", {"key": "a"}),
        ("a:", "accounts.a empty-value", {"key": "a"}),
    ],
)
def test_accounts_file(tmp_path: Path, account: str, expected: str, params: dict[str, Any]) -> None:
    loaded = load(write(tmp_path, {ACCOUNTS: f"accounts:\n  {account}\n"}))
    told_of = next(p for p in loaded.problems if f"{p.field} {p.code}" == expected)
    assert told_of.line == 2
    assert dict(told_of.params) | params == dict(told_of.params)
    assert "abcdefgh" not in str(loaded.problems)
    assert loaded.campaign is None


def test_where_there_are_many_servers_an_account_names_its_own(tmp_path: Path) -> None:
    """Only a warning: nothing but publishing needs it, and that stops the account alone."""
    accounts = "accounts:\n  a: {platform: mastodon, languages: [en, es]}\n"
    loaded = load(write(tmp_path, {ACCOUNTS: accounts}))
    assert told(loaded) == [f"{ACCOUNTS}:2:7 accounts.a.platform no-server"]
    assert loaded.problems[0].severity is Severity.WARNING
    assert loaded.campaign


@pytest.mark.parametrize(
    ("budget", "amount"),
    [
        ("25 USD/month", "25"),
        ("25.50 USD/month", "25.50"),
        ('"25,5 USD/mes"', "25.5"),
        ("25usd/Mes", "25"),
        ("0.01 USD / month", "0.01"),
    ],
)
def test_budgets(tmp_path: Path, budget: str, amount: str) -> None:
    account = f"accounts:\n  x-en: {{platform: x, languages: [en, es], budget: {budget}}}\n"
    loaded = load(write(tmp_path, {ACCOUNTS: account}))
    assert told(loaded) == []
    assert loaded.campaign
    assert loaded.campaign.accounts["x-en"].budget == Money(Decimal(amount), "USD")


def test_a_comma_between_braces_is_one_problem_and_not_two(tmp_path: Path) -> None:
    account = "a: {platform: x, languages: [en, es], budget: 25,50 USD/month}"
    assert told(load(write(tmp_path, {ACCOUNTS: f"accounts:\n  {account}\n"}))) == [
        f"{ACCOUNTS}:2:41 accounts.a.budget budget-split"
    ]


def test_a_budget_where_nothing_costs_is_only_a_warning(tmp_path: Path) -> None:
    account = "a: {platform: bluesky, languages: [en, es], budget: 25 USD/month}"
    loaded = load(write(tmp_path, {ACCOUNTS: f"accounts:\n  {account}\n"}))
    assert told(loaded) == [f"{ACCOUNTS}:2:47 accounts.a.budget budget-without-prices"]
    assert loaded.problems[0].severity is Severity.WARNING
    assert loaded.campaign


@pytest.mark.parametrize(
    "url", ["http://localhost:8080", "http://[::1]", "http://127.9.9.9", "https://x.test"]
)
def test_base_urls_that_are_safe(tmp_path: Path, url: str) -> None:
    account = f"accounts:\n  x-en: {{platform: x, languages: [en, es], base_url: '{url}'}}\n"
    assert told(load(write(tmp_path, {ACCOUNTS: account}))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("slots: [mon 09:00]\n", "1:1 order missing-key"),
        ("# nothing yet\n", "1:1 order missing-key"),
        ("order: sequence\n", "1:1 slots missing-key"),
        ("order: sequence\nslots: []\n", "2:1 slots empty-value"),
        ("order: dated\nslots: [mon 09:00]\n", "2:1 slots slots-in-dated"),
        ("order: random\n", "1:1 order bad-choice"),
        ("order: rotation\nslots: [mon,thu 18:00]\n", "2:9 slots.0 bad-slot"),
        ("order: rotation\nslots: [funday 18:00]\n", "2:9 slots.0 bad-slot"),
        ("order: rotation\nslots: [mon 24:00]\n", "2:9 slots.0 bad-slot"),
        ("order: dated\naccounts: [x-fr]\n", "2:12 accounts.0 unknown-account"),
        ("order: dated\nstagger: {fr: 5m}\n", "2:11 stagger.fr unknown-language"),
        ("order: dated\nstagger: {es: soon}\n", "2:11 stagger.es bad-duration"),
        ("order: dated\nlatenes: 5m\n", "2:1 latenes unknown-key"),
    ],
)
def test_queue_file(tmp_path: Path, text: str, expected: str) -> None:
    loaded = load(write(tmp_path, {QUEUE: text}))
    assert f"{QUEUE}:{expected}" in told(loaded)
    assert loaded.campaign
    assert QUEUE in loaded.campaign.broken


# ---------------------------------------------------------------- what the disk may hold


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({CAMPAIGN: None, "config/campaign.yml": "name: A"}, f"{CAMPAIGN}:1:1 missing-file"),
        ({ACCOUNTS: None}, f"{ACCOUNTS}:1:1 missing-file"),
        ({QUEUE: None}, f"{QUEUE}:1:1 missing-file"),
        ({"posts/stray.md": "x"}, "posts/stray.md:1:1 outside-queue"),
        ({"posts/launch/deep/stray.md": "x"}, "posts/launch/deep/stray.md:1:1 outside-queue"),
        ({"posts/media/stray.md": "x"}, "posts/media/stray.md:1:1 outside-queue"),
        ({"posts/launch/call.txt": "x"}, "posts/launch/call.txt:1:1 not-a-post"),
        ({"posts/launch/call.markdown": "x"}, "posts/launch/call.markdown:1:1 not-a-post"),
        ({"posts/launch/queue.yml": "x"}, "posts/launch/queue.yml:1:1 wrong-name"),
        ({"posts/launch/call.md/x.txt": "x"}, "posts/launch/call.md:1:1 is-a-folder"),
        ({"posts/launch/Letter.md": "x"}, "posts/launch/Letter.md:1:1 case-collision"),
        ({"posts/a:b/queue.yaml": "order: dated"}, "posts/a:b/queue.yaml:1:1 bad-folder-name"),
        ({"posts/launch/a@b.md": BODY + "## en\nA.\n## es\nB.\n"}, "posts/launch/a@b.md:1:1 bad-file-name"),
        ({"posts/launch/a\nb.md": BODY}, "posts/launch/a\\nb.md:1:1 bad-file-name"),
        ({POST: b"---\n---\n## en\nni\xc3\xb1o ni\xf1o"}, f"{POST}:4:8 not-utf8"),
        ({POST: "x" * 5_000_000}, f"{POST}:1:1 file-too-large"),
        ({"config/.env": "A=b"}, "config/.env:1:1 secret-file"),
        ({POST: None, QUEUE: None, "posts/x": "file"}, None),
    ],
)
def test_files_and_folders(
    tmp_path: Path, changes: dict[str, str | bytes | None], expected: str | None
) -> None:
    said = told(load(write(tmp_path, changes)))
    assert expected in said if expected else said == []


def test_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    write(tmp_path)
    name = os.fsencode(tmp_path / "posts/launch") + b"/ni\xf1o.md"
    try:
        Path(os.fsdecode(name)).write_text(BODY)
    except OSError:
        pytest.skip("this disk takes no such name")
    assert "posts/launch/ni\\xf1o.md:1:1 bad-file-name" in told(load(tmp_path))


def test_what_is_no_file_is_never_opened(tmp_path: Path) -> None:
    """A FIFO would make a reader wait for ever."""
    write(tmp_path)
    os.mkfifo(tmp_path / "posts/launch/pipe.md")
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(tmp_path)  # a socket's path may not be long
        try:
            one.bind("config/socket")
        finally:
            os.chdir(here)
        said = told(load(tmp_path))
    assert said == ["posts/launch/pipe.md:1:1 special-file"]


def test_links_that_leave_the_folder(tmp_path: Path) -> None:
    root = write(tmp_path / "campaign")
    outside = tmp_path / "outside.md"
    outside.write_text(BODY)
    (root / "posts/launch/out.md").symlink_to(outside)
    (root / "posts/launch/gone.md").symlink_to(root / "nowhere")
    (root / "posts/launch/same.md").symlink_to(root / "posts/launch/same.md")
    (root / "posts/loop").symlink_to(root / "posts")
    assert told(load(root)) == [
        "posts/launch/gone.md:1:1 link-broken",
        "posts/launch/out.md:1:1 link-outside",
        "posts/launch/same.md:1:1 link-broken",
        "posts/loop:1:1 link-to-folder",
    ]


def test_a_link_within_the_folder_is_a_file(tmp_path: Path) -> None:
    root = write(tmp_path, {CAMPAIGN: None, "config/..data/campaign.yaml": BASE})
    (root / CAMPAIGN).symlink_to("..data/campaign.yaml")
    assert told(load(root)) == []


@pytest.mark.parametrize("name", [".env", "var/errors.log", "drafts/private.md", ".git/config"])
def test_a_link_to_what_lies_beside_the_campaigns_files(tmp_path: Path, name: str) -> None:
    root = write(tmp_path, {name: BODY})
    (root / "posts/launch/out.md").symlink_to(root / name)
    assert told(load(root)) == ["posts/launch/out.md:1:1 link-outside"]


def test_a_posts_folder_that_is_a_link_or_a_file(tmp_path: Path) -> None:
    root = write(tmp_path / "a", {QUEUE: None, POST: None})
    (root / "posts").symlink_to(tmp_path)
    assert told(load(root)) == ["posts:1:1 link-outside"]
    (root / "posts").unlink()
    (root / "posts").write_text("x")
    assert told(load(root)) == ["posts:1:1 not-a-folder"]


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path)
    opened = os.open

    def refuse(path: Any, flags: int, *more: Any, **other: Any) -> int:
        if str(path).endswith("letter.md"):
            raise PermissionError(path)
        return opened(path, flags, *more, **other)

    monkeypatch.setattr(os, "open", refuse)
    assert told(load(root)) == [f"{POST}:1:1 unreadable"]


def test_bombs_and_depths_are_problems_and_not_crashes(tmp_path: Path) -> None:
    laughs = "a: &a [x,x,x]\nb: &b [*a,*a,*a]\n"
    for text in (laughs, "a: " + "[" * 100_000, "- " * 100_000, "a: " + "{b: " * 50_000, "<<: {a: b}\n"):
        loaded = load(write(tmp_path, {CAMPAIGN: text}))
        assert loaded.campaign is None
        assert {one.code for one in loaded.problems} & {"yaml-sign", "yaml-too-complex", "unknown-key"}


@pytest.mark.parametrize(
    "line", ["{}: 1", "demand: {}", "accounts: [{}]", "? {}\n: 1", "weight: {}", "link: {}"]
)
def test_long_chains_of_dots(tmp_path: Path, line: str) -> None:
    text = FRONT.format(line.format("a." * 2_000))
    for problem in load(write(tmp_path, {POST: text, CAMPAIGN: BASE})).problems:
        assert len(problem.field) <= 80
        assert all(len(str(value)) <= 80 for value in problem.params.values())


# ---------------------------------------------------------------- guesses


@pytest.mark.parametrize(
    ("heading", "words", "other"),
    [
        ("es", "Read the letter and share it with your friends.", "en"),
        ("en", "Lea la carta de las organizaciones y comparta con todos los que pueda.", "es"),
        ("en", "La Opinión, El Paso, Los Angeles y San Diego.", None),
        ("en", "«La carta de las organizaciones que piden asilo para las personas» is out today.", None),
        (
            "es",
            "El programa “Remain in Mexico” y la medida “for the safety of all people” deben terminar.",
            None,
        ),
        ("es", "#TheLetterIsOut #ToAllOfYou https://the.test/and/of/to/is/are Firme ya.", None),
        ("en", "Sign on.", None),
        ("es", "¡Firme!", None),
    ],
)
def test_a_text_in_the_other_language(tmp_path: Path, heading: str, words: str, other: str | None) -> None:
    second = "es" if heading == "en" else "en"
    loaded = load(write(tmp_path, {POST: f"{BODY}## {heading}\n\n{words}\n## {second}\nOK.\n"}))
    assert told(loaded) == ([f"{POST}:6:1 {heading} other-language"] if other else [])
    assert all(p.severity is Severity.WARNING and p.params["other"] == other for p in loaded.problems)
    assert loaded.campaign
    assert loaded.campaign.broken == frozenset()


def test_no_code_is_spelled_in_two_ways() -> None:
    """Codes are kebab-case, whatever module they come from."""
    source = Path(__file__).parents[2] / "src/campaign_bot/files"
    codes = re.findall(
        r'(?:problem|warning|tell|wrong)\(\s*"([^"]+)"', "".join(map(Path.read_text, source.glob("*.py")))
    )
    assert codes
    assert all(re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)+|unreadable", code) for code in codes)


def test_the_folder_is_left_as_it_was(tmp_path: Path) -> None:
    root = write(tmp_path)
    before = {path: (path.stat().st_mtime_ns, stat.S_IMODE(path.stat().st_mode)) for path in root.rglob("*")}
    load(root)
    assert before == {
        path: (path.stat().st_mtime_ns, stat.S_IMODE(path.stat().st_mode)) for path in root.rglob("*")
    }
