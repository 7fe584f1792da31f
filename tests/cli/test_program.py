"""The program itself: help and errors in both languages, exit codes, the folder it works on."""

from pathlib import Path

import pytest

from campaign_bot import __version__
from campaign_bot.app import loading
from campaign_bot.cli import COMMANDS
from support.cli import run
from support.files import CAMPAIGN, write


def test_the_version() -> None:
    assert run("--version").stdout == f"campaign-bot {__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("language", "usage"), [("en", "Usage: "), ("es", "Uso: ")])
def test_every_command_explains_itself(command: str, language: str, usage: str) -> None:
    result = run("--lang", language, command, "--help")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{usage}campaign-bot {command} [OP")


def test_the_same_process_speaks_first_one_language_and_then_the_other() -> None:
    assert "Muestra esta ayuda" in run("check", "-h", LANG="es_MX.UTF-8").stdout
    assert "Show this message" in run("check", "-h", LANG="en_US.UTF-8").stdout


def test_without_a_command_there_is_help() -> None:
    result = run(LANG="es_MX.UTF-8")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Busca todos los problemas en los archivos de la campaña\n" in result.stderr


@pytest.mark.parametrize(
    ("args", "english", "spanish"),
    [
        (
            ["plam"],
            "No such command 'plam'. Did you mean 'plan'?",
            "No existe el comando 'plam'. ¿Quiso decir 'plan'?",
        ),
        (["--nope"], "No such option '--nope'.", "No existe la opción '--nope'."),
        (["plan", "--dsys", "3"], "Did you mean '--days'?", "¿Quiso decir '--days'?"),
        (["plan", "--days", "many"], "many is no whole number.", "many no es un número entero."),
        (["plan", "--days", "0"], "0 is not in the range", "0 no está en el intervalo"),
        (["plan", "--from", "1.12."], "1.12. is no date.", "1.12. no es una fecha."),
        (["plan", "--from", "2026-02-30"], "2026-02-30 is no date.", "2026-02-30 no es una fecha."),
        (
            ["plan", "--from", "9999-12-31"],
            "9999-12-31 is too far away.",
            "9999-12-31 queda demasiado lejos.",
        ),
        (["plan", "--until", "2027-01-01", "--days", "3"], "either --until or --days", "--until o --days"),
        (["plan", "--json", "--csv"], "only one of --json", "solo uno: --json"),
        (["check", "--format", "xml"], "'xml' is not one of", "'xml' no es ninguno"),
        (["confirm", "key"], "either --published URL", "--published URL o"),
        (["hold"], "Missing argument 'POST|KEY'.", "Falta el argumento 'PUBLICACIÓN|CLAVE'."),
        (["pause", "--queue", "a", "--post", "b"], "Say only one of", "Indique solo uno"),
        ([], "Missing command.", "Falta el comando."),
    ],
)
def test_wrong_usage_is_told_in_both_languages(args: list[str], english: str, spanish: str) -> None:
    for language, sentence in (("en", english), ("es", spanish)):
        result = run("--lang", language, *args)
        assert (result.exit_code, result.stdout) == (2, "")
        assert sentence in result.stderr


def test_a_folder_without_a_campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = run("check", root=tmp_path)
    assert (named.exit_code, named.stderr) == (
        2,
        f"There is no campaign in {tmp_path}: it has no config/campaign.yaml.\n",
    )
    monkeypatch.chdir(tmp_path)
    here = run("check", LANG="es_ES.UTF-8")
    assert (here.exit_code, here.stderr.partition(":")[0]) == (
        2,
        "Ni esta carpeta ni ninguna por encima de ella es una campaña",
    )


def test_the_nearest_campaign_above_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    monkeypatch.chdir(tmp_path / "posts" / "launch")
    assert run("check").exit_code == 0


def test_a_setting_that_is_wrong_is_named_without_its_value(tmp_path: Path) -> None:
    result = run("check", root=write(tmp_path), CAMPAIGN_BOT_LIVE="s3cret-yes")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "The setting CAMPAIGN_BOT_LIVE has a value that it cannot have.\n"


def test_the_language_may_stand_in_the_campaigns_settings(tmp_path: Path) -> None:
    write(tmp_path, {".env": "CAMPAIGN_BOT_LANG=es\n"})
    assert run("check", root=tmp_path).stdout == "Ningún problema.\n"
    assert run("--lang", "en", "check", root=tmp_path).stdout == "No problems.\n"


# ---------------------------------------------------------------- our own faults


class Fault(Exception):
    """Something that nobody foresaw."""


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise Fault("the token is 0123456789abcdef")

    monkeypatch.setattr(loading, "snapshot", fail)


@pytest.mark.usefixtures("fault")
def test_our_own_fault_is_a_sentence_and_a_log(tmp_path: Path) -> None:
    write(tmp_path, {".env": "CAMPAIGN_BOT_ACCOUNTS__X_EN__ACCESS_TOKEN=0123456789abcdef\n"})
    result = run("check", root=tmp_path)
    log = tmp_path / "var" / "errors.log"
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == (
        f"Something went wrong inside campaign-bot. It is not your fault.\nThe details are in {log}.\n"
    )
    assert "Fault: the token is ***" in log.read_text(encoding="utf-8")


@pytest.mark.usefixtures("fault")
def test_with_verbose_the_traceback_is_shown(tmp_path: Path) -> None:
    result = run("--verbose", "check", root=write(tmp_path))
    assert "Traceback (most recent call last)" in result.stderr


def test_an_interruption_is_quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(loading, "snapshot", interrupt)
    result = run("check", root=write(tmp_path))
    assert (result.exit_code, result.output.strip()) == (130, "")


def test_nobody_there_to_answer_is_wrong_usage(tmp_path: Path) -> None:
    result = run("skip", "launch/letter", root=write(tmp_path), answer="")
    assert result.exit_code == 2
    assert "There is nobody to ask. Say --yes if you are sure." in result.stderr


def test_a_ledger_that_is_none_is_told_with_what_to_do(tmp_path: Path) -> None:
    write(tmp_path, {"var/dry-run.db": b"no database at all, but long enough to look like one" * 40})
    result = run("status", root=tmp_path, LANG="es_MX.UTF-8")
    assert result.exit_code == 1
    assert "está dañado o no es un registro" in result.stderr
    assert "Traceback" not in result.output


def test_a_broken_settings_file_names_no_secret(tmp_path: Path) -> None:
    write(tmp_path, {".env": b"CAMPAIGN_BOT_ACCOUNTS__X_EN__ACCESS_TOKEN=\xff\xfe12345678\n"})
    result = run("check", root=tmp_path)
    assert (result.exit_code, result.stderr) == (1, "The file .env cannot be read: it is not UTF-8.\n")


def test_a_broken_campaign_in_spanish(tmp_path: Path) -> None:
    write(tmp_path, {CAMPAIGN: "name: A\ntimezone: America/El_Paso\nlanguages: [en, es]\n"})
    result = run("check", root=tmp_path, LANG="es_MX.UTF-8")
    assert result.stdout == (
        "config/campaign.yaml:2:1: error: No existe la zona horaria America/El_Paso.\n"
        "    ¿Quiso decir «America/Denver»? Use un nombre como America/Los_Angeles.\n"
        "1 error, 0 advertencias.\n"
    )
