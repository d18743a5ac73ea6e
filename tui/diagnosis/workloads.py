"""Findings on pods and on the deployments that they belong to: what many pods share is said once, on the deployment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tui.diagnosis.pod_reasons import Trouble, trouble
from tui.diagnosis.usage import workload_of
from tui.diagnosis.words import finding
from tui.model.derived import NOTHING, Computed, Derived, DerivedContext
from tui.model.finding import Finding
from tui.model.kubernetes import DeploymentRow, PodRow
from tui.model.state import State


def pod_group(pod: PodRow) -> Iterable[tuple[str, str, str]]:
    """The cluster, the workload's kind and its name; a replica set stands for its deployment."""
    kind = pod.owner[0] if pod.owner is not None else "Pod"
    return ((pod.key.identity, "Deployment" if kind == "ReplicaSet" else kind, workload_of(pod)),)


IN_LOGS = frozenset({"crash-loop", "readiness", "failed"})
"""Causes whose story stands in the logs."""
LEFTOVERS = frozenset({"evicted", "failed"})
"""What pods that were replaced long ago may still say."""


class Workloads(Derived):
    """Pods by workload. Where pods of a deployment share a cause, the deployment speaks and theirs are grouped."""

    name = "workloads"
    output = "findings"
    inputs = {"pods": pod_group, "deployments": lambda row: ((row.key.identity, "Deployment", f"{row.namespace}/{row.name}"),)}
    records = {"pods": (("restarts", lambda row: float(row.restarts) if row.restarts else None),)}

    def compute(self, group: tuple[str, str, str], members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        pods: Sequence[PodRow] = members["pods"]
        deployment: DeploymentRow | None = next(iter(members["deployments"]), None)
        troubled: dict[tuple[str, str], list[tuple[PodRow, Trouble]]] = {}
        due: list[float] = []
        for pod in pods:
            found = trouble(pod, context)
            if isinstance(found, Trouble):
                troubled.setdefault((found.cause, found.alike or found.brief), []).append((pod, found))
                due += [found.recheck_at] if found.recheck_at is not None else []
            elif found is not None:
                due.append(found)
        if not troubled and (deployment is None or not deployment.stalled):
            return Computed(recheck_at=min(due)) if due else NOTHING
        alive = [pod for pod in pods if pod.phase not in ("Succeeded", "Failed") or pod.key in _keys(troubled)]
        rows = _findings(deployment, alive, list(troubled.values()))
        return Computed(tuple(rows), min(due, default=None))


def _keys(troubled: Mapping[tuple[str, str], list[tuple[PodRow, Trouble]]]) -> set[Any]:
    return {pod.key for group in troubled.values() for pod, _ in group}


def _findings(
    deployment: DeploymentRow | None,
    alive: Sequence[PodRow],
    groups: list[list[tuple[PodRow, Trouble]]],
) -> list[Finding]:
    """The deployment's finding on its largest group, and one for each pod; without a deployment a first pod speaks."""
    groups.sort(key=lambda group: (group[0][1].severity, -len(group)))
    rows: list[Finding] = []
    replaced = deployment is not None and deployment.available >= deployment.desired
    if deployment is not None and not (replaced and groups and all(group[0][1].cause in LEFTOVERS for group in groups)):
        rows.append(_of_deployment(deployment, alive, groups))
    for group in groups:
        speaker = None if deployment is not None else min(group, key=lambda item: (item[1].since, item[0].key))
        for pod, found in group:
            speaks = speaker is not None and pod.key == speaker[0].key
            words = _together(group, alive) if speaks and len(group) > 1 else found.sentence
            rows.append(_of_pod(pod, found, words, grouped=not speaks))
    return rows


def _together(group: list[tuple[PodRow, Trouble]], alive: Sequence[PodRow]) -> str:
    """``12 of 12 pods crash: exit 1, "REDIS_URL is not set"``; where the verb says the cause, only what it adds."""
    first = _typical(group)
    count = f"{len(group)} of {max(len(group), len(alive))} pods"
    if len(group) == 1 and len(alive) <= 1:
        return first.sentence
    verb = first.verb if len(group) > 1 else _singular(first.verb)
    rest = first.brief.removeprefix("killed for memory").strip() if first.cause == "oom" else f": {first.brief}"
    return f"{count} {verb}{' ' if first.cause == 'oom' and rest else ''}{rest}"


def _typical(group: list[tuple[PodRow, Trouble]]) -> Trouble:
    """The one whose words most pods of the group share."""
    briefs = Counter(found.brief for _, found in group)
    return max((found for _, found in group), key=lambda found: briefs[found.brief])


def _singular(verb: str) -> str:
    words = {"crash": "crashes", "do not start": "does not start", "find no node": "finds no node"}
    return words.get(verb, verb.replace("are ", "is ", 1).replace("were ", "was ", 1))


def _of_deployment(deployment: DeploymentRow, alive: Sequence[PodRow], groups: list[list[tuple[PodRow, Trouble]]]) -> Finding:
    stalled = deployment.stalled
    evidence: tuple[str, ...] = ()
    if groups:
        worst = groups[0]
        found = _typical(worst)
        sentence = _together(worst, alive)
        whole = deployment.available == 0 and found.severity is State.BROKEN
        severity = State.BROKEN if whole or len(worst) >= max(1, deployment.desired) else State.DEGRADED
        since = min((t.since for _, t in worst if t.since), default=0.0)
        evidence = (*found.evidence, *(_together(group, alive) for group in groups[1:3]))
        cause, step = found.cause, found.next_step
    else:
        sentence, severity = f"rollout stuck at {deployment.updated}/{deployment.desired}", State.DEGRADED
        since, cause, step = deployment.created, "deployment-stuck", "look at its new pods"
    back = bool(groups) and (bool(stalled) or deployment.updated < deployment.replicas)
    told = cause in IN_LOGS
    images = ", ".join(image.short for image in deployment.images)
    evidence = (f"image {images}" if images else "", stalled, *evidence)
    return finding(
        "workload",
        deployment,
        severity=severity,
        cause=cause,
        sentence=sentence,
        world="eks",
        name=f"{deployment.namespace}/{deployment.name}",
        evidence=evidence,
        next_step=_next_words(step, back, told),
        action="k8s.rollback" if back and not told else "",
        action_title="l logs" if told else "ctrl-u roll back" if back else "",
        since=since,
    )


def _next_words(step: str, back: bool, told: bool) -> str:
    """The step; where a rollback may help, that too: first where the logs have nothing to add."""
    if not back:
        return step
    return f"{step}, or roll back (ctrl-u)" if told else f"roll back to the revision before (ctrl-u), or {step}"


def _of_pod(pod: PodRow, found: Trouble, sentence: str, *, grouped: bool) -> Finding:
    return finding(
        "pod",
        pod,
        severity=found.severity,
        cause=found.cause,
        sentence=sentence,
        world="eks",
        name=f"{pod.namespace}/{pod.name}",
        evidence=(*found.evidence, f"on node {pod.node}" if pod.node else ""),
        next_step=found.next_step,
        action_title="l logs" if found.cause in IN_LOGS else "",
        since=found.since,
        grouped=grouped,
    )
