"""The key table: no key means two things in one pane, and k9s's and e1s's fingers find what they know."""

from __future__ import annotations

import pytest

from tui.actions.discovery import actions
from tui.panes import panes
from tui.panes.keys import COMMANDS, KeyTable, key_name

PANES = panes()
TABLE_KEYS = {"j", "k", "g", "G", "up", "down", "home", "end", "pageup", "pagedown", "ctrl+f", "ctrl+b", "space", "ctrl+@"}
RESERVED = {"e"}  # its action is on the roadmap: unbound, in neither footer nor help


def table(overrides: dict[str, str] | None = None) -> KeyTable:
    return KeyTable(PANES, actions(), overrides or {})


@pytest.mark.parametrize("kind", sorted(PANES))
def test_no_key_means_two_things_in_one_pane(kind: str) -> None:
    for key, commands in table().bindings(PANES[kind]).items():
        ids = {command.id for command in commands}
        if kind == "findings":  # a problem takes the actions of its row's kind: only those of one kind meet
            for target in PANES:
                meant = {c.id for c in commands if not c.kinds or c.kinds == ("logs",) or target in c.kinds or "findings" in c.kinds}
                assert len(meant) <= 1, f"{key} on a problem of {target}: {sorted(meant)}"
        else:
            assert len(ids) == 1, f"{key} in {kind}: {sorted(ids)}"
        assert key not in TABLE_KEYS, f"{key} in {kind} is the table's own"


@pytest.mark.parametrize("kind", sorted(PANES))
def test_reserved_keys_are_free(kind: str) -> None:
    bound = table().bindings(PANES[kind])
    assert not RESERVED & set(bound)
    if kind in ("tasks", "containers", "pods", "pod-containers", "nodes"):
        assert "s" not in bound, "s is the shell there"
    if kind == "nodes":
        assert "r" not in bound, "r drains there"


def test_a_user_remaps_by_id() -> None:
    keys = table({"view.problems": "f9, P", "row.why": ""})
    pane = PANES["clusters"]
    assert (found := keys.lookup(pane, "f9")) is not None and found.id == "view.problems"
    assert keys.lookup(pane, "exclamation_mark") is None
    assert keys.lookup(pane, "x") is None


def test_ids_are_unique() -> None:
    ids = [command.id for command in COMMANDS]
    assert len(ids) == len(set(ids))


def test_keys_are_written_as_people_write_them() -> None:
    assert [key_name(key) for key in ("ctrl+d", "colon", "enter", "f1", "Z")] == ["ctrl-d", ":", "Enter", "F1", "Z"]
