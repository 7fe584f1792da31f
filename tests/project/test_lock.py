"""The lock files pin all that pyproject.toml asks for, with hashes, and name no place to get it from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUN = [
    *PYPROJECT["build-system"]["requires"],
    *PYPROJECT["project"]["dependencies"],
    *PYPROJECT["project"]["optional-dependencies"]["postgres"],
]
DEV = [*RUN, *PYPROJECT["dependency-groups"]["test"], *PYPROJECT["dependency-groups"]["lint"]]


def pins(lock: str) -> dict[str, str]:
    """Each pinned project and its version; a pin without a hash is no pin."""
    found = re.findall(r"^([\w.-]+)==(\S+) \\\n    --hash=sha256:", (ROOT / lock).read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


@pytest.mark.parametrize(("lock", "wanted"), [("requirements.lock", RUN), ("requirements-dev.lock", DEV)])
def test_pins_what_the_project_asks_for(lock: str, wanted: list[str]) -> None:
    pinned = pins(lock)
    for requirement in map(Requirement, wanted):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None and requirement.specifier.contains(version), (
            f"{requirement}: run make lock"
        )


def test_tests_run_on_what_is_deployed() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_names_no_index(lock: str) -> None:
    assert not re.search(r"://|--(extra-)?index-url|--find-links", (ROOT / lock).read_text())
