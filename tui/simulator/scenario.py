"""Scenario data: what the embedded world holds stands in TOML files, so that a change of story is not a change of code."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "scenario"


@cache
def load(name: str) -> dict[str, Any]:
    """The parsed ``scenario/<name>.toml``, ``{}`` when there is no such file. Shared: never change what it returns."""
    path = FOLDER / f"{name}.toml"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        return tomllib.load(file)


def load_all() -> dict[str, Any]:
    """Every scenario file by its name without the suffix (``ecs``, ``ecr``, ``account``, ``kubernetes``)."""
    return {path.stem: load(path.stem) for path in sorted(FOLDER.glob("*.toml"))}
