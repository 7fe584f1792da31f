"""The table from answers to errors, and what may be shown of an answer."""

from __future__ import annotations

import base64
import datetime as dt
import json
import time

import pytest

from campaign_bot.platforms import answers
from campaign_bot.platforms.answers import LONGEST_WAIT, Answer
from campaign_bot.platforms.errors import NotSent, Refused, Unknown

NOW = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)


def answer(status: int, body: object = "", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, body.encode() if isinstance(body, str) else json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "kind", "broken"),
    [
        (301, Refused, True),
        (302, Unknown, None),
        (303, Unknown, None),
        (304, Unknown, None),
        (307, Refused, True),
        (308, Refused, True),
        (400, Refused, False),
        (401, Refused, True),
        (402, Refused, True),
        (403, Refused, False),
        (404, Refused, False),
        (408, Unknown, None),
        (410, Refused, False),
        (413, Refused, False),
        (422, Refused, False),
        (429, NotSent, None),
        (500, Unknown, None),
        (502, Unknown, None),
        (503, Unknown, None),
        (504, Unknown, None),
        (599, Unknown, None),
    ],
)
def test_every_status_has_its_error(status: int, kind: type, broken: bool | None) -> None:
    error = answers.error(answer(status), NOW)
    assert type(error) is kind
    assert getattr(error, "account_broken", None) is broken
    assert error.status == status


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_success_has_none(status: int) -> None:
    assert answers.error(answer(status), NOW) is None


@pytest.mark.parametrize(
    "words",
    [
        "Validation failed: Cannot attach files that have not finished processing. Try again in a moment!",
        "Cannot attach files that haven't finished processing",
        "The file is still being processed",
        "Media is processing",
        "media not ready",
        "The media has not yet been processed",
        "Media processing state: pending",
        "Processing is in progress",
        "InProgress",
        "Try again later",
        "Something is locked. Please try again",
        "¡Inténtalo de nuevo en un momento!",
        "media not yet available",
        "Attachment is not yet processed",
        "Please retry in a few seconds",
        "Please wait and try again later",
        "Retry after 5 seconds",
        "processing",
        "El archivo todavía se está procesando",
        "Aún no se ha procesado la imagen",
        "Intente de nuevo más tarde",
        "No se pudo guardar. Vuelva a intentarlo en un momento",
    ],
)
@pytest.mark.parametrize("status", [400, 409, 422, 425])
def test_not_yet_is_not_sent(status: int, words: str) -> None:
    error = answers.error(answer(status, {"error": words}), NOW)
    assert isinstance(error, NotSent)
    assert not error.account_wide


@pytest.mark.parametrize(
    "words",
    [
        "Validation failed: Text character limit of 500 exceeded",
        "The image could not be processed",
        "Error processing the file",
        "Processing failed",
        "Images cannot be processed by this server",
        "The text is too long: shorten it and try again",
        "File type is not supported. Try again with another file",
        "Retry with another file",
        "Acorte el texto e inténtelo de nuevo",
        "La imagen no se pudo procesar",
        "",
    ],
)
@pytest.mark.parametrize("status", [400, 409, 422])
def test_never_is_refused(status: int, words: str) -> None:
    assert isinstance(answers.error(answer(status, {"error": words}), NOW), Refused)


@pytest.mark.parametrize("words", ["media ", "not ", "is still ", "try again ", "app ", "scope", "in "])
@pytest.mark.parametrize("status", [403, 422])
def test_a_refusal_of_any_length_is_read_at_once(status: int, words: str) -> None:
    """Only its beginning is: what a hostile server says for a megabyte costs no minutes."""
    long = words * (1_000_000 // len(words))
    began = time.process_time()
    assert answers.error(answer(status, {"error": long}), NOW)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("status", [400, 409, 422, 423, 425])
def test_too_early_says_when(status: int) -> None:
    error = answers.error(answer(status, {"error": "No words for it"}, retry_after="3"), NOW)
    assert isinstance(error, NotSent)
    assert (error.retry_after, error.account_wide) == (dt.timedelta(seconds=3), False)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "Forbidden: token has insufficient scope permission"},
        {"error": "This action is outside the authorized scopes"},
        {"error": "Insufficient permissions: write:statuses."},
        {"error": "Permisos insuficientes: write:statuses."},
        {"error": "insufficient_scope", "error_description": "No."},
        {"error": "missing_scope"},
        {"error": "invalid_token"},
        {"error": "access_denied"},
        {"error": "Invalid scope(s) provided."},
        {"error": "InsufficientScope", "message": "No."},
        {"error": "Your app does not have the necessary permissions to use this endpoint."},
        {"error": "Your login is currently disabled"},
        {"errors": [{"message": "Read-only application cannot POST.", "code": 261}]},
        {"errors": [{"message": "Application cannot perform write actions.", "code": 261}]},
        {"detail": "Your account is suspended and is not permitted to access this feature."},
        {"detail": "To protect our users, this account is temporarily locked."},
        {"error": {"message": "No.", "code": "YOUR_ACCOUNT_SUSPENDED", "kind": "permission"}},
        {"error": {"message": "No.", "code": "PERMISSION_DENIED"}},
        {"error": "account disabled"},
        {"error": "You have been banned"},
        {"error": "Su cuenta está suspendida"},
        {"error": "Write access denied"},
        {"error": "missing permission: write:notes"},
        {"error": "El token no tiene permisos de escritura"},
        {"error": "token has no write permission"},
        {"error": "You cannot write with this access token."},
        {"error": "This API key may not do that"},
        {"error": "Invalid credentials."},
        {"error": "Your authorization has been revoked"},
    ],
)
def test_a_refusal_may_speak_of_the_whole_account(body: object) -> None:
    error = answers.error(answer(403, body), NOW)
    assert isinstance(error, Refused)
    assert error.account_broken
    other = answers.error(answer(400, body), NOW)
    assert isinstance(other, Refused)
    assert not other.account_broken


