"""The log: one line for each entry, in UTC, without secrets."""

import logging

import pytest

from campaign_bot.cli import logs

SECRET = "0123456789abcdef"


def clean(words: str) -> str:
    return words.replace(SECRET, "***")


def test_a_line_has_its_time_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    record = logging.LogRecord("campaign_bot.app", logging.INFO, "", 0, "%s: published", ("a:x-en:en",), None)
    record.created = 1_796_144_400.0
    with logs.to_stderr(clean, verbose=False):
        logging.getLogger("campaign_bot.app").handle(record)
    assert capsys.readouterr().err == "2026-12-01T17:00:00Z INFO a:x-en:en: published\n"


@pytest.mark.parametrize("who", ["campaign_bot.app", "a.library"])
def test_secrets_are_taken_out_of_arguments_and_tracebacks(
    capsys: pytest.CaptureFixture[str], who: str
) -> None:
    with logs.to_stderr(clean, verbose=False):
        try:
            int(f"bad token {SECRET}")
        except ValueError:
            logging.getLogger(who).exception("with %s", SECRET)
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "bad token ***" in shown
    assert SECRET not in shown


@pytest.mark.parametrize(
    ("options", "levels"),
    [
        ({"verbose": False}, ["INFO", "ERROR"]),
        ({"verbose": True}, ["DEBUG", "INFO", "ERROR"]),
        ({"verbose": False, "least": logging.ERROR}, ["ERROR"]),
    ],
)
def test_how_much_is_said(
    capsys: pytest.CaptureFixture[str], options: dict[str, bool], levels: list[str]
) -> None:
    with logs.to_stderr(clean, **options):
        for level in (logging.DEBUG, logging.INFO, logging.ERROR):
            logging.getLogger("campaign_bot.app").log(level, "something")
    assert [line.split()[1] for line in capsys.readouterr().err.splitlines()] == levels


def test_afterwards_everything_is_as_before() -> None:
    root, ours = logging.getLogger(), logging.getLogger("campaign_bot")
    before = (list(root.handlers), ours.level)
    with logs.to_stderr(clean, verbose=True):
        assert (list(root.handlers), ours.level) != before
    assert (list(root.handlers), ours.level) == before
