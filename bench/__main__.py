"""``make bench``: every figure of the targets beside its baseline, one line each."""

from __future__ import annotations

import importlib
import sys

MODULES = ("length", "load", "plan", "commands", "rest", "claim", "publish", "lateness")


def main(names: list[str]) -> int:
    good = True
    for name in names or MODULES:
        for row in importlib.import_module(f"bench.{name}").rows():
            print(row, flush=True)
            good &= row.good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
