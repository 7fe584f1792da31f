"""click in two languages: help and usage are looked up when they are shown, not when a module is imported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any

import click

from campaign_bot.i18n import N_, _
from campaign_bot.names import nfc


class Words:
    """An attribute that holds a message, and gives its words in the current language."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"_{name}_message"

    def __get__(self, holder: object, owner: type | None = None) -> str | None:
        message: str | None = getattr(holder, self._name)
        return message and _(message)

    def __set__(self, holder: object, message: str | None) -> None:
        setattr(holder, self._name, message)


class Option(click.Option):
    """An option whose ``help`` and ``metavar`` are messages."""

    help: Any = Words()
    metavar: Any = Words()


class Argument(click.Argument):
    """An argument whose ``metavar`` is a message."""

    metavar: Any = Words()


class Command(click.Command):
    """A command whose ``help`` is a message."""

    help: Any = Words()

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - a sentence cut short says nothing
        """The first sentence of its help, for the list of commands."""
        return str(self.help or "").partition(". ")[0].rstrip(".")

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [_(piece) for piece in super().collect_usage_pieces(ctx)]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _("Show this message and exit.")
        return option


class Group(Command, click.Group):
    """Commands by name, each imported when it is asked for: ``paths`` are ``module:attribute``."""

    def __init__(self, *args: Any, paths: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._paths = paths

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self._paths)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in self._paths:
            return None
        module, _colon, name = self._paths[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            # click looks for similar names among the commands that it holds, and it holds none of ours.
            raise click.NoSuchCommand(error.command_name, possibilities=self._paths, ctx=ctx) from None


class Day(click.ParamType[dt.date]):
    """A date, written 2026-12-01, of a time that anybody may plan for."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        try:
            day = dt.datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
        except ValueError:
            self.fail(_("{value} is no date. Write it as 2026-12-01.").format(value=value), param, ctx)
        if not 1970 <= day.year <= 2199:
            self.fail(_("{value} is too far away.").format(value=value), param, ctx)
        return day


class Number(click.IntRange):
    """A whole number in a range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if not str(value).isdecimal():
            self.fail(_("{value} is no whole number.").format(value=value), param, ctx)
        number: int = super().convert(value, param, ctx)
        return number


class Name(click.ParamType[str]):
    """A name of something in the campaign, in the one form that names have."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        return nfc(str(value))


class Share(click.ParamType[float]):
    """A number from 0 to 1."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            share = float(value)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            self.fail(_("{value} is no number from 0 to 1, such as 0.1.").format(value=value), param, ctx)
        return share


USAGE = (N_("[OPTIONS]"), N_("COMMAND [ARGS]..."))
"""click's own pieces of a usage line, here so that they are translated."""

option = partial(click.option, cls=Option)
argument = partial(click.argument, cls=Argument)


def command(help: str, **more: Any) -> Callable[[Callable[..., Any]], click.Command]:  # noqa: A002
    """A command; its function returns an exit code, or None for 0."""
    return click.command(cls=Command, help=help, **more)


json_option = option("--json", "as_json", is_flag=True, help=N_("Write JSON instead of a table."))
yes_option = option("--yes", is_flag=True, help=N_("Do not ask."))
live_option = option("--live", is_flag=True, help=N_("Really call the platforms."))
dry_option = option(
    "--dry", is_flag=True, help=N_("Use the ledger of dry runs even where there is a live one.")
)
