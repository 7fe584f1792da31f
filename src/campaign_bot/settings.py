"""What the surroundings say, given its types. Only this and ``sources`` read secrets.

Everything starts with ``CAMPAIGN_BOT_``; an account's secrets are
``CAMPAIGN_BOT_ACCOUNTS__<ACCOUNT>__<SECRET>``, the account's name in capitals with ``-`` as ``_``. A secret
is never part of a ``repr`` or of an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import Field, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from campaign_bot import private, servers, sources
from campaign_bot.i18n.sentences import Unable
from campaign_bot.ledger.place import restoring_of
from campaign_bot.sources import PREFIX

ELSEWHERE = frozenset({f"{PREFIX}ROOT", f"{PREFIX}SECRETS_DIR"})
"""Settings that are no field here: they say where to look for the others."""

PIN = "SERVER"
"""What may stand among an account's secrets and is none: where they belong."""

LEAST_SECRET = 6
"""Shorter values are no secrets worth looking for: they would be found in every other word."""

LEAST_TOKEN = 12
"""A piece of an address with both letters and digits in it is no word or name from here on."""

BETWEEN_ADDRESSES = re.compile(r"[\s,]+(?=[A-Za-z][\w+.-]*://)")
"""An address may have commas in it, and some people write spaces."""

PORT = re.compile(r":\d{1,5}$")
PUBLIC = re.compile(r"(?:\S+@)?(?:[a-z0-9-]+\.)+[a-z0-9-]+|localhost")
"""A host's name or number, or a mail address."""


class Settings(BaseSettings):
    """``load`` makes it; its fields are the settings, its methods what others ask."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    live: bool = False
    lang: Literal["", "en", "es"] = ""
    state_dir: Path | None = None
    database_url: SecretStr | None = None
    notify: SecretStr | None = None
    accounts: dict[str, dict[str, SecretStr]] = Field(default_factory=dict)

    _unknown: tuple[str, ...] = PrivateAttr(default=())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings calls it with these names
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Files are read by ``sources`` alone."""
        return init_settings, env_settings

    @property
    def unknown(self) -> Mapping[str, str]:
        """Names that look like settings and are none, each with what was probably meant, or nothing."""
        known = [*_field_names(), *ELSEWHERE]
        return {name: next(iter(get_close_matches(name, known, 1)), "") for name in self._unknown}

    def secrets_for(self, account: str) -> Mapping[str, str]:
        """An account's secrets by their names in capitals (``ACCESS_TOKEN``); empty when there are none."""
        return {name: value for name, value in self._of(account).items() if name != PIN}

    def pin(self, account: str) -> str:
        """The only server that the account's secrets may go to, as ``servers.server`` has it; empty: any."""
        written = self._of(account).get(PIN, "").strip()
        return servers.server(written if "://" in written else f"https://{written}") if written else ""

    def _of(self, account: str) -> Mapping[str, str]:
        named = self.accounts.get(account.replace("-", "_").lower(), {})
        return {name.upper(): value.get_secret_value() for name, value in named.items()}

    def addresses(self) -> tuple[str, ...]:
        """Where staff are told of trouble: Apprise's URLs, set apart by spaces, line breaks or commas."""
        written = self.notify.get_secret_value() if self.notify is not None else ""
        return tuple(url for url in BETWEEN_ADDRESSES.split(written.strip(" \t\r\n,")) if url)

    def secret_values(self) -> frozenset[str]:
        """Every secret there is, to be kept out of logs: each piece of an address may be one."""
        return self.known_secrets() | _long_enough(
            piece for url in self.addresses() for _kind, piece in _pieces(url)
        )

    def known_secrets(self) -> frozenset[str]:
        """Those that can be nothing else, to be looked for in files; a post may well name a mail address."""
        values = {value for account in self.accounts for value in self.secrets_for(account).values()}
        if self.database_url is not None:
            url = self.database_url.get_secret_value()
            password = urlsplit(url).password or ""
            values |= {password, unquote(password)}
        for url in self.addresses():
            pieces = list(_pieces(url))
            values |= {url, *(piece for kind, piece in pieces if kind == "password" or _is_token(piece))}
        return _long_enough(values)

    def without_secrets(self, words: str) -> str:
        """What a log or a message may say."""
        for secret in sorted(self.secret_values(), key=len, reverse=True):
            words = words.replace(secret, "***")
        return words

    def state_of(self, root: Path) -> Path:
        """The folder of what the program keeps; a relative one counts from the campaign's root."""
        return root.resolve() / (self.state_dir or "var")

    def ledger_at(self, root: Path, *, live: bool) -> Path | str:
        """Where the live ledger lies, or the dry one: a file, or a database's URL. Only this says it.

        Raises Unable where both would be the same file, LedgerError for what is no ledger's address.
        """
        dry = self.state_of(root) / "dry-run.db"
        if not live:
            return dry
        if self.database_url is None:
            return self.state_of(root) / "campaign.db"
        from campaign_bot.ledger.address import file_in  # here, for it loads SQLAlchemy

        url = self.database_url.get_secret_value()
        file = file_in(url)
        if file is None:
            return url
        file = root.resolve() / file
        if file.resolve() == dry.resolve():
            raise Unable("ledger-shared", file=file)
        return file

    def has_ledger(self, root: Path, *, live: bool) -> bool:
        """Whether that ledger has been begun (a database that is set counts as begun). Whatever lies in its
        place counts: it is said when it is opened. OSError where nobody may look."""
        if live and self.database_url is not None:
            return True
        at = self.ledger_at(root, live=live)
        return not isinstance(at, Path) or any(map(private.is_there, (at, restoring_of(at))))


