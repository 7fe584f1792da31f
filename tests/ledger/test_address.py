"""Any name that the system allows is a name: a ledger lies where it lies, whatever its folder is called."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from campaign_bot.ledger import Ledger, LedgerError
from campaign_bot.ledger.address import Address
from campaign_bot.ledger.glancing import Glance
from campaign_bot.model import State
from support.cli import read, run
from support.deliveries import NOON
from support.files import write
from support.ledgers import KEY, add

ODD = [
    "año #1?%20&x",
    "file:x",
    "file:x?mode=memory&cache=shared",
    "a%2Fb",
    "C: drive",
    "C:\\campaign",
    ":memory:",
    "sqlite:",
    "a;b 'c' \"d\"",
    "two\nlines",
    "?mode=ro",
    "#",
    "%",
    "%00",
    "{ledger} {0}",
    "$HOME ~",
    "postgresql:",
    "-wal",
    " ",
    "canción",
    "cancio\N{COMBINING ACUTE ACCENT}n",
    "日本語 🕊",
    os.fsdecode(b"\xff\xfe latin"),
]
NAMES = st.binary(min_size=1, max_size=200).map(lambda name: name.replace(b"/", b"?").replace(b"\0", b"#"))


def lies_in(folder: Path) -> None:
    """A ledger there is one ledger, for all who come to it, and nothing of it lies elsewhere."""
    path = folder / "campaign.db"
    with Ledger.open(path) as ledger, Ledger.open(path) as other:
        add(ledger)
        assert other.entry(KEY).state is State.SCHEDULED
        lock = ledger.lock()
        assert lock.acquire()
        assert not other.lock().acquire()
        with Glance.at(path) or pytest.fail("no ledger") as seen:
            assert [entry.key for entry in seen.overdue(NOON)] == [KEY]
        assert {found.name for found in folder.iterdir()} == {
            "campaign.db",
            "campaign.db-wal",
            "campaign.db-shm",
            "campaign.db.lock",
        }
        lock.release()
    with Glance.at(path) or pytest.fail("no ledger") as seen:  # now without a log beside it
        assert [entry.key for entry in seen.overdue(NOON)] == [KEY]
    path.rename(folder / "moved")
    with Ledger.open(path) as ledger:
        path.unlink()
        with pytest.raises(LedgerError) as error:
            add(ledger)
    assert (error.value.code, error.value.params["ledger"]) == ("ledger-gone", str(path))


@pytest.mark.parametrize("name", ODD)
def test_a_ledger_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    lies_in(tmp_path / name)
    assert [found.name for found in tmp_path.iterdir()] == [name]


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES)
def test_a_ledger_in_a_folder_of_whatever_name(name: bytes) -> None:
    assume(name not in (b".", b".."))
    with TemporaryDirectory() as above:
        folder = Path(above, os.fsdecode(name))
        try:
            folder.mkdir()
        except OSError:  # a system that has its own idea of a name
            assume(False)
        lies_in(folder)
        assert list(Path(above).iterdir()) == [folder]


@given(NAMES)
def test_a_path_stays_itself(name: bytes) -> None:
    path = Path("/", os.fsdecode(name), "campaign.db")
    address = Address.of(path)
    assert (address.file, address.label) == (path, str(path))
    assert Address.at(address.url) == address


@pytest.mark.parametrize("name", ODD)
def test_what_people_do_in_such_a_campaign_is_done_there(tmp_path: Path, name: str) -> None:
    """By a worker, a pause, a look, a copy: all at the one ledger of the campaign."""
    root = write(tmp_path / name)
    Ledger.open(root / "var/campaign.db").close()
    assert run("pause", root=root).exit_code == 0
    assert read("status", root=root)["mode"] == "live"
    assert read("status", root=root)["paused"]
    assert "paused" in [check["code"] for check in read("health", root=root)["checks"]]
    assert run("worker", "--once", root=root).exit_code == 0
    assert run("retract", "launch/letter", "--live", "--yes", root=root).exit_code == 0
    assert run("ledger", "backup", str(root / "copy"), root=root).exit_code == 0
    assert run("ledger", "restore", str(root / "copy"), "--yes", root=root).exit_code == 0
    with closing(sqlite3.connect(root / "var/campaign.db")) as raw:
        assert raw.execute("SELECT count(*) FROM pauses WHERE scope = 'all'").fetchone() == (1,)
    assert [found.name for found in tmp_path.iterdir()] == [name]


def test_its_sentences_name_the_file_as_it_is(tmp_path: Path) -> None:
    root = write(tmp_path / "año #1?%20&x")
    (root / "var").mkdir()
    (root / "var/campaign.db").write_bytes(b"no ledger" * 999)
    assert f"The ledger {root / 'var/campaign.db'} is damaged" in run("status", root=root).stderr


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:////srv/a%20b%23.db", "/srv/a b#.db"),
        ("sqlite:////srv/x.db?timeout=5", "/srv/x.db"),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("postgresql://db/campaign", None),
    ],
)
def test_an_address_that_somebody_wrote_as_a_url_is_read_as_one(url: str, file: str | None) -> None:
    assert Address.of(url).file == (file and Path(file))
