"""A copy that is put back is somebody else's file: nothing in it is carried out but what is ours."""

from __future__ import annotations

import json
import resource
import sqlite3
import zipfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import ValidationError

from campaign_bot.app.backup import Manifest
from campaign_bot.ledger import Ledger, upgrade
from campaign_bot.ledger.copies import must_be_plain, revision_of
from campaign_bot.ledger.errors import LedgerError
from support.cli import NOW, run
from support.files import write
from support.ledgers import add

FOR_EVER = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS version_num FROM c"
HOSTILE: dict[str, Sequence[str]] = {
    "trigger evil": ["CREATE TRIGGER evil AFTER INSERT ON events BEGIN UPDATE accounts SET stopped = 0; END"],
    "trigger deliveries_moves": [
        "DROP TRIGGER deliveries_moves",
        "CREATE TRIGGER deliveries_moves BEFORE UPDATE OF state ON deliveries BEGIN DELETE FROM events; END",
    ],
    "view ledger_version": ["DROP TABLE ledger_version", f"CREATE VIEW Ledger_Version AS {FOR_EVER}"],
    "table zz": ["CREATE TABLE zz (a, CHECK(length(randomblob(900000000)) > 0))"],
    "table zy": ["CREATE TABLE zy (a, b AS (hex(zeroblob(200000000))))", "INSERT INTO zy VALUES (1)"],
    "table zx": ["CREATE VIRTUAL TABLE zx USING fts5(a)"],
    "table zw": [
        "CREATE TABLE zw (a, CHECK/**/(length(hex(zeroblob(200000000))) > 0))",
        "INSERT INTO zw VALUES (1)",
    ],
    "table zv": [
        "CREATE TABLE zv (a, b GENERATED ALWAYS AS --\n (hex(zeroblob(200000000))))",
        "INSERT INTO zv VALUES (1)",
    ],
    "table zu": ["CREATE TABLE zu (a UNIQUE ON CONFLICT REPLACE)"],
    "table zt": ["CREATE TABLE zt (a REFERENCES meta (name) ON DELETE CASCADE)"],
    "index zk": ["CREATE INDEX zk ON meta (length/**/(hex/**/(zeroblob/**/(200000000))))"],
    "index zl": [f"CREATE INDEX zl ON meta (value) WHERE value GLOB '{'*a' * 99}*b'"],
    "index zm": ["CREATE UNIQUE INDEX zm ON events (kind)"],
    "index zi": ["CREATE INDEX zi ON meta (length(hex(zeroblob(200000000))))"],
    "index zj": ["CREATE INDEX zj ON meta (value) WHERE length(hex(zeroblob(200000000))) > 0"],
}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = write(tmp_path / "campaign") / "var" / "campaign.db"
    with Ledger.open(path) as made:
        add(made)
    return path


@pytest.mark.parametrize("what", HOSTILE)
def test_nothing_in_a_copy_is_carried_out(ledger: Path, tmp_path: Path, what: str) -> None:
    file = tmp_path / "copy.db"
    with closing(sqlite3.connect(ledger)) as source, closing(sqlite3.connect(file)) as made:
        source.backup(made)
        for statement in HOSTILE[what]:
            made.execute(statement)
        made.commit()
    before, memory = ledger.read_bytes(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = run("ledger", "restore", str(file), "--yes", root=ledger.parents[1])
    assert (result.exit_code, f"({what})".lower() in result.stderr.lower()) == (1, True)
    assert ledger.read_bytes() == before
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 100_000


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_version SET version_num = '9\x1b[2J\x9b'",
        'CREATE VIRTUAL TABLE "zz\x1b[2J\x9b" USING fts5(a)',
    ],
)
def test_what_a_copy_says_of_itself_rules_no_terminal(ledger: Path, statement: str) -> None:
    with closing(sqlite3.connect(ledger)) as made:
        made.execute(statement)
        made.commit()
    with pytest.raises(LedgerError) as error:
        must_be_plain(ledger, "copy")
        revision_of(ledger, "copy")
    assert not {"\x1b", "\x9b"} & set("".join(map(str, error.value.params.values())))


def test_nor_does_the_program_that_its_manifest_names() -> None:
    for program in ("\x1b[2J", "1\x9b", "1\n2"):
        with pytest.raises(ValidationError):
            Manifest.model_validate(
                {
                    "program": program,
                    "created_at": NOW,
                    "campaign": "c",
                    "mode": "live",
                    "revision": "1",
                    "members": (),
                }
            )


def test_nor_does_the_campaign_that_it_names(ledger: Path, tmp_path: Path) -> None:
    """Whoever is asked whether to put it back reads our words, and not the file's."""
    file, forged = tmp_path / "copy.zip", tmp_path / "forged.zip"
    assert run("ledger", "backup", str(file), root=ledger.parents[1]).exit_code == 0
    with zipfile.ZipFile(file) as copy, zipfile.ZipFile(forged, "w") as made:
        manifest = json.loads(copy.read("manifest.json"))
        manifest["campaign"] = f"ours\nThe copy is in place.\x1b[2J\u202e{'x' * 9000}"
        made.writestr("manifest.json", json.dumps(manifest))
        made.writestr("campaign.db", copy.read("campaign.db"))
    said = run("ledger", "restore", str(forged), root=ledger.parents[1], answer="n\n").stdout.splitlines()[0]
    assert said.startswith("A copy of the live ledger of ours The copy is in place.\ufffd[2J\ufffdxxx")
    assert len(said) < 200


def test_an_operators_own_view_and_index_do_no_harm(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as made:
        made.execute("CREATE VIEW theirs AS SELECT * FROM events")
        made.execute("CREATE INDEX theirs_too ON events (who)")
    must_be_plain(ledger, "copy")


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004", "0005"])
def test_every_form_that_a_ledger_of_ours_ever_had_is_taken(tmp_path: Path, revision: str) -> None:
    from sqlalchemy import create_engine

    file = tmp_path / "older.db"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as conn:
        upgrade.migrate(conn, None, "older", to=revision)
    engine.dispose()
    must_be_plain(file, "copy")


def test_a_file_that_is_no_database_is_none(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    file.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(LedgerError):
        must_be_plain(file, "copy")
