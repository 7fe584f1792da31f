"""What the surroundings say: environment, ``.env`` files, a secrets directory. Only this reads secrets.

Everything starts with ``CAMPAIGN_BOT_``; an account's secrets are
``CAMPAIGN_BOT_ACCOUNTS__<ACCOUNT>__<SECRET>``, the account's name in capitals with ``-`` as ``_``. The
environment wins over ``.env`` (the current folder's over the campaign's), and that over the secrets
directory (one file for each name). A secret is never part of a ``repr`` or of an error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from campaign_bot import servers
from campaign_bot.i18n.sentences import Unable

PREFIX = "CAMPAIGN_BOT_"
SECRETS_DIR = f"{PREFIX}SECRETS_DIR"
DEFAULT_SECRETS_DIR = Path("/run/secrets")

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


class _SecretFiles(NestedSecretsSettingsSource):
    """One file for each name. Other programs' files in the same directory are not even opened."""

    @classmethod
    def load_secrets(cls, path: Path) -> dict[str, str]:
        ours = (file for file in path.iterdir() if file.name.upper().startswith(PREFIX))
        return {file.name: file.read_text(encoding="utf-8").strip() for file in ours if file.is_file()}


class Settings(BaseSettings):
    """``load`` makes it; its fields are the settings, its methods what others ask."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        env_file_encoding="utf-8-sig",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        secrets_dir_missing="ok",
    )

    live: bool = False
    lang: Literal["", "en", "es"] = ""
    database_url: SecretStr | None = None
    notify: SecretStr | None = None
    accounts: dict[str, dict[str, SecretStr]] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings calls it with these names
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, dotenv_settings, _SecretFiles(file_secret_settings)

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

    def ledger_url(self, root: Path, *, live: bool) -> str:
        """Where the live ledger is, or the dry one (which always lies in ``var/``)."""
        if live and self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{ledger_file(root, live)}"

    def has_ledger(self, root: Path, *, live: bool) -> bool:
        """Whether that ledger has been begun (a database that is set counts as begun)."""
        return (live and self.database_url is not None) or ledger_file(root, live).is_file()


def ledger_file(root: Path, live: bool) -> Path:
    """The ledger's file where no database is set."""
    return root.resolve() / "var" / ("campaign.db" if live else "dry-run.db")


def load(root: Path) -> Settings:
    """The settings for the campaign in ``root``. Raises Unable, which names a variable, never its value."""
    folder = _secrets_dir()
    try:
        env_files = (root / ".env", Path.cwd() / ".env")
        return _pinned(Settings(_env_file=env_files, _secrets_dir=folder))  # type: ignore[call-arg]
    except ValidationError as error:
        place = "__".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise Unable("setting-invalid", name=f"{PREFIX}{place}".upper()) from None
    except UnicodeDecodeError:
        raise Unable("setting-not-utf8", name=".env") from None
    except (SettingsError, OSError):
        raise Unable("setting-unreadable", name=str(folder or ".env")) from None


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


def _secrets_dir() -> Path | None:
    """The directory that is named, which then has to be there, or else the usual one if it is there."""
    named = os.environ.get(SECRETS_DIR)
    if not named:
        return DEFAULT_SECRETS_DIR if DEFAULT_SECRETS_DIR.is_dir() else None
    if not Path(named).is_dir():
        raise Unable("secrets-dir-missing", name=SECRETS_DIR)
    return Path(named)
