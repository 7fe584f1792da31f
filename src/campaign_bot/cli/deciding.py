"""What a person decides: ``pause``, ``resume``, ``hold``, ``release``, ``skip``, ``retry``, ``confirm``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import click

from campaign_bot.cli.base import Name, argument, command, dry_option, live_option, option, yes_option
from campaign_bot.cli.output import confirmed, say, say_loud
from campaign_bot.cli.session import Session, pass_session
from campaign_bot.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from campaign_bot.app.deciding import Desk
    from campaign_bot.model import Entry

Scope = Literal["all", "account", "queue", "post", "language"]


@contextmanager
def desk(session: Session, *, dry: bool, live: bool = False) -> Iterator[Desk]:
    """The place where a decision is taken: the folder as it is, and the ledger in use.

    ``live``: the platforms may be asked.
    """
    from campaign_bot.app import deciding, ledgers, loading, platforms

    campaign = loading.snapshot(session.root, session.settings).campaign
    is_dry = dry or not (session.had_live_ledger or session.settings.live)
    with ledgers.for_deciding(session.root, session.settings, dry=dry) as ledger:
        asked = partial(platforms.receipt_for, session.settings, ledger, session.now, live=session.live(live))
        yield deciding.Desk(campaign, ledger, session.now(), None if is_dry else asked)


def say_where(session: Session, *, dry: bool, err: bool = False) -> None:
    """First of all that is said of a decision: that a server knows nothing of it.

    Also where it is live: a ledger that a decision begins is no server's yet, and one that no worker here
    uses may be a copy of the server's.
    """
    from campaign_bot.app import liveness

    settings = session.settings
    if dry:
        return
    if not session.had_live_ledger:
        words = _(
            "This holds on this computer only. If a server publishes this campaign, it goes on"
            " publishing; to stop it from the files, write paused: in config/campaign.yaml."
        )
        say_loud(words, err=err)
    elif not settings.database_url and not liveness.is_at_work(
        settings.state_of(session.root), session.now()
    ):
        words = _(
            "No worker is running here. If another computer publishes this campaign, it goes on"
            " publishing; to stop it from the files, write paused: in config/campaign.yaml."
        )
        say_loud(words, err=True)


def say_ledger(session: Session, dry: bool) -> None:
    from campaign_bot.app import ledgers

    if not ledgers.is_live(session.root, session.settings, dry=dry):
        say(_("(in the ledger of dry runs)"))


# ---------------------------------------------------------------- pauses


def filters(function: Callable[..., Any]) -> Callable[..., Any]:
    """The four filters of ``pause`` and ``resume``."""
    for name, metavar, help_ in (
        ("--language", N_("LANGUAGE"), N_("Only what is in this language.")),
        ("--post", N_("POST"), N_("Only this post.")),
        ("--queue", N_("QUEUE"), N_("Only this queue.")),
        ("--account", N_("ACCOUNT"), N_("Only this account.")),
    ):
        function = option(name, type=Name(), metavar=metavar, help=help_)(function)
    return function


def _scope(chosen: dict[Scope, str | None]) -> tuple[Scope, str]:
    """The one filter that was said; none is everything."""
    said = [(scope, value) for scope, value in chosen.items() if value is not None]
    if len(said) > 1:
        raise click.UsageError(_("Say only one of --account, --queue, --post and --language."))
    return said[0] if said else ("all", "")


@command(help=N_("Stop publishing: everything, or one account, queue, post or language."))
@option("--reason", default="", metavar=N_("REASON"), help=N_("Why; shown to everyone who looks."))
@filters
@dry_option
@pass_session
def pause(session: Session, /, reason: str, dry: bool, **chosen: str | None) -> int:
    scope, value = _scope(chosen)  # type: ignore[arg-type]
    with desk(session, dry=dry) as at:
        reason = at.pause(scope, value, reason)
    say_where(session, dry=dry)
    say(_("Paused: {value}.").format(value=value) if value else _("Everything is paused."))
    if reason:
        say(f"    {reason}")
    say_ledger(session, dry)
    return 0


@command(help=N_("Go on publishing: end just the pause with the same filter."))
@filters
@dry_option
@pass_session
def resume(session: Session, /, dry: bool, **chosen: str | None) -> int:
    scope, value = _scope(chosen)  # type: ignore[arg-type]
    with desk(session, dry=dry) as at:
        at.resume(scope, value)
        left = at.file_pauses
    say_where(session, dry=dry)
    say(_("Resumed: {value}.").format(value=value) if value else _("The pause of everything is over."))
    for pause in left:
        say(_("{place} still pauses: delete that line, and publishing goes on.").format(place=pause.place))
    say_ledger(session, dry)
    return 0


# ---------------------------------------------------------------- deliveries


def target(function: Callable[..., Any]) -> Callable[..., Any]:
    """``POST|KEY [--account A]``."""
    function = dry_option(function)
    function = option("--account", type=Name(), metavar=N_("ACCOUNT"), help=N_("Only on this account."))(
        function
    )
    return argument("name", type=Name(), metavar=N_("POST|KEY"))(function)


def _tell(session: Session, dry: bool, moved: Sequence[Entry], sentence: str) -> int:
    for entry in moved:
        say(f"  {entry.key}")
    say(sentence.format(n=len(moved)))
    say_ledger(session, dry)
    return 0


@command(help=N_("Keep a post, or one delivery, in until someone releases it."))
@target
@pass_session
def hold(session: Session, name: str, account: str | None, dry: bool) -> int:
    with desk(session, dry=dry) as at:
        moved = at.hold(name, account)
    say_where(session, dry=dry)
    return _tell(
        session, dry, moved, ngettext("{n} delivery is held.", "{n} deliveries are held.", len(moved))
    )


@command(help=N_("Let a held post, or one delivery, go out; due now at the earliest."))
@target
@pass_session
def release(session: Session, name: str, account: str | None, dry: bool) -> int:
    with desk(session, dry=dry) as at:
        moved = at.release(name, account)
    say_where(session, dry=dry)
    sentence = ngettext("{n} delivery is released.", "{n} deliveries are released.", len(moved))
    return _tell(session, dry, moved, sentence)


@command(help=N_("Never publish a post, or one delivery. This is for good."))
@target
@yes_option
@pass_session
def skip(session: Session, name: str, account: str | None, dry: bool, yes: bool) -> int:
    with desk(session, dry=dry) as at:
        at.must_know(name, account)
    say_where(session, dry=dry)
    if not confirmed(_("Skip {name} for good?").format(name=name), yes):
        return 1
    with desk(session, dry=dry) as at:
        moved = at.skip(name, account)
    sentence = ngettext("{n} delivery is skipped.", "{n} deliveries are skipped.", len(moved))
    return _tell(session, dry, moved, sentence)


@command(help=N_("Try again what failed or was missed. What was skipped stays skipped."))
@target
@pass_session
def retry(session: Session, name: str, account: str | None, dry: bool) -> int:
    with desk(session, dry=dry) as at:
        moved = at.retry(name, account)
    say_where(session, dry=dry)
    sentence = ngettext("{n} delivery is tried again.", "{n} deliveries are tried again.", len(moved))
    return _tell(session, dry, moved, sentence)


@command(help=N_("Say what became of an unconfirmed delivery, after looking at the platform."))
@argument("key", type=Name(), metavar=N_("KEY"))
@option("--published", "url", metavar="URL", help=N_("It is there, at this address."))
@option("--not-published", is_flag=True, help=N_("It is not there: publish it again."))
@live_option
@yes_option
@dry_option
@pass_session
def confirm(
    session: Session, key: str, url: str | None, not_published: bool, live: bool, yes: bool, dry: bool
) -> int:
    if (url is None) is not not_published:
        raise click.UsageError(_("Say either --published URL or --not-published."))
    with desk(session, dry=dry) as at:
        at.unconfirmed(key)
    say_where(session, dry=dry)
    question = _("Are you sure? If it is there after all, it will be there twice.")
    if not_published and not confirmed(question, yes):
        return 1
    with desk(session, dry=dry, live=live) as at:
        if url is None:
            at.confirm_not_published(key)
            say(_("{key} goes out again.").format(key=key))
        else:
            at.confirm_published(key, url)
            say(_("{key} is published: {url}").format(key=key, url=url))
    say_ledger(session, dry)
    return 0
