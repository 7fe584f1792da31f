"""A live campaign whose secrets can be recognised, on platforms that say them back in every way.

with Leaking(folder) as scene:
    scene.run("worker", "--live", "--once")
    scene.judge()
"""

from __future__ import annotations

import datetime as dt
import io
import random
import socket
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from click.testing import Result
from PIL import Image

from support import cli
from support.fakes import WRONG, FakePlatform, Reply
from support.files import write
from support.hostile import Attempt
from support.hostile.bodies import echo
from support.platforms import FAKES
from support.seeds import leaked

POSTS = ("one", "two")
CAMPAIGN = "name: Secrets\ntimezone: UTC\nlanguages: [en, es]\nlateness: 2h\n"
DATABASE = "postgresql://bot:{}@127.0.0.1:1/campaign?connect_timeout=1"
DATABASE_PASSWORD = "dbase-Pw7-QWERTZ"
HOOK = "hook7Zk9QpWx5Rt3Lm8"
ENVIRONMENT, DOTENV, FILES = range(3)


class Leaking:
    """``fakes`` by account. The first account's secrets come from the environment, the second's from
    ``.env``, the third's from a directory outside the campaign. ``written``: all that commands have said."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "campaign"
        self.fakes: dict[str, FakePlatform] = {f"{fake.platform}-en": fake().enable() for fake in FAKES}
        self.written: list[str] = []
        self.env = {"CAMPAIGN_BOT_SECRETS_DIR": str(folder / "secrets")}
        self._stack = ExitStack()
        write(self.root, _files(self.fakes))
        (folder / "secrets").mkdir()
        self._hand_out(folder)

    def __enter__(self) -> Self:
        for fake in self.fakes.values():
            self._stack.enter_context(fake)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def secrets(self) -> list[str]:
        """With the tokens of every session that was begun."""
        fixed = [v for fake in self.fakes.values() for n, v in fake.secrets.items() if n != "IDENTIFIER"]
        sent = [r.headers.get("authorization", "") for fake in self.fakes.values() for r in fake.requests]
        tokens = {header.removeprefix("Bearer ") for header in sent if header.startswith("Bearer ")}
        return [*fixed, *tokens, DATABASE_PASSWORD, HOOK]

    def say_back(self, seed: int) -> None:
        """From now on every answer has a secret in it."""
        chance = random.Random(seed)  # noqa: S311 - the same seed, the same answers

        for fake in self.fakes.values():
            secrets = [value for name, value in fake.secrets.items() if name != "IDENTIFIER"]

            def fault(
                connection: socket.socket,
                due: Reply | None,
                fake: FakePlatform = fake,
                secrets: list[str] = secrets,
            ) -> None:
                made = echo(Attempt(chance, due or WRONG, fake.requests[-1], secrets))
                for piece in made.pieces:
                    connection.sendall(piece)

            fake.arm(fault, on="", done=True)

    def run(self, *args: str, **env: str) -> Result:
        result = cli.run(
            "--verbose", *args, root=self.root, now=dt.datetime.now(dt.UTC), **{**self.env, **env}
        )
        told = [result.output, result.stderr, repr(result.exception)]
        self.written += [f"{' '.join(args)}:\n{words}" for words in told]
        return result

    def judge(self, *more: str) -> None:
        """No secret in what was said, in ``more``, or in any file of the campaign but ``.env``."""
        for words in (*self.written, *more):
            assert leaked(words, self.secrets) == [], words
        for file in self.files():
            assert leaked(file.read_bytes(), self.secrets) == [], file
            assert leaked(file.name, self.secrets) == []

    def files(self) -> Iterable[Path]:
        return (file for file in self.root.rglob("*") if file.is_file() and file.name != ".env")

    def _hand_out(self, folder: Path) -> None:
        names = {name: f"CAMPAIGN_BOT_ACCOUNTS__{name.replace('-', '_').upper()}__" for name in self.fakes}
        given = [
            {prefix + name: value for name, value in self.fakes[account].secrets.items()}
            for account, prefix in names.items()
        ]
        self.env |= given[ENVIRONMENT]
        lines = [f"{name}='{value}'\n" for name, value in given[DOTENV].items()]
        (self.root / ".env").write_text("".join(lines), encoding="utf-8")
        for name, value in given[FILES].items():
            (folder / "secrets" / name).write_text(value, encoding="utf-8")


def _files(fakes: Mapping[str, FakePlatform]) -> dict[str, str | bytes | None]:
    accounts = [
        f"  {name}: {{platform: {fake.platform}, base_url: '{fake.url}', spacing: 0s, languages: [en, es]}}\n"
        for name, fake in fakes.items()
    ]
    at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=2)
    images = "images:\n  - {file: media/one.png, alt: {en: One, es: Uno}}\n"
    front = f"---\nat: {at:%Y-%m-%d %H:%M}\n{images}---\n"
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(picture, "PNG")
    posts = {
        f"posts/launch/{name}.md": f"{front}## English\nNo. {name}\n\n## Español\nN. {name}\n"
        for name in POSTS
    }
    return {
        "config/campaign.yaml": CAMPAIGN,
        "config/accounts.yaml": "accounts:\n" + "".join(accounts),
        "posts/launch/queue.yaml": "order: dated\n",
        "posts/launch/letter.md": None,
        "posts/media/one.png": picture.getvalue(),
        **posts,
    }
