"""Scale and restart Kubernetes Deployments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tui.actions import pod_scaling, shell
from tui.actions.autoscaling import Bounds
from tui.actions.base import Change, Context, Danger, Field, Plan, Record
from tui.actions.plans import count_of, finish, on_failure_of, plural, refuse
from tui.actions.pod_scaling import autoscalers
from tui.actions.room import shortages
from tui.actions.rowwise import Item, as_before
from tui.actions.undoing import undo_plan
from tui.actions.workloads import (
    MERGE_PATCH,
    RESTARTED,
    STRATEGIC_PATCH,
    WorkloadAction,
    conditional,
    denied,
    facts_of,
    locator_of,
    owners,
    patch,
    path_of,
    read_rows,
    rights_of,
    shown,
)
from tui.model.kubernetes import DeploymentRow
from tui.model.row import Row

#: what Kubernetes supports in one cluster ("Considerations for large clusters")
PODS_IN_A_CLUSTER = 150_000
QUOTA_WORDS = "what Kubernetes supports in one cluster"


class ScaleDeployment(WorkloadAction):
    """``s`` on deployments, through the scale subresource."""

    id = "k8s.scale"
    title = "Scale"
    key = "s"
    confirm_title = "Scale"
    writes = ("k8s:patch apps/deployments/scale",)
    reads = (*WorkloadAction.reads, "k8s:get apps/deployments/scale")

    async def form(self, rows: Sequence[Row], context: Context) -> tuple[Field, ...]:
        counts = {row.desired for row in rows if isinstance(row, DeploymentRow)}
        default = str(counts.pop()) if len(counts) == 1 else ""
        label = "pods wanted" if len(rows) == 1 else f"pods wanted by each of {len(rows)} deployments"
        count = Field(id="count", label=label, kind="int", default=default, minimum=0, maximum=PODS_IN_A_CLUSTER)
        return (count,)

    async def plan(self, rows: Sequence[Row], values: Mapping[str, str], context: Context) -> Plan:
        count = count_of(values.get("count", ""), "count", PODS_IN_A_CLUSTER, QUOTA_WORDS)
        return await self.plan_counts(rows, {row.key.id: count for row in rows}, values, context)

    async def plan_counts(
        self, rows: Sequence[Row], counts: Mapping[str, int], values: Mapping[str, str], context: Context
    ) -> Plan:
        """The plan for a count of its own for each row (by uid)."""
        found = await read_rows(rows, context)
        known, unknown = await autoscalers(rows, context)
        old = {uid: int(facts_of(one)["replicas"]) for uid, one in found.items()}
        if old == {uid: counts[uid] for uid in old}:
            return refuse(self, rows, f"nothing to do: {plural(next(iter(old.values())), 'pod')} wanted already")
        short = shortages([row.key for row in rows if counts[row.key.id] > old[row.key.id]], context)
        place = {row.key: "" if len(rows) == 1 else f"{shown(locator_of(row))}: " for row in rows}
        warnings = [place[key] + word for key, words in short.items() for word in words]
        warnings += [*unknown, *(pod_scaling.count_warning(counts[uid], *found_) for uid, found_ in known.items())]
        warnings += [word for one in found.values() for word in owners(one)]
        wanted = [("patch", "apps", "deployments/scale", locator_of(row)["namespace"]) for row in rows]
        rights = await rights_of(context.clients.kubernetes(rows[0].scope), wanted)
        plan = Plan(
            action=self.id,
            title=self.title,
            rows=tuple(rows),
            scope=rows[0].scope,
            changes=tuple(_change(row, rows, str(old[row.key.id]), str(counts[row.key.id])) for row in rows),
            effects=_effects([(old[uid], counts[uid]) for uid in old], _cost(found, old, counts)),
            warnings=tuple(warnings),
            danger=_danger([(old[uid], counts[uid], known.get(uid)) for uid in old]),
            rights=rights,
            refusal=denied(rights),
            undo=f"U brings back {as_before([str(n) for n in old.values()])}",
            input=dict(values),
            on_failure=on_failure_of(values),  # type: ignore[arg-type]
        )
        items = [_scale_item(row, old[row.key.id], counts[row.key.id], context) for row in rows]
        return finish(plan, items, {uid: {"replicas": count} for uid, count in old.items()}, context)

    async def call(self, item: Item, context: Context) -> Mapping[str, Any]:
        old, new = item.before["replicas"], item.after["replicas"]
        if old:
            operations = [
                {"op": "test", "path": "/spec/replicas", "value": old},
                {"op": "replace", "path": "/spec/replicas", "value": new},
            ]
            await patch(item, operations, context, "scale")
            return {}
        # a Scale of 0 has no /spec/replicas to test (it is left out when empty), so its version is the condition
        port = context.clients.kubernetes(item.row.scope)
        scale = await port.get(path_of(item.locator, "scale"))
        identity = {"uid": item.locator["uid"], "resourceVersion": scale["metadata"]["resourceVersion"]}
        body = {"metadata": identity, "spec": {"replicas": new}}
        await conditional(port, "PATCH", path_of(item.locator, "scale"), body, MERGE_PATCH)
        return {}

    async def undo(self, record: Record, context: Context) -> Plan | str:
        async def plan(rows: Sequence[Row]) -> Plan:
            before = int(record.before["replicas"])
            return await self.plan_counts(rows, {record.target.id: before}, {"count": str(before)}, context)

        return await undo_plan(self, record, context, plan)


class RestartDeployment(WorkloadAction):
    """``r`` on deployments, as ``kubectl rollout restart``: an annotation of the template makes all pods new."""

    id = "k8s.restart"
    title = "Restart"
    key = "r"
    reversible = False
    confirm_title = "Restart"
    writes = ("k8s:patch apps/deployments",)

    def unavailable(self, rows: Sequence[Row]) -> str:
        return next((paused(row.name) for row in rows if isinstance(row, DeploymentRow) and row.paused), "")

    async def plan(self, rows: Sequence[Row], values: Mapping[str, str], context: Context) -> Plan:
        found = await read_rows(rows, context)
        for row in rows:
            if facts_of(found[row.key.id])["paused"]:
                return refuse(self, rows, paused(row.name))
        wanted = [("patch", "apps", "deployments", locator_of(row)["namespace"]) for row in rows]
        rights = await rights_of(context.clients.kubernetes(rows[0].scope), wanted)
        known, unknown = await autoscalers(rows, context)
        plan = Plan(
            action=self.id,
            title=self.title,
            rows=tuple(rows),
            scope=rows[0].scope,
            changes=tuple(_change(row, rows, "as it runs", "the same, new pods") for row in rows),
            effects=tuple(word for one in found.values() for word in rollout_effect(one)),
            warnings=(
                *(pod_scaling.warning(*found_) for found_ in known.values()),
                *unknown,
                *(word for one in found.values() for word in owners(one)),
            ),
            danger=Danger.CAUTION,
            rights=rights,
            refusal=denied(rights),
            undo="a restart cannot be taken back; nothing but the pods changes",
            input=dict(values),
            on_failure=on_failure_of(values),  # type: ignore[arg-type]
        )
        now = datetime.fromtimestamp(context.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        items = [_restart_item(row, facts_of(found[row.key.id]), now, context) for row in rows]
        depends = {uid: {name: facts_of(one)[name] for name in ("images", "paused")} for uid, one in found.items()}
        return finish(plan, items, depends, context)

    async def call(self, item: Item, context: Context) -> Mapping[str, Any]:
        annotation = {"annotations": {RESTARTED: item.after["restartedAt"]}}
        body = {"metadata": {"uid": item.locator["uid"]}, "spec": {"template": {"metadata": annotation}}}
        port = context.clients.kubernetes(item.row.scope)
        await conditional(port, "PATCH", path_of(item.locator), body, STRATEGIC_PATCH)
        return {}

    async def undo(self, record: Record, context: Context) -> Plan | str:
        return "a restart cannot be taken back: nothing but the pods was changed"


def paused(name: str) -> str:
    """Why a paused Deployment does not roll out."""
    return f"{name} is paused: nothing rolls out until it is resumed (kubectl rollout resume)"


def rollout_effect(found: Mapping[str, Any]) -> tuple[str, ...]:
    """``12 pods replaced, at most 3 more at once (25%), at most 3 missing (25%)``.

    Kubernetes rounds maxSurge up and maxUnavailable down ("Deployments", rolling update).
    """
    spec = found.get("spec") or {}
    count = int(spec.get("replicas", 1))
    strategy = spec.get("strategy") or {}
    if not count:
        return ("it wants no pods: nothing starts until it is scaled up",)
    if strategy.get("type") == "Recreate":
        return (f"{plural(count, 'pod')} replaced: all stop before new ones start (Recreate), it is down meanwhile",)
    rolling = strategy.get("rollingUpdate") or {}
    surge, missing = rolling.get("maxSurge", "25%"), rolling.get("maxUnavailable", "25%")
    more, less = _share(surge, count, up=True), _share(missing, count, up=False)
    if not more and not less:
        less = 1  # Kubernetes takes one then, or nothing could move
    return (f"{plural(count, 'pod')} replaced, at most {more} more at once ({surge}), at most {less} missing ({missing})",)


def _share(value: Any, count: int, *, up: bool) -> int:
    """A count or a percentage of ``count``."""
    text = str(value)
    if not text.endswith("%"):
        return int(text) if text.isdigit() else 0
    scaled = int(text[:-1]) * count
    return -(-scaled // 100) if up else scaled // 100


def _change(row: Row, rows: Sequence[Row], old: str, new: str) -> Change:
    label = "pods" if len(rows) == 1 else shown(locator_of(row))
    return Change(label, old, new, "unchanged" if old == new else "")


def _cost(found: Mapping[str, Mapping[str, Any]], old: Mapping[str, int], new: Mapping[str, int]) -> str:
    """What the pods that start will request, where all that grow have one template's size or there is one."""
    growing = [uid for uid in old if new[uid] > old[uid]]
    if len(growing) != 1:
        return ""
    template = (found[growing[0]].get("spec") or {}).get("template") or {}
    return pod_scaling.pods_need(template, new[growing[0]] - old[growing[0]])


