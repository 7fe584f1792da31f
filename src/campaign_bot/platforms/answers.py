"""What a platform's answer means: pure functions from an HTTP answer to a value or one of the three errors.

No library and no network here, so that every line of the table can be tested by itself.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from itertools import accumulate, chain
from typing import Any
from urllib.parse import quote, quote_plus

from campaign_bot.platforms.errors import NotSent, PlatformError, Refused, Unknown

MOST_VALUES = 50_000  # in an answer: the largest page of posts has a few thousand
MOST_LEVELS = 100  # ours have ten; a thousand need all of the stack, and then whatever runs down there fails
REASON_LENGTH = 300  # characters: a reason is read in a table
LONGEST_WAIT = dt.timedelta(hours=6)  # a platform that asks for more is asked again then

_READ = 1000  # characters of a refusal in which it is looked for what it means: one may have megabytes
_EPOCH = 1_000_000_000  # a number below this is a count of seconds, above it an instant
_WAIT_HEADERS = ("retry-after", "x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset")
_TELLING = 8  # characters: a shorter secret may stand in an answer by chance
_WORDS = ("title", "error", "code", "detail", "error_description", "message")
_ACCOUNT_BROKEN = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED})
# "Repeat this request over there": nothing was done here. A 302 or 303 also means "done, look there".
_MOVED = frozenset(
    {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT}
)
# Refused now, and will be taken in a moment: nothing was done. Only "not yet", never "cannot be"; also where
# the answer says when (Retry-After).
_NOT_YET = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.LOCKED}
)
_IN_A_MOMENT = re.compile(
    r"""
    (?:\bnot|n't) \s (?:yet\s)? (?:finished|done|complete|ready|been\s(?:fully\s)?processed)
    | \bnot \s yet \s (?:been\s)? (?:available|processed)
    | \b(?:is|are|still|being) \s (?:still\s|being\s|currently\s)* process(?:ing|ed)\b
    | \A (?:(?:media|file)[\s_-])? processing [.…]{0,3} \Z
    | \bin[\s_]?progress\b | \bmedia\b [^.]{0,80} \bpending\b
    | (?:\A|[.:;,!]\s|please\s) (?:try \s (?:it\s)? again (?=\s*[.!]|\Z) | retry (?=\s*[.!]|\Z))
    | (?:\A|[.:;,!]\s|please\s|wait\s(?:a\s\w+\s)?and\s)
      (?:try \s (?:it\s)? again | retry) \s (?:in|later|soon|shortly|after)\b
    | \bno \s se \s han? \s (?:terminado|acabado) \s de \s proces | \bno \s se \s ha \s procesado
    | \b(?:a[uú]n|todav[ií]a) \s se \s est[aá]n? \s procesando
    | (?:\A|[.:;,!¡]\s?|favor,?\s) (?:int[eé]nt[ae](?:lo)? \s (?:de\snuevo|nuevamente|otra\svez)
      | vuelv[ae] \s a \s intentar(?:lo)?)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# What a 403 says of the credential, and so of every post (RFC 6750; Mastodon, Pleroma, GoToSocial, X; Misskey
# has its own names for it).
_ABOUT_THE_ACCOUNT = re.compile(
    r"""
    (?<![a-z]) scopes?\b | insufficient | insuficiente | \bread[\s_-]?only\b
    | \b(?:invalid_(?:token|client|grant)|unauthorized_client|access_denied|permission_denied)\b
    | \b(?:your|this)[\s_](?:account|login)[\s_](?:is|was|has\sbeen|needs|suspended|moved)\b
    | (?:\A|[:;.]\s) (?:user|account) \s (?:(?:is|was|has\sbeen)\s)? (?:suspended|disabled|locked|banned)\b
    | \byou \s (?:are|were|have\sbeen) \s (?:banned|suspended)\b
    | \bcuenta \s (?:est[aá]|ha\ssido|fue) \s (?:suspendida|bloqueada|desactivada)\b
    | \b(?:app|application|client|token) \s (?:cannot|can't|does\snot|is\snot|may\snot|lacks|needs|has\sno)\b
    | \b(?:access|bearer|api)[\s_-]?(?:token|key)\b | \bcredentials?\b | \brevoked\b
    | \bwrite \s (?:access|permissions?)\b | \bwrite:\w
    | \bpermisos? \s (?:de \s escritura|para \s publicar)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"?|([\[{])|([\]}])', re.DOTALL)  # those in a string do not count
_CREDENTIAL = re.compile(r"\b(Basic|Bearer|DPoP)\s+[\w.~+/=-]{8,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read to its end. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def server_time(self) -> dt.datetime | None:
        """The ``Date`` header, UTC."""
        return date(self.headers.get("date", ""))

    @property
    def illegible(self) -> str:
        """Why its values are not for libraries, which make an object of each; empty where they are."""
        opened, more = sum(map(self.body.count, (b"{", b"["))), self.body.count(b",")
        if opened + more > MOST_VALUES:
            return f"more than {MOST_VALUES} values"
        if opened > MOST_LEVELS and _levels(self.body) > MOST_LEVELS:
            return f"more than {MOST_LEVELS} values inside one another"
        # UTF-16 and 32 have another look, and nobody speaks them: RFC 8259 has UTF-8 alone.
        return "it is not in UTF-8" if b"\0" in self.body else ""

    def json(self) -> Any:
        """The body as JSON; None where it is something else."""
        try:
            return None if self.illegible else json.loads(self.body)
        except ValueError:
            return None

    @property
    def words(self) -> str:
        """The platform's own words for what is wrong, if it has any."""
        found = self.json()
        if not isinstance(found, dict):
            return ""
        errors = found.get("errors")
        several = [found.get("error"), *(errors if isinstance(errors, list) else ())]
        several = [one for one in several if isinstance(one, dict)]
        return "; ".join(dict.fromkeys(chain(*map(_words, (found, *several)))))


def error(answer: Answer, now: dt.datetime, *, account_broken: bool = False) -> PlatformError | None:
    """The error that an answer stands for; None for a success (2xx).

    ``account_broken``: this platform says here that the whole account is concerned.
    """
    status = answer.status
    if answer.ok:
        return None
    reason = _reason(answer)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return NotSent(reason, retry_after(answer, now), account_wide=True, status=status)
    if status in _MOVED:
        return Refused(reason, account_broken=True, status=status)
    if is_too_early(answer):
        return NotSent(reason, retry_after(answer, now), status=status)
    if 400 <= status < 500 and status != HTTPStatus.REQUEST_TIMEOUT:
        broken = account_broken or status in _ACCOUNT_BROKEN or is_about_the_account(answer)
        return Refused(reason, account_broken=broken, status=status)
    return Unknown(reason, status=status)


def is_too_early(answer: Answer) -> bool:
    """Whether the same will do in a moment: a picture that is still being processed, and the like."""
    if answer.status == HTTPStatus.TOO_EARLY:  # RFC 8470: not executed
        return True
    if answer.status not in _NOT_YET:
        return False
    return "retry-after" in answer.headers or bool(_IN_A_MOMENT.search(answer.words[:_READ]))


def is_about_the_account(answer: Answer) -> bool:
    """Whether a 403 speaks of the credential (a scope that it lacks, say) and not of this one post."""
    if answer.status != HTTPStatus.FORBIDDEN:
        return False
    challenge = answer.headers.get("www-authenticate", "")
    return any(_ABOUT_THE_ACCOUNT.search(said[:_READ]) for said in (challenge, answer.words))


def retry_after(answer: Answer, now: dt.datetime) -> dt.timedelta | None:
    """How long the platform asks us to wait, at most ``LONGEST_WAIT``; None where it does not say.

    Seconds or a date (``Retry-After``, RFC 9110), epoch seconds (X's ``x-rate-limit-reset``, Bluesky's
    ``ratelimit-reset``) or ISO 8601 (Mastodon's ``X-RateLimit-Reset``). Instants are read by the
    platform's own clock. One that has passed already says nothing.
    """
    now = answer.server_time or now
    for name in _WAIT_HEADERS:
        wait = _wait(answer.headers.get(name, "").strip(), now)
        if wait is not None and wait > dt.timedelta(0):
            return min(wait, LONGEST_WAIT)
    return None


def scrub(text: str, secrets: Collection[str]) -> str:
    """``text`` with every secret taken out: as it is, in a URL, in JSON, in base64, after Basic or Bearer."""
    text = _CREDENTIAL.sub(r"\1 ***", text)
    for form in sorted({f for s in secrets for f in _forms(s)}, key=len, reverse=True):
        text = text.replace(form, "***")
    return text


def repeats(answer: Answer, secrets: Collection[str]) -> bool:
    """Whether one of the secrets is said back to us: nothing of such an answer may be kept."""
    told = answer.body.decode("utf-8", "replace")
    if "\\u" in told:  # JSON may write any character so
        told += json.dumps(answer.json(), ensure_ascii=False)
    telling = (secret for secret in secrets if len(secret) >= _TELLING)
    return any(form in told for secret in telling for form in _forms(secret))


def sentence(text: str, secrets: Collection[str] = ()) -> str:
    """A reason that is fit to be shown: scrubbed, on one line, short."""
    shown = (character if character.isprintable() else " " for character in scrub(text, secrets))
    text = " ".join("".join(shown).split())
    return text if len(text) <= REASON_LENGTH else text[: REASON_LENGTH - 1] + "…"


def _levels(body: bytes) -> int:
    """How deep its values lie inside one another."""
    brackets = (bool(found[1]) - bool(found[2]) for found in _BRACKET.finditer(body))
    return max(accumulate(brackets), default=0)


def _reason(answer: Answer) -> str:
    try:
        phrase = f"{answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        phrase = str(answer.status)
    words = answer.words
    if 300 <= answer.status < 400:
        words = f"the address moved to {answer.headers.get('location', '?')}"
    return f"{phrase}: {words}" if words else phrase


def _words(found: Mapping[str, Any]) -> Iterator[str]:
    """X has ``title`` and ``detail``, Mastodon ``error_description``, Bluesky ``message``, Misskey ``code``;
    and ``error``."""
    for name in _WORDS:
        if isinstance(found.get(name), str):
            yield found[name]


def _wait(value: str, now: dt.datetime) -> dt.timedelta | None:
    try:
        seconds = float(value)
    except ValueError:
        instant = date(value) or _iso(value)
        return instant - now if instant else None
    if not 0 <= seconds < 100 * _EPOCH:  # also NaN and infinity
        return None
    return dt.timedelta(seconds=seconds - now.timestamp() if seconds >= _EPOCH else seconds)


def date(value: str) -> dt.datetime | None:
    try:
        return _utc(parsedate_to_datetime(value))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _iso(value: str) -> dt.datetime | None:
    try:
        return _utc(dt.datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        return None


def _utc(instant: dt.datetime) -> dt.datetime:
    return instant.replace(tzinfo=dt.UTC) if instant.tzinfo is None else instant.astimezone(dt.UTC)


def _forms(secret: str) -> Iterator[str]:
    if secret:
        yield from (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])
        yield base64.b64encode(secret.encode()).decode().rstrip("=")
