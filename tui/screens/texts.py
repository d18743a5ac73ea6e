"""The texts of the document screens: describe, YAML and JSON, why, compare, and the program's own lists."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from tui.model import Finding, Row, Secret, State
from tui.model.kubernetes import EventRow
from tui.panes import Pane, PaneContext
from tui.panes.words import age, clock_time, stamp
from tui.screens.console import Console
from tui.store import Freshness

#: members that make two objects differ without meaning anything
NOISE = frozenset(
    {"resourceVersion", "managedFields", "uid", "generation", "creationTimestamp", "registeredAt", "requestId", "revision"}
)


def plain(value: Any, reveal: bool = False) -> Any:
    """JSON-able: dates as ISO 8601, secrets as dots unless revealed."""
    if isinstance(value, Secret):
        return value.reveal() if reveal else str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(member, reveal) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [plain(member, reveal) for member in value]
    return value


def as_json(value: Any, reveal: bool = False) -> str:
    """Indented JSON."""
    return json.dumps(plain(value, reveal), indent=2, ensure_ascii=False)


def as_yaml(value: Any, reveal: bool = False) -> str:
    """YAML as kubectl writes it."""
    from io import StringIO

    from ruamel.yaml import YAML

    out = StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 10_000
    yaml.representer.ignore_aliases = lambda data: True
    yaml.dump(plain(value, reveal), out)
    return out.getvalue()


def aligned(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """``label   text`` with the texts below each other."""
    found = list(pairs)
    width = min(28, max((len(label) for label, _ in found), default=0))
    return [f"{label:<{width}}  {text}" for label, text in found]


def describe(row: Row, pane: Pane, context: PaneContext) -> str:
    """Facts, findings, events: as they are now, or were when the row went."""
    row = context.store.get(row.key) or row
    lines = [f"{pane.title.rstrip('s')}  {pane.scope_name(row) + '/' if pane.scope_name(row) else ''}{row.name}", ""]
    state, reason = context.store.state(row), context.store.reason(row)
    lines += aligned(
        [
            ("State", f"{state.symbol} {state.name.lower()}{': ' + reason if reason else ''}"),
            *pane.describe(row, replace(context, calm=True)),  # figures, not sparklines
        ]
    )
    findings = context.store.findings(row.key)
    if findings:
        lines += ["", "Findings"]
        for finding in findings:
            lines += finding_lines(finding, context.now)
    events = [*pane.events(row, context), *kubernetes_events(row, context)]
    if events:
        lines += ["", "Events"]
        lines += [
            f"  {clock_time(when)}  {age(when, context.now):>4}  {words}" for when, words in sorted(events, reverse=True)[:100]
        ]
    return "\n".join(lines)


def finding_lines(finding: Finding, now: float) -> list[str]:
    """One finding with its evidence and next step."""
    since = f"  since {clock_time(finding.since)} ({age(finding.since, now)})" if finding.since else ""
    lines = [f"  {finding.severity.symbol} {finding.sentence}{since}"]
    lines += [f"      {line}" for line in finding.evidence]
    if finding.next_step:
        lines.append(f"      next: {finding.next_step}")
    return lines


def kubernetes_events(row: Row, context: PaneContext) -> list[tuple[float, str]]:
    """Events of the connected cluster whose object is the row."""
    uid = getattr(row, "uid", "")
    if not uid:
        return []
    found = []
    for event in context.store.rows("events"):
        if isinstance(event, EventRow) and event.involved[2] == uid:
            times = f" ({event.count} times)" if event.count > 1 else ""
            found.append((event.last, f"{event.event_reason}: {event.message}{times}"))
    return found


def why(row: Row, pane: Pane, context: PaneContext, target: Row | None = None) -> str:
    """Why a row is not well: findings of the row and of what it owns, with evidence and what happened; or that nothing is
    known. A problem (``row``) comes first; ``target`` is what it is about, ``pane`` that one's."""
    about = target or row
    about = context.store.get(about.key) or about
    findings = context.store.findings(about.key)
    lines: list[str] = []
    if isinstance(row, Finding):
        now = context.store.get(row.key)
        findings = (*([now] if isinstance(now, Finding) else []), *(other for other in findings if other.key != row.key))
        if now is None:
            lines.append(f"  {State.WELL.symbol} no problem any more: {row.sentence}")
    for finding in findings:
        lines += finding_lines(finding, context.now)
    if not lines:
        reason = context.store.reason(about)
        lines.append(f"  {reason}" if reason else "  Nothing is wrong with it in what has been read.")
    events = [*pane.events(about, context), *kubernetes_events(about, context)][:12]
    if events:
        lines += ["", "Events", *(f"  {clock_time(when)}  {words}" for when, words in events)]
    return "\n".join(lines)


