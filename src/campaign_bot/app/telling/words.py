"""The message that tells staff of news, in the languages of their campaign."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from campaign_bot import i18n
from campaign_bot.app.telling.news import Item, Kind, News
from campaign_bot.app.telling.sending import Message
from campaign_bot.i18n import N_, _
from campaign_bot.i18n.problems import words
from campaign_bot.i18n.reasons import reason_words
from campaign_bot.model import Campaign

LINES = (20, 5, 1, 0)
"""Most lines of a group, in a message and in its shorter versions for services that take little."""

BETWEEN = "\n\n———\n\n"
"""Between one language and the next."""

LONGEST = 300
"""Characters of a line: a platform's own words may go on for ever."""

HEADINGS = {
    Kind.CHANGED: (
        N_("Accounts that were stopped: their server or login is another"),
        N_(
            "Nothing is published there. If nobody meant this change, undo it, and look who made it. If it "
            "is meant, the operator says so: campaign-bot accounts trust NAME"
        ),
    ),
    Kind.STOPPED: (
        N_("Accounts that were stopped"),
        N_("Their posts wait. Renew the credentials; the worker tries every five minutes."),
    ),
    Kind.WAITS: (
        N_("Accounts that wait: their budget is used up"),
        N_("Their posts wait for the next month, or are missed. A higher budget lets them go on."),
    ),
    Kind.UNCONFIRMED: (
        N_("Unconfirmed: may be public or not"),
        N_("Look on the platform, then: campaign-bot confirm KEY --published URL, or --not-published"),
    ),
    Kind.FAILED: (N_("Failed"), N_("Once the cause is mended: campaign-bot retry KEY")),
    Kind.MISSED: (N_("Missed: too late to go out"), N_("If it may still go out: campaign-bot retry KEY")),
    Kind.HELD: (N_("Held: a picture was refused"), N_("With another picture: campaign-bot release KEY")),
    Kind.PROBLEM: (N_("Problems in the files"), ""),
    Kind.MENDED: (N_("Accounts that work again"), ""),
}
"""A group's heading, and what to do."""

COUNTED = {
    Kind.CHANGED: N_("changed accounts: {count}"),
    Kind.STOPPED: N_("stopped accounts: {count}"),
    Kind.WAITS: N_("used up budgets: {count}"),
    Kind.UNCONFIRMED: N_("unconfirmed: {count}"),
    Kind.FAILED: N_("failed: {count}"),
    Kind.MISSED: N_("missed: {count}"),
    Kind.HELD: N_("held: {count}"),
    Kind.PROBLEM: N_("problems in files: {count}"),
    Kind.MENDED: N_("accounts that work again: {count}"),
}


class Writer:
    """Writes for the campaign of this moment; one whose ``config/`` is broken has the name it had before."""

    def __init__(self, campaign: Callable[[], Campaign | None], clean: Callable[[str], str]) -> None:
        self._campaign = campaign
        self._clean = clean
        self._last = campaign()

    def __call__(self, news: News) -> Message:
        campaign = self._campaign()
        self._last = campaign or self._last
        return message(news, self._last, broken=campaign is None, clean=self._clean)


def message(news: News, campaign: Campaign | None, *, broken: bool, clean: Callable[[str], str]) -> Message:
    """``broken``: nothing goes out for now, because of ``config/``. ``clean`` takes secrets out."""
    languages = _languages(campaign)
    bodies = tuple(clean(BETWEEN.join(_body(news, broken, one, most) for one in languages)) for most in LINES)
    with i18n.using(languages[0]):
        title = clean(_title(news, campaign.name if campaign else "campaign-bot"))
    return Message(title, bodies, bad=news.keys() != {Kind.MENDED})


def _languages(campaign: Campaign | None) -> Sequence[str]:
    """The campaign's, in its order, as far as we speak them; else all of ours, the worker's first."""
    spoken = [one for one in (campaign.languages if campaign else ()) if one in i18n.LANGUAGES]
    return spoken or [i18n.language(), *(one for one in i18n.LANGUAGES if one != i18n.language())]


def _title(news: News, name: str) -> str:
    counted = [_(COUNTED[kind]).format(count=len(items)) for kind, items in news.items()]
    return f"{name} — {', '.join(counted)}"


def _body(news: News, broken: bool, language: str, most: int) -> str:
    with i18n.using(language):
        groups = [_("Nothing goes out until config/ is mended.")] if broken else []
        groups += ["\n".join(_group(kind, items, most)) for kind, items in news.items()]
        return "\n\n".join(groups)


def _group(kind: Kind, items: Sequence[Item], most: int) -> Iterator[str]:
    heading, advice = HEADINGS[kind]
    yield f"{_(heading)} ({len(items)})"
    for item in items[:most]:
        yield f"- {_line(item)}"
    if 0 < most < len(items):
        command = "check" if kind is Kind.PROBLEM else "status"
        more = len(items) - most
        yield _("and {count} more: campaign-bot {command}").format(count=more, command=command)
    if advice and most:
        yield _(advice)


def _line(item: Item) -> str:
    said = " ".join(words(item.problem)) if item.problem else reason_words(item.reason)
    told = " ".join(f"{item.about} · {said}".split()).removesuffix(" ·")
    return told if len(told) <= LONGEST else f"{told[: LONGEST - 1]}…"