def load(root: Path) -> Settings:
    """The settings for the campaign in ``root``. Raises Unable, which names a variable, never its value."""
    found = sources.read(root)
    try:
        settings = _pinned(Settings(**_typed(found)))
    except ValidationError as error:
        place = "__".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise Unable("setting-invalid", name=f"{PREFIX}{place}".upper()) from None
    except SettingsError:
        raise Unable("setting-invalid", name=f"{PREFIX}ACCOUNTS") from None
    settings._unknown = tuple(name for name in found if not _is_known(name))
    return settings


def _typed(found: Mapping[str, str]) -> dict[str, Any]:
    """As pydantic-settings takes a nested name apart."""
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in found.items()}
    return source()


def _field_names() -> list[str]:
    return [f"{PREFIX}{name}".upper() for name in Settings.model_fields]


def _is_known(name: str) -> bool:
    return name in (*_field_names(), *ELSEWHERE) or name.startswith(f"{PREFIX}ACCOUNTS__")


def _pinned(settings: Settings) -> Settings:
    """The same, once every pin could be read."""
    for account in settings.accounts:
        try:
            settings.pin(account)
        except ValueError:
            raise Unable("pin-invalid", name=pin_name(account)) from None
    return settings


def pin_name(account: str) -> str:
    """The variable that pins an account's server."""
    return f"{PREFIX}ACCOUNTS__{account.replace('-', '_')}__{PIN}".upper()


def _pieces(url: str) -> Iterator[tuple[str, str]]:
    """What an address is made of, as written and as meant, but for the names of hosts: many services have a
    token where others have a user, a host or a path."""
    rest, _, query = url.partition("://")[2].partition("?")
    authority, *path = rest.split("/")
    login, _, place = authority.rpartition("@")
    user, _, password = login.partition(":")
    host = PORT.sub("", place)
    found = [("user", user), ("password", password)]
    found += [("host", host)] if not PUBLIC.fullmatch(host) else []
    found += [("path", piece.lstrip("@#")) for piece in path]
    found += [("query", value) for _name, value in parse_qsl(query.partition("#")[0])]
    for kind, piece in found:
        yield from ((kind, piece), (kind, unquote(piece)))


def _is_token(piece: str) -> bool:
    letters, digits = (any(map(test, piece)) for test in (str.isalpha, str.isdigit))
    return len(piece) >= LEAST_TOKEN and letters and digits and not PUBLIC.fullmatch(piece)


def _long_enough(values: Iterable[str]) -> frozenset[str]:
    return frozenset(value for value in values if len(value) >= LEAST_SECRET)
