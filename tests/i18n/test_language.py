"""Which language is spoken, and to whom."""

import threading

import pytest

from campaign_bot import i18n
from campaign_bot.i18n import _


@pytest.mark.parametrize(
    ("asked", "environ", "language"),
    [
        (None, {}, "en"),
        (None, {"LANG": "es_MX.UTF-8"}, "es"),
        (None, {"LANG": "es_MX.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        (None, {"LANG": "es_MX.UTF-8", "LC_ALL": ""}, "es"),
        (None, {"LANG": "C", "CAMPAIGN_BOT_LANG": "es"}, "es"),
        (None, {"LANG": "de_DE.UTF-8"}, "en"),
        ("en", {"LANG": "es_MX.UTF-8"}, "en"),
    ],
)
def test_what_is_asked_for_goes_before_the_environment(
    asked: str | None, environ: dict[str, str], language: str
) -> None:
    assert i18n.wanted(asked, environ) == language


def test_a_language_lasts_as_long_as_it_is_used() -> None:
    with i18n.using("es"):
        assert _("English") == "inglés"
    assert _("English") == "English"


def test_a_language_without_a_catalogue_is_english() -> None:
    with i18n.using("fr"):
        assert (i18n.language(), _("English")) == ("en", "English")


def test_numbers_choose_their_form() -> None:
    with i18n.using("es"):
        assert [i18n.ngettext("{n} error", "{n} errors", n) for n in (0, 1, 2)] == [
            "{n} errores",
            "{n} error",
            "{n} errores",
        ]


def test_another_thread_has_a_language_of_its_own() -> None:
    heard = []
    with i18n.using("es"):
        thread = threading.Thread(target=lambda: heard.append(_("English")))
        thread.start()
        thread.join()
    assert heard == ["English"]
