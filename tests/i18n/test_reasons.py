"""Why a delivery is where it is, in words: our own codes and phrases, and the platforms' own words."""

import ast
from pathlib import Path

import pytest

import campaign_bot
from campaign_bot import i18n
from campaign_bot.i18n.details import PHRASES
from campaign_bot.i18n.reasons import HOLDS, reason_value, reason_words
from campaign_bot.model import HoldReason

PLATFORMS = Path(campaign_bot.__file__).parent / "platforms"


@pytest.mark.parametrize(
    ("reason", "english", "spanish"),
    [
        ("", "", ""),
        ("orphaned", "the worker ended during the call", "el worker terminó durante la llamada"),
        ("held: person", "held: someone holds it", "retenida: alguien la retiene"),
        ("paused: Holidays", "paused: Holidays", "en pausa: Holidays"),
        ("paused: ", "paused", "en pausa"),
        ("late: paused: Holidays", "too late: paused: Holidays", "demasiado tarde: en pausa: Holidays"),
        (
            "late: no-worker",
            "too late: no worker was there in time",
            "demasiado tarde: no hubo ningún worker a tiempo",
        ),
        ("Signing in took too long", "Signing in took too long", "Tardó demasiado en iniciar sesión"),
        (
            "The platform could not be reached: x.com: timed out",
            "The platform could not be reached: x.com: timed out",
            "No se pudo conectar con la plataforma: x.com: se agotó el tiempo de espera",
        ),
        (
            "again-at: 09:05:10: The platform could not be reached: x.com: [Errno 111] Connection refused",
            "again at 09:05:10: The platform could not be reached: x.com: Connection refused",
            "otra vez a las 09:05:10: No se pudo conectar con la plataforma: x.com: se rechazó la conexión",
        ),
        (
            "The request was sent, but no answer came: x.com: no end after 60 s",
            "The request was sent, but no answer came: x.com: no end after 60 s",
            "La solicitud se envió, pero no llegó respuesta: x.com: no terminó en 60 s",
        ),
        (
            "The request was sent, but no answer came: no time was left",
            "The request was sent, but no answer came: no time was left",
            "La solicitud se envió, pero no llegó respuesta: ya no quedaba tiempo",
        ),
        (
            "301 Moved Permanently: the address moved to https://x.com",
            "301 Moved Permanently: the address moved to https://x.com",
            "301 Moved Permanently: la dirección cambió a https://x.com",
        ),
        (
            "403 Forbidden: duplicate content",
            "403 Forbidden: duplicate content",
            "403 Forbidden: duplicate content",
        ),
    ],
)
def test_reasons_in_words(reason: str, english: str, spanish: str) -> None:
    assert reason_words(reason) == english
    with i18n.using("es"):
        assert reason_words(reason) == spanish


def test_every_hold_has_words() -> None:
    assert HOLDS.keys() == set(HoldReason)


def test_every_phrase_of_our_adapters_is_a_message() -> None:
    """A constant that is a phrase: capitals for its name, words for its value."""
    phrases = {
        node.value.value
        for file in PLATFORMS.glob("*.py")
        for node in ast.parse(file.read_bytes()).body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        and node.value.value[:1].isupper()
        and " " in node.value.value
    }
    assert phrases == set(PHRASES)


OLD, NEW = "https://old.test:8443", "https://new.test"


@pytest.mark.parametrize(
    ("reason", "value"),
    [
        ("", None),
        ("spacing", {"code": "spacing"}),
        ("held: person", {"code": "held", "detail": "person"}),
        ("late: no-worker", {"code": "late", "detail": "no-worker"}),
        (f"server-changed: {OLD} → {NEW}", {"code": "server-changed", "old": OLD, "new": NEW}),
        (
            "identity-changed: did:plc:a → did:plc:b",
            {"code": "identity-changed", "old": "did:plc:a", "new": "did:plc:b"},
        ),
        (
            f"account-stopped: server-changed: {OLD} → {NEW}",
            {"code": "server-changed", "old": OLD, "new": NEW},
        ),
        ("account-stopped: no-credentials: API_KEY", {"code": "no-credentials", "detail": "API_KEY"}),
        (
            "account-stopped: 401 Unauthorized: Gone",
            {"code": "account-stopped", "detail": "401 Unauthorized: Gone"},
        ),
        ("401 Unauthorized: Gone", {"code": "platform", "detail": "401 Unauthorized: Gone"}),
    ],
)
def test_a_reason_for_programs(reason: str, value: object) -> None:
    assert reason_value(reason) == value
