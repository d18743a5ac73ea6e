"""The key table: no key means two things in one pane, and k9s's and e1s's fingers find what they know."""

from __future__ import annotations

import pytest

from tests.unit.peer_keys import E1S, EXCEPTIONS, K9S
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
                everywhere = [c for c in commands if not c.kinds or c.kinds == ("logs",) or "findings" in c.kinds]
                meant = {c.id for c in (*everywhere, *(c for c in commands if target in c.kinds))}
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


def test_fingers_of_k9s_and_e1s_find_what_they_know() -> None:
    keys = table()
    wrong = []
    for peer, tables in (("k9s", K9S), ("e1s", E1S)):
        for where, bound in tables.items():
            worlds = ("eks",) if peer == "k9s" else ("ecs", "ecr")
            kinds = [where] if where != "*" else [kind for kind, pane in PANES.items() if pane.world in worlds]
            for kind in kinds:
                for key, meant in bound.items():
                    ours = keys.lookup(PANES[kind], key)
                    if ours is None or ours.id == meant or (peer, where, key) in EXCEPTIONS:
                        continue
                    if meant is not None and meant.startswith("sort:") and ours.id.startswith(f"sort.{kind}."):
                        continue
                    if where == "*" and key in tables.get(kind, {}):
                        continue
                    wrong.append(f"{peer} {kind} {key}: ours is {ours.id}, theirs {meant or 'another thing'}")
    assert not wrong, "\n".join(wrong)


def test_every_exception_is_needed() -> None:
    for peer, where, key in EXCEPTIONS:
        assert key in (K9S if peer == "k9s" else E1S)[where]


def test_what_peers_do_and_we_do_too_is_bound() -> None:
    keys = table()
    for tables in (K9S, E1S):
        for where, bound in tables.items():
            for key, meant in bound.items():
                if where == "*" or meant is None:
                    continue
                found = keys.lookup(PANES[where], key)
                assert found is not None, f"{where} {key} is unbound, wanted {meant}"
                assert found.id == meant, f"{where} {key}"
