"""What pyproject.toml, constraints.txt and CONTRIBUTING say of dependencies agrees with each other and with what is installed."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINS = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines())
BUILD = {"hatchling", "pathspec", "trove-classifiers"}  # used in pip's own build environment


def pins() -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in PINS.items()}


def needed(requirements: list[str]) -> set[str]:
    """Canonical names of everything that these requirements bring on this machine."""
    found: set[str] = set()
    waiting = [(Requirement(text), frozenset[str]()) for text in requirements]
    while waiting:
        requirement, extras = waiting.pop()
        marker = requirement.marker
        if marker is not None and not any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
            continue
        name = canonicalize_name(requirement.name)
        if name in found and not requirement.extras:
            continue
        found.add(name)
        listed = importlib.metadata.requires(name) or ()
        waiting += [(Requirement(text), frozenset(requirement.extras)) for text in listed]
    return found


def test_every_constraint_is_one_exact_version() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line)] == []
    assert len(pins()) == len(lines)


def test_constraints_name_what_is_needed_and_nothing_else() -> None:
    dependencies = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]
    assert needed(dependencies) - pins().keys() == set()
    everything = {canonicalize_name(d.metadata["Name"]) for d in importlib.metadata.distributions()}
    assert pins().keys() - everything - BUILD == set()


def test_constraints_lie_within_the_bounds() -> None:
    for text in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(Version(pins()[canonicalize_name(requirement.name)])), text
    assert PROJECT["requires-python"] == ">=3.11"


def test_contributing_says_why_each_dependency_is_there() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text().partition("## Dependencies")[2]
    rows = [row.split("|")[1:3] for row in table.splitlines() if row.startswith("| ")]
    reasons = {name.strip(): why.strip() for names, why in rows for name in names.split(",")}
    for text in PROJECT["dependencies"]:
        assert len(reasons.get(Requirement(text).name, "")) > 10, text


def test_files_that_the_guides_name_are_there() -> None:
    named = re.compile(r"(?<![\w/.])(?:tests|tui|widgets|scripts|docs|screenshots)/[\w./-]*\w")
    guides = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/terminals.md")]
    found = {path for guide in guides for path in named.findall(guide.read_text())}
    assert len(found) > 20
    assert [path for path in sorted(found) if not (ROOT / path).exists()] == []


def test_the_guide_runs_one_test_that_is_there() -> None:
    command = re.search(r"pytest (tests/\S+\.py) -k (\w+)\n", (ROOT / "CONTRIBUTING.md").read_text())
    assert command is not None
    assert re.search(rf"def test_\w*{command[2]}", (ROOT / command[1]).read_text())
