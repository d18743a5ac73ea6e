"""The README's key table and policies are made from the code; ``make pictures`` writes them, this test holds them true."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tui.actions import policies
from tui.actions.discovery import actions
from tui.panes import panes
from tui.panes.keys import COMMANDS, KeyTable, key_name
from tui.sources.base import discover
from tui.sources.declared import declared_reads as declared

README = Path(__file__).parents[2] / "README.md"


def key_table() -> str:
    """Keys by what they do, as Markdown."""
    keys = KeyTable(panes(), actions(), {})
    lines = ["| key | what it does | where |", "| --- | --- | --- |"]
    lines += ["| `j` `k` `g` `G` `ctrl-f` `ctrl-b` | move | lists |", "| `space` `ctrl-space` | mark, mark a range | lists |"]
    for command in keys.commands:
        if command.hidden or (command.id.startswith("place.") and command.id == "place.1"):
            continue
        names = " ".join(f"`{key_name(key)}`" for key in command.keys) if command.id != "place.0" else "`0` to `9`"
        where = "everywhere" if not command.kinds else ", ".join(command.kinds).replace("logs", "what has logs")
        title = "one cluster or namespace, `0` all" if command.id == "place.0" else command.title
        lines.append(f"| {names} | {title} | {where} |")
    for kind, pane in sorted(panes().items()):
        lines += [f"| `{jump.key}` | {jump.title} | {kind} |" for jump in pane.jumps]
    lines.append("| other capitals | sort by the column with that letter | lists |")
    return "\n".join(lines)


def declared_reads() -> list[str]:
    """What sources and actions read, and what the session itself asks."""
    sources = [*discover("tui.sources.aws"), *discover("tui.sources.kubernetes")]
    return sorted({*(read for source in sources for read in source.reads), *declared(), *policies.reads_of(actions())})


def policy_text() -> str:
    """The policies as Markdown."""
    reads = declared_reads()
    kubernetes = [entry for entry in (*reads, *policies.writes_of(actions())) if entry.startswith("k8s:")]
    parts = [
        ("A role that sees everything and changes nothing:", "json", policies.as_json(policies.read_only_policy(reads))),
        ("For operators:", "json", policies.as_json(policies.operator_policy(reads, actions()))),
        ("In the cluster:", "yaml", policies.as_yaml(policies.cluster_role("pierhead", kubernetes))),
    ]
    return "\n\n".join(f"{title}\n\n```{language}\n{text.strip()}\n```" for title, language, text in parts)


def with_section(text: str, name: str, body: str) -> str:
    """``text`` with what stands between the marks of a section replaced."""
    pattern = re.compile(rf"(<!-- {name}: begin[^>]*-->\n).*?(<!-- {name}: end -->)", re.DOTALL)
    assert pattern.search(text), f"the README lost its section {name}"
    return pattern.sub(lambda found: f"{found.group(1)}\n{body}\n\n{found.group(2)}", text)


def test_picture_of_keys_and_policies_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    wanted = with_section(with_section(text, "keys", key_table()), "policies", policy_text())
    if os.environ.get("PIERHEAD_PICTURES") == "write":
        README.write_text(wanted, encoding="utf-8")
        return
    assert text == wanted, "the README's keys or policies are old: make pictures"


def test_every_command_has_a_key_and_a_title() -> None:
    assert all(command.keys and command.title for command in COMMANDS)
