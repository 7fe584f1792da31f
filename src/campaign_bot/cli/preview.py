"""``preview``: exactly what each account would show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from campaign_bot.cli.base import Name, argument, command, json_option, option
from campaign_bot.cli.check import show
from campaign_bot.cli.output import say, write_json
from campaign_bot.cli.session import Session, pass_session
from campaign_bot.i18n import N_, _
from campaign_bot.i18n.problems import language_name

if TYPE_CHECKING:
    from campaign_bot.app.previewing import View

BETWEEN_PARTS = "\n──\n"


@command(help=N_("Exactly what each account would show of a post (or of all), with its length and limit."))
@argument("post", type=Name(), required=False, metavar=N_("[POST]"))
@option(
    "--html",
    type=click.Path(file_okay=False, path_type=Path),
    metavar=N_("DIR"),
    help=N_("Write a page with every post as it would look into this folder."),
)
@json_option
@pass_session
def preview(session: Session, post: str | None, html: Path | None, as_json: bool) -> int:
    from campaign_bot.app import loading, previewing

    read = loading.snapshot(session.root, session.settings)
    seen = previewing.preview(read, post)
    show(seen.problems, err=True)
    if html is not None and read.campaign is not None:
        file = previewing.write_page(session.root, read.campaign, seen.views, html)
        say(_("The page is {file}.").format(file=file))
    elif as_json:
        write_json(previewing.as_json(seen.views))
    else:
        for view in seen.views:
            _show(view)
    return 1 if seen.has_errors else 0


def _show(view: View) -> None:
    where = [view.post.id, f"{view.account.name} ({view.account.platform})", language_name(view.language)]
    if view.variants > 1:
        where.append(_("variant {number}").format(number=view.variant + 1))
    length = f"{view.rendered.length}/{view.rendered.limit}"
    where.append(length if view.fits else _("{length}: too long").format(length=length))
    if view.cost:
        from campaign_bot.app import money

        where.append(money.words(view.cost))
    say(f"── {' · '.join(where)}")
    if view.rendered.warning:
        say(f"[{view.rendered.warning}]")
    say(BETWEEN_PARTS.join(view.rendered.parts))
    for picture in view.rendered.images:
        say(f"[{picture.file}: {picture.alt}]")
    say()