def cleaned(value: Any) -> Any:
    """Without identifiers, times and status, for comparing two objects."""
    if isinstance(value, Mapping):
        return {name: cleaned(member) for name, member in value.items() if name not in NOISE and name not in ("status",)}
    return [cleaned(member) for member in value] if isinstance(value, list) else value


def compare(one: Mapping[str, Any], other: Mapping[str, Any], names: tuple[str, str]) -> str:
    """A unified diff of two objects as YAML, line by line."""
    left, right = (as_yaml(cleaned(plain(value))).splitlines() for value in (one, other))
    lines = list(difflib.unified_diff(left, right, *names, lineterm="", n=3))
    return "\n".join(lines) if lines else f"{names[0]} and {names[1]} are alike but for identifiers, times and status."


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns padded to their widest cell; those of figures stand to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    columns = [max(len(row[i]) for row in (header, *cells)) for i in range(len(header))]
    figures = [all(row[i][:1].isdigit() and row[i].replace(".", "").isdigit() for row in cells) for i in range(len(header))]
    sides = [">" if figure else "<" for figure in figures]
    return "\n".join(
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, columns, strict=True)).rstrip()
        for row in (header, *cells)
    )


def sources_text(console: Console) -> str:
    """``:sources``: the freshness of everything."""
    now = console.clock.now()

    def line(entry: Freshness) -> tuple[object, ...]:
        last = f"{age(entry.last_success, now)} ago" if entry.last_success else "never"
        again = clock_time(entry.next_try) if entry.next_try else "-"
        where = entry.scope.cluster.rsplit("/", 1)[-1] or entry.scope.region
        return entry.source, entry.kind, where, entry.state.value, last, again, " ".join((entry.message, entry.hint)).strip()

    entries = sorted(console.store.freshness.all(), key=lambda e: (e.source, e.kind))
    if not entries:
        return "No source has been started yet."
    return table(("SOURCE", "KIND", "WHERE", "STATE", "LAST", "AGAIN", "WHAT"), map(line, entries))


def calls_text(console: Console) -> str:
    """``:calls``: API calls by family."""
    rows = list(console.connection.calls()) if console.connection else []
    if not rows:
        return "No call has been made yet."
    names = list(rows[0])
    return table([name.upper().replace("_", " ") for name in names], ([row.get(name, "") for name in names] for row in rows))


def errors_text(console: Console) -> str:
    """``:errors``: what fails in pierhead itself now, then all failures, newest first. A fault of ours has its traceback."""
    rows = list(console.connection.errors()) if console.connection else []
    faults = console.store.faults.all()
    if not rows and not faults:
        return "Nothing has failed since the start."
    lines: list[str] = []
    for fault in faults:
        lines.append(f"{stamp(fault.since)}  pierhead  {fault.sentence}")
        lines += _indented(fault.detail)
    for row in rows:
        lines.append(f"{stamp(float(row.get('time', 0)))}  {row.get('source', '')}  {row.get('message', '')}")
        lines += _indented(str(row.get("hint") or ""))
        lines += _indented(str(row.get("detail") or ""))
    return "\n".join(lines)


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.splitlines()]


def journal_text(console: Console) -> str:
    """``:journal``: own actions as they stand, newest first, with what was before and after."""
    journal = console.runner.journal if console.runner is not None else None
    if journal is None:
        return "Not connected yet."
    records = journal.latest()[:500]
    taken_back = {record.undoes for record in records if record.undoes and record.outcome == "done"}
    lines: list[str] = []
    for record in records:
        outcome = "taken back" if record.id in taken_back else record.outcome
        lines.append(f"{stamp(record.time)}  {outcome:<10}  {record.title}  {record.target_name}   {record.where}")
        lines.append(f"    by {record.who or '-'}")
        if record.detail:
            lines.append(f"    {record.detail}")
        changed = [name for name, value in record.after.items() if record.before.get(name) != value and name != "deployment"]
        lines += [f"    {name}: {_brief(record.before.get(name, '-'))} → {_brief(record.after[name])}" for name in changed]
        lines += [f"    {command}" for command in record.commands]
    if journal.damaged:
        lines.append(f"{journal.damaged} lines of {journal.path} cannot be read")
    return "\n".join(lines) if lines else f"Nothing was done from here yet.   It would stand in {journal.path}"


def _brief(value: object) -> str:
    """An ARN by its last part."""
    return value.rsplit("/", 1)[-1] if isinstance(value, str) and value.startswith("arn:") else str(value)
