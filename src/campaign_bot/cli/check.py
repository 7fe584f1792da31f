"""``check``: every problem in the files, for people, programs and GitHub."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from campaign_bot.cli.base import command, option
from campaign_bot.cli.output import say, warn, write_json
from campaign_bot.cli.session import Session, pass_session
from campaign_bot.i18n import N_, _, ngettext
from campaign_bot.i18n.problems import words
from campaign_bot.model import Problem, Severity

FORMATS = ("text", "json", "github")


@command(help=N_("Find every problem in the campaign's files."))
@option("--format", "format_", type=click.Choice(FORMATS), help=N_("How to write them (text)."))
@option("--json", "as_json", is_flag=True, help=N_("The same as --format json."))
@option(
    "--live",
    is_flag=True,
    help=N_("Check as for a live start: no placeholder links. So it is wherever there is a live ledger."),
)
@pass_session
def check(session: Session, format_: str | None, as_json: bool, live: bool) -> int:
    from campaign_bot.app import checking, ledgers, loading

    as_live = live or ledgers.is_live(session.root, session.settings, dry=False)
    snapshot = loading.snapshot(session.root, session.settings, live=as_live)
    problems = checking.problems(session.root, session.settings, snapshot, session.now())
    if as_json or format_ == "json":
        write_json(checking.as_json(problems))
    elif format_ == "github":
        for problem in problems:
            say(annotation(problem, session.root))
    else:
        show(problems)
        say(_summary(problems))
    return 1 if snapshot.has_errors else 0


def show(problems: Sequence[Problem], *, err: bool = False) -> None:
    """One paragraph for each problem; ``err``: beside a result, on stderr."""
    write = warn if err else say
    for problem in problems:
        message, hint = words(problem)
        write(f"{problem.file}:{problem.line}:{problem.column}: {_severity(problem)}: {message}")
        write(f"    {hint}")


def _severity(problem: Problem) -> str:
    return _("error") if problem.severity is Severity.ERROR else _("warning")


def _summary(problems: Sequence[Problem]) -> str:
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    warnings = len(problems) - errors
    if not problems:
        return _("No problems.")
    first = ngettext("{n} error", "{n} errors", errors).format(n=errors)
    second = ngettext("{n} warning", "{n} warnings", warnings).format(n=warnings)
    return f"{first}, {second}."


# ---------------------------------------------------------------- GitHub's workflow commands


def annotation(problem: Problem, root: Path) -> str:
    """A problem as an annotation of a GitHub workflow; its file is named from the repository's folder."""
    message, hint = words(problem)
    place = {
        "file": _from_workspace(root / problem.file) or problem.file,
        "line": problem.line,
        "col": problem.column,
        "title": problem.code,
    }
    properties = ",".join(f"{name}={_escaped_property(str(value))}" for name, value in place.items())
    told = _escaped(f"{message}\n{hint}")
    return f"::{problem.severity} {properties}::{told}"


def _from_workspace(file: Path) -> str | None:
    workspace = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    resolved = file.resolve()
    return resolved.relative_to(workspace).as_posix() if resolved.is_relative_to(workspace) else None


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
