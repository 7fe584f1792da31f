"""A process that writes into a ledger and says what is written: for faults that this process must not have.

with diarist(folder) as tell:
    tell("open")              # null, or the LedgerError's code
    tell("write", 20, 4)      # 20 deliveries by each of 4 threads: those that are written, and the errors
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from campaign_bot.ledger import Ledger, LedgerError
from support.deliveries import delivery
from support.ledgers import add

TESTS = Path(__file__).parents[1]


@contextmanager
def diarist(folder: Path, within: Sequence[str] = ()) -> Iterator[Callable[..., Any]]:
    """The process, as a function from command to answer. ``within``: how its command line begins."""
    command = [*within, sys.executable, "-m", "support.diarist", str(folder)]
    env = os.environ | {"PYTHONPATH": str(TESTS)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    ) as process:
        out, back = process.stdin, process.stdout
        assert out is not None
        assert back is not None

        def tell(*words: Any) -> Any:
            print(json.dumps(words), file=out, flush=True)
            return json.loads(back.readline())

        yield tell
        out.close()


class Diarist:
    def __init__(self, url: str) -> None:
        self.url = url
        self.ledger: Ledger | None = None
        self.numbers = count()

    def open(self) -> str | None:
        try:
            self.ledger = Ledger.open(self.url)
        except LedgerError as error:
            return error.code
        return None

    def close(self) -> None:
        if self.ledger:
            self.ledger.close()

    def write(self, number: int, threads: int = 1) -> dict[str, Any]:
        keys: list[str] = []
        errors: set[str] = set()

        def write_some() -> None:
            for _ in range(number):
                key = f"l/{next(self.numbers)}:x-en:en"
                try:
                    add(self.ledger, delivery(key))
                    keys.append(key)
                except LedgerError as error:
                    errors.add(error.code)

        running = [threading.Thread(target=write_some) for _ in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        return {"keys": keys, "errors": sorted(errors)}

    def read(self) -> list[str]:
        return [entry.key for entry in self.ledger.entries()]

    def sound(self) -> bool:
        with self.ledger._read() as conn:
            return conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"

    def limit(self, size: int) -> None:
        """No file may grow beyond that many bytes (-1: any size)."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def main() -> None:
    one = Diarist(f"sqlite:///{sys.argv[1]}/campaign.db")
    for line in sys.stdin:
        name, *words = json.loads(line)
        print(json.dumps(getattr(one, name)(*words)), flush=True)  # noqa: T201
    one.close()


if __name__ == "__main__":
    main()