def test_a_challenge_may_speak_of_it_too() -> None:
    error = answers.error(answer(403, www_authenticate='Bearer realm="x", error="insufficient_scope"'), NOW)
    assert isinstance(error, Refused)
    assert error.account_broken


@pytest.mark.parametrize(
    "words",
    [
        "This action is not allowed",
        "You are not allowed to create a Tweet with duplicate content.",
        "Reply to this conversation is not allowed because you have not been mentioned.",
        "You are not permitted to perform this action.",
        "The telescope is closed",
        "The account that you mention has blocked you",
        "You are not allowed to reply to this user",
        "You cannot write that here",
        "",
    ],
)
def test_or_of_this_post_alone(words: str) -> None:
    error = answers.error(answer(403, {"error": words}), NOW)
    assert isinstance(error, Refused)
    assert not error.account_broken


def test_a_platform_may_say_that_a_refusal_breaks_the_account() -> None:
    error = answers.error(answer(403), NOW, account_broken=True)
    assert isinstance(error, Refused)
    assert error.account_broken


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "120"}, 120),
        ({"retry_after": "1.5"}, 1.5),
        ({"retry_after": "Tue, 01 Dec 2026 09:10:00 GMT"}, 600),
        ({"x_rate_limit_reset": str(int(NOW.timestamp()) + 900)}, 900),  # X
        ({"x_ratelimit_reset": "2026-12-01T09:05:00.123456Z"}, 300.123456),  # Mastodon
        ({"x_ratelimit_reset": "2026-12-01T01:05:00-08:00"}, 300),
        ({"ratelimit_reset": str(int(NOW.timestamp()) + 60)}, 60),  # Bluesky
        ({"retry_after": "5", "x_rate_limit_reset": "99999999999"}, 5),
        ({"retry_after": "soon", "ratelimit_reset": "30"}, 30),
    ],
)
def test_the_wait_is_read_in_every_form(headers: dict[str, str], seconds: float) -> None:
    assert answers.retry_after(answer(429, **headers), NOW) == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "-5",
        "0",
        "nan",
        "inf",
        "1e99",
        "Mon, 30 Nov 2026 09:00:00 GMT",
        "1000000001",
        "9999-99-99",
        "٣",
    ],
)
def test_a_wait_that_is_none_is_none(value: str) -> None:
    wait = answers.retry_after(answer(429, retry_after=value), NOW)
    assert wait is None or value == "٣"  # a digit all the same


@pytest.mark.parametrize("value", ["86400", "99999999", "Fri, 01 Jan 2100 00:00:00 GMT", "4102444800"])
def test_a_very_long_wait_is_cut(value: str) -> None:
    assert answers.retry_after(answer(429, retry_after=value), NOW) == LONGEST_WAIT


def test_an_instant_is_read_by_the_platforms_own_clock() -> None:
    """Ours may be wrong, and then every wait would be."""
    late = answer(429, x_ratelimit_reset="2026-12-01T10:00:30Z", date="Tue, 01 Dec 2026 10:00:00 GMT")
    assert answers.retry_after(late, NOW) == dt.timedelta(seconds=30)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"title": "Forbidden", "detail": "No duplicates.", "status": 403}, "Forbidden; No duplicates."),
        ({"errors": [{"message": "Bad id"}, {"message": "Bad text"}]}, "Bad id; Bad text"),
        ({"error": "Validation failed"}, "Validation failed"),
        ({"error": "InvalidRequest", "message": "Record too long"}, "InvalidRequest; Record too long"),
        ({"error": {"odd": 1}, "errors": "odd"}, ""),
        ([], ""),
        ("<html>", ""),
    ],
)
def test_the_platforms_own_words_are_the_reason(body: object, words: str) -> None:
    error = answers.error(answer(400, body), NOW)
    assert error
    assert error.reason == ("400 Bad Request: " + words if words else "400 Bad Request")


def test_where_an_address_moved_is_said() -> None:
    error = answers.error(answer(308, location="https://new.example/"), NOW)
    assert error
    assert "https://new.example/" in error.reason


SECRET = 'pa/ss w+rd"ñ%'


@pytest.mark.parametrize(
    "text",
    [
        f"the password {SECRET} is wrong",
        "https://example.org/?p=pa%2Fss%20w%2Brd%22%C3%B1%25",
        "https://example.org/?p=pa%2Fss+w%2Brd%22%C3%B1%25",
        json.dumps({"password": SECRET}),
        base64.b64encode(SECRET.encode()).decode(),
        f"Authorization: Basic {base64.b64encode(f'me:{SECRET}'.encode()).decode()}",
        "authorization: bearer abcdefghijklmnop.qrs-tuv_w",
    ],
)
def test_no_form_of_a_secret_is_shown(text: str) -> None:
    shown = answers.sentence(text, [SECRET])
    assert "***" in shown
    for part in ("ss w", "ss%20w", "ss+w", "abcdefgh", "cGEv", "bWU6"):
        assert part not in shown


def test_a_secret_within_another_leaves_nothing_of_it() -> None:
    assert answers.scrub("token-and-more, token", ["token", "token-and-more", ""]) == "***, ***"


def test_a_reason_is_one_short_line() -> None:
    shown = answers.sentence("a\r\n\tb\x1b[31mc\u202ed " + "x" * 500)
    assert shown.startswith("a b [31mc d xxx")
    assert len(shown) == 300
    assert shown.endswith("…")


def test_a_secret_is_not_left_over_by_the_cut() -> None:
    assert "SECR" not in answers.sentence("x" * 296 + "SECRET", ["SECRET"])
