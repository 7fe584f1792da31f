"""``plan`` and ``preview``: what will go out, and how it will look."""

import csv
import datetime as dt
import io
import json
import re
from pathlib import Path

import icalendar
import pytest

from campaign_bot.app.planning import DAYS
from campaign_bot.ledger import Ledger
from campaign_bot.settings import Settings
from support.cli import NOW, read, run
from support.deliveries import delivery
from support.files import CAMPAIGN, POST, write
from support.ledgers import add, begin, receipt

THREAD = """\
---
at: 2026-12-01 09:00
demand: no-detention
link: letter
images:
  - file: media/letter.png
    alt: {en: The letter., es: La carta.}
---
## English
=1+1 is how it begins.

---

The second part.

## Español
La carta ya salió.
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    from PIL import Image

    (tmp_path / "posts" / "media").mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(tmp_path / "posts" / "media" / "letter.png")
    return write(tmp_path, {POST: THREAD})


def test_json_has_just_these_fields(root: Path) -> None:
    first, *others = read("plan", root=root)
    assert first == {
        "key": "launch/letter:x-en:en",
        "at": "2026-12-01T09:00:00-08:00",
        "queue": "launch",
        "post": "launch/letter",
        "account": "x-en",
        "platform": "x",
        "language": "en",
        "parts": [
            "=1+1 is how it begins.",
            "The second part.\nhttps://letter.test/en",
        ],
        "length": 39,
        "limit": 280,
        "images": [{"file": "media/letter.png", "alt": "The letter."}],
        "demand": "no-detention",
        "hold": None,
        "cost": {"amount": "0.035", "currency": "USD"},
    }
    assert [other["cost"] is None for other in others] == [False, True, True]
    assert [other["account"] for other in others] == ["x-es", "fediverse", "fediverse"]


def test_json_is_utf_8_and_alone_on_stdout(root: Path) -> None:
    write(root, {POST: THREAD + "@someone\n"})
    result = run("plan", "--json", root=root)
    assert "salió" in result.stdout_bytes.decode("utf-8")
    assert len(json.loads(result.stdout)) == 4
    assert "mention" in result.stderr


def test_a_table_for_people(root: Path) -> None:
    result = run("plan", root=root, LANG="es_MX.UTF-8")
    assert re.search(r"mar, 1 dic 2026, 09:00 +launch/letter +x-es", result.stdout)
    assert "\n4 entregas.\n" in result.stdout


def test_dates_are_the_campaigns_and_until_is_exclusive(root: Path) -> None:
    def planned(*period: str) -> int:
        return len(read("plan", *period, root=root))

    assert planned("--from", "2026-12-01", "--days", "1") == 4
    assert planned("--from", "2026-12-02") == 0
    assert planned("--until", "2026-12-01") == 0
    assert planned("--until", "2026-12-02") == 4
    assert planned("--days", "6") == 0
    assert planned("--days", "7") == 4  # by the same time of day


def test_without_dates_it_is_a_month_from_now(root: Path) -> None:
    late = dt.datetime(2026, 12, 1, 17, 5, tzinfo=dt.UTC) - dt.timedelta(days=DAYS)
    assert len(read("plan", root=root, now=late)) == 4
    assert read("plan", root=root, now=late - dt.timedelta(hours=1)) == []


def test_a_past_from_plans_as_if_it_were_then(root: Path) -> None:
    later = dt.datetime(2027, 6, 1, tzinfo=dt.UTC)
    assert read("plan", root=root, now=later) == []
    assert len(read("plan", "--from", "2026-11-30", root=root, now=later)) == 4


def test_it_counts_from_the_live_ledger_and_not_from_the_dry_one(root: Path) -> None:
    publish(root, live=False)
    assert len(read("plan", root=root)) == 4
    publish(root, live=True)
    assert [one["key"] for one in read("plan", root=root)].count("launch/letter:x-en:en") == 0
    assert len(read("plan", root=root)) == 3


def test_a_past_from_knows_nothing_of_what_came_after(root: Path) -> None:
    publish(root, live=True)
    later = dt.datetime(2027, 6, 1, tzinfo=dt.UTC)
    assert len(read("plan", "--from", "2026-11-20", root=root, now=later)) == 4
    assert len(read("plan", "--from", "2026-11-25", root=root, now=later)) == 3  # published on the 24th


def publish(root: Path, *, live: bool) -> None:
    """The ledger says that the English text went out on X, just now."""
    key = "launch/letter:x-en:en"
    with Ledger.open(Settings().ledger_at(root, live=live)) as ledger:
        add(ledger, delivery(key, NOW), now=NOW)
        begin(ledger, key, now=NOW)
        ledger.record(key, receipt(), now=NOW, last=True)


def test_a_rotation_looked_at_from_later_is_where_it_will_be_then(root: Path) -> None:
    post = "---\n---\n## en\nThe {} letter.\n## es\nLa {} carta.\n"
    files = {f"posts/turns/{name}.md": post.format(name, name) for name in "abc"}
    write(root, {"posts/turns/queue.yaml": "order: rotation\nslots: [daily 12:00]\n", **files})
    whole = read("plan", root=root)
    later = read("plan", "--from", "2026-12-05", root=root)
    assert later[:12] == [one for one in whole if one["at"] >= "2026-12-05"][:12]


def test_no_time_at_all_is_wrong_usage(root: Path) -> None:
    result = run("plan", "--from", "2026-12-01", "--until", "2026-12-01", root=root)
    assert (result.exit_code, result.stderr) == (
        2,
        "From 2026-12-01 until 2026-12-01 there is no time at all.\n",
    )


def test_a_period_that_is_too_long_is_wrong_usage(root: Path) -> None:
    result = run("plan", "--until", "2199-01-01", root=root)
    assert (result.exit_code, result.stderr) == (
        2,
        "Until 2199-01-01 it is too long: 3660 days are the most.\n",
    )


def test_what_is_held_stays_out_and_is_said(root: Path) -> None:
    write(root, {POST: THREAD.replace("demand:", "hold: true\ndemand:")})
    result = run("plan", "--json", root=root)
    assert (result.exit_code, result.stdout) == (0, "[]\n")
    assert result.stderr == "4 deliveries are held and stay out: see campaign-bot status.\n"


def test_one_bad_post_stops_no_other(root: Path) -> None:
    write(root, {"posts/launch/bad.md": THREAD.replace("link: letter", "link: leter")})
    result = run("plan", "--json", root=root)
    assert result.exit_code == 1
    assert {one["post"] for one in json.loads(result.stdout)} == {"launch/letter"}
    assert "posts/launch/bad.md:4:1: error: There is no link named leter." in result.stderr


def test_a_broken_configuration_plans_nothing(root: Path) -> None:
    write(root, {CAMPAIGN: "name: A\n"})
    result = run("plan", "--json", root=root)
    assert (result.exit_code, result.stdout) == (1, "[]\n")


def test_csv_has_a_row_for_each_and_no_formula(root: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("plan", "--csv", root=root).stdout, newline="")))
    assert len(rows) == 4
    assert rows[0]["parts"] == ("'=1+1 is how it begins.\n\n---\n\nThe second part.\nhttps://letter.test/en")
    assert (rows[1]["account"], rows[1]["images"]) == ("x-es", "media/letter.png: La carta.")


def test_a_calendar_whose_events_keep_their_identity(root: Path) -> None:
    def events() -> dict[str, icalendar.Event]:
        calendar = icalendar.Calendar.from_ical(run("plan", "--ics", root=root).stdout)
        return {str(event["uid"]): event for event in calendar.walk("VEVENT")}

    before = events()
    assert before["launch/letter:x-es:es@campaign-bot"]["dtstart"].dt == dt.datetime(
        2026, 12, 1, 17, tzinfo=dt.UTC
    )
    write(root, {POST: THREAD.replace("09:00", "10:00")})
    after = events()
    assert after.keys() == before.keys()
    assert after["launch/letter:x-es:es@campaign-bot"]["dtstart"].dt.hour == 18


# ---------------------------------------------------------------- preview


def test_preview_shows_what_each_account_would(root: Path) -> None:
    result = run("preview", "launch/letter", root=root)
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "── launch/letter · x-en (x) · English · 39/280 · $0.035\n"
        "=1+1 is how it begins.\n──\nThe second part.\nhttps://letter.test/en\n"
        "[media/letter.png: The letter.]\n"
    )


def test_preview_and_plan_have_the_same_bytes(root: Path) -> None:
    planned = {(one["account"], one["language"]): one for one in read("plan", root=root)}
    shown = {(one["account"], one["language"]): one for one in read("preview", root=root)}
    same = ("parts", "length", "limit", "images")
    assert planned.keys() == shown.keys()
    assert all(planned[place][name] == shown[place][name] for place in planned for name in same)


def test_preview_shows_every_variant_of_a_rotation(root: Path) -> None:
    sections = "## en\nOne.\n## es\nUno.\n## en\nTwo.\n## es\nDos.\n"
    write(
        root,
        {
            "posts/turns/queue.yaml": "order: rotation\nslots: [daily 12:00]\n",
            "posts/turns/a.md": f"---\n---\n{sections}",
        },
    )
    shown = read("preview", "turns/a", root=root)
    assert [(one["variant"], one["parts"]) for one in shown if one["account"] == "x-en"] == [
        (0, ["One."]),
        (1, ["Two."]),
    ]


def test_preview_tells_what_does_not_fit(root: Path) -> None:
    write(root, {POST: THREAD.replace("The second part.", "long " * 80)})
    result = run("preview", root=root)
    assert result.exit_code == 1
    assert "x-en (x) · English · 423/280: too long" in result.stdout


def test_preview_finds_a_post_by_its_file_too(root: Path) -> None:
    by_file, by_id = (
        read("preview", name, root=root) for name in ("posts/launch/letter.md", "launch/letter")
    )
    assert by_file == by_id


def test_preview_of_an_unknown_post_says_what_was_meant(root: Path) -> None:
    result = run("preview", "launch/leter", root=root)
    assert (result.exit_code, result.stderr) == (
        2,
        "There is no post launch/leter. Did you mean “launch/letter”?\n",
    )


def test_preview_tells_the_problems_of_the_post(root: Path) -> None:
    bad = "---\nat: 2026-12-02 09:00\nlink: leter\n---\n## en\nA.\n## es\nB.\n"
    write(root, {"posts/launch/bad.md": bad})
    assert run("preview", "launch/letter", root=root).stderr == ""
    result = run("preview", "launch/bad", root=root)
    assert result.exit_code == 1
    assert result.stderr.startswith("posts/launch/bad.md:3:1: error: There is no link named leter.")


def test_preview_of_a_post_that_cannot_be_read_says_why(root: Path) -> None:
    write(root, {"posts/launch/bad.md": "---\nat: 2026-12-01 09:00\n"})
    for name in ("launch/bad", "posts/launch/bad.md"):
        result = run("preview", name, "--json", root=root)
        assert (result.exit_code, result.stdout) == (1, "[]\n")
        assert result.stderr.startswith("posts/launch/bad.md:1:1: error: The second line with --- is missing")


def test_preview_of_a_broken_configuration_is_empty(root: Path) -> None:
    write(root, {CAMPAIGN: "name: A\n"})
    result = run("preview", "--json", root=root)
    assert (result.exit_code, result.stdout) == (1, "[]\n")
    assert "timezone is missing" in result.stderr


def test_preview_as_a_page(root: Path, tmp_path: Path) -> None:
    result = run("preview", "--html", str(tmp_path / "out" / "page"), root=root, LANG="es_MX.UTF-8")
    page = (tmp_path / "out" / "page" / "index.html").read_text(encoding="utf-8")
    assert result.exit_code == 0
    assert '<html lang="es">' in page
    assert "La carta ya salió." in page
    assert 'src="data:image/png;base64,' in page, "as it goes out"
    assert "http-equiv" in page
    assert "<script" not in page