def _effects(pairs: Sequence[tuple[int, int]], cost: str) -> tuple[str, ...]:
    up = sum(new - old for old, new in pairs if new > old)
    down = sum(old - new for old, new in pairs if new < old)
    words = [f"{plural(up, 'pod')} start" + ("s" if up == 1 else "") + cost] if up else []
    words += [f"{plural(down, 'pod')} stop" + ("s" if down == 1 else "")] if down else []
    if any(old and not new for old, new in pairs):
        words.append("no pod stays: it is down until it is scaled up again")
    return tuple(words)


def _danger(rows: Sequence[tuple[int, int, tuple[str, Bounds] | None]]) -> Danger:
    if any(old and not new for old, new, _ in rows):
        return Danger.DESTRUCTIVE
    if any(new < old or (known and not known[1].minimum <= new <= known[1].maximum) for old, new, known in rows):
        return Danger.CAUTION
    return Danger.SAFE


def _scale_item(row: Row, old: int, new: int, context: Context) -> Item:
    locator = locator_of(row)
    words = ("scale", f"deployment/{locator['name']}", f"--current-replicas={old}", f"--replicas={new}")
    return Item(
        row=row,
        name=shown(locator),
        locator=locator,
        before={"replicas": old},
        after={"replicas": new},
        commands=(shell.kubectl(context, row.scope, locator["namespace"], *words),),
    )


def _restart_item(row: Row, facts: Mapping[str, Any], now: str, context: Context) -> Item:
    locator = locator_of(row)
    command = shell.kubectl(context, row.scope, locator["namespace"], "rollout", "restart", f"deployment/{locator['name']}")
    return Item(
        row=row,
        name=shown(locator),
        locator=locator,
        before={"restartedAt": facts["restartedAt"], "revision": facts["revision"]},
        after={"restartedAt": now},
        commands=(command,),
    )
