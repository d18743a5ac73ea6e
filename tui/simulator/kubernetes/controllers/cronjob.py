"""CronJob: a Job at each time of its schedule (five fields; lists, ranges, steps), history kept short."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers.pods import owner_reference, replace_status
from tui.simulator.kubernetes.deletion import Options, delete
from tui.simulator.kubernetes.facts import Object, condition
from tui.simulator.kubernetes.storage import decode
from tui.simulator.kubernetes.times import seconds, stamp

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

COMPONENT = "cronjob-controller"
LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
SHORT = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *"}


def fields(schedule: str) -> list[frozenset[int]]:
    """The numbers that each of the five fields allows; ValueError when the schedule does not parse."""
    parts = SHORT.get(schedule, schedule).split()
    if len(parts) != 5:
        raise ValueError(f"expected exactly 5 fields, found {len(parts)}: [{schedule}]")
    return [_field(part, *limit) for part, limit in zip(parts, LIMITS, strict=True)]


def _field(text: str, low: int, high: int) -> frozenset[int]:
    allowed: set[int] = set()
    for piece in text.split(","):
        span, _, step = piece.partition("/")
        first, last = low, high
        if span != "*":
            start, dash, end = span.partition("-")
            first, last = int(start), int(end) if dash else (high if step else int(start))
        if not low <= first <= last <= high:
            raise ValueError(f"{piece} is not within {low}-{high}")
        allowed.update(range(first, last + 1, int(step or 1)))
    return frozenset(allowed)


def next_time(schedule: str, after: float) -> float:
    """The first time of the schedule after ``after`` (epoch seconds, UTC), 0.0 when none comes within a year."""
    minutes, hours, days, months, weekdays = fields(schedule)
    weekdays = weekdays | ({0} if 7 in weekdays else set())
    moment = datetime.fromtimestamp(after, UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    end = moment + timedelta(days=366)
    while moment < end:
        if moment.month not in months or moment.day not in days or moment.isoweekday() % 7 not in weekdays:
            moment = (moment + timedelta(days=1)).replace(hour=0, minute=0)
        elif moment.hour not in hours:
            moment = (moment + timedelta(hours=1)).replace(minute=0)
        elif moment.minute not in minutes:
            moment += timedelta(minutes=1)
        else:
            return moment.timestamp()
    return 0.0


def sync(cluster: KubernetesWorld, namespace: str, name: str) -> None:
    """Look at one CronJob."""
    cron = cluster.storage.read(api.CRON_JOBS, namespace, name)
    if cron is None or cron["metadata"].get("deletionTimestamp"):
        return
    status = dict(cron.get("status") or {})
    now = cluster.now()
    since = seconds(status.get("lastScheduleTime") or cron["metadata"]["creationTimestamp"])
    due = next_time(cron["spec"]["schedule"], max(since, now - 120))
    if due and due <= now and not cron["spec"].get("suspend"):
        _start(cluster, cron, due)
        status["lastScheduleTime"] = stamp(due)
    _history(cluster, cron, status)
    replace_status(cluster, api.CRON_JOBS, cron, status)
    coming = next_time(cron["spec"]["schedule"], now)
    if coming:
        cluster.look_at(coming, api.CRON_JOBS, namespace, name)


def _start(cluster: KubernetesWorld, cron: Object, due: float) -> None:
    template = cron["spec"]["jobTemplate"]
    name = f"{cron['metadata']['name']}-{int(due) // 60}"
    namespace = cron["metadata"]["namespace"]
    running = [s for s in cluster.storage.owned(cron["metadata"]["uid"], api.JOBS) if not _ended(decode(s))]
    policy = cron["spec"].get("concurrencyPolicy", "Allow")
    if cluster.storage.find(api.JOBS, namespace, name) or (running and policy == "Forbid"):
        return
    for old in running if policy == "Replace" else ():
        delete(cluster, api.JOBS, old, Options())
    cluster.storage.create(api.JOBS, job_of(cluster, cron, template, name))
    cluster.events.record(api.CRON_JOBS, cron, "Normal", "SuccessfulCreate", f"Created job {name}", COMPONENT)


def job_of(cluster: KubernetesWorld, cron: Object, template: Object, name: str) -> Object:
    """The Job of one time of the schedule."""
    from tui.simulator.kubernetes import admission

    metadata = copy.deepcopy(template.get("metadata") or {})
    metadata.pop("creationTimestamp", None)
    metadata.update(name=name, namespace=cron["metadata"]["namespace"], generation=1)
    metadata["ownerReferences"] = [owner_reference(api.CRON_JOBS, cron)]
    job: Object = {"metadata": metadata, "spec": copy.deepcopy(template["spec"]), "status": {}}
    admission.defaults(api.JOBS, job)
    cluster.allocate(api.JOBS, job)
    return job


def _ended(job: Object) -> str:
    status = job.get("status") or {}
    return next((k for k in ("Complete", "Failed") if (c := condition(status, k)) and c["status"] == "True"), "")


def _history(cluster: KubernetesWorld, cron: Object, status: Object) -> None:
    jobs = sorted(cluster.storage.owned(cron["metadata"]["uid"], api.JOBS), key=lambda s: s.created)
    ended: dict[str, list[str]] = {"Complete": [], "Failed": [], "": []}
    for stored in jobs:
        job = decode(stored)
        ended[_ended(job)].append(stored.name)
        if _ended(job) == "Complete" and job["status"].get("completionTime"):
            status["lastSuccessfulTime"] = job["status"]["completionTime"]
    keep = {
        "Complete": cron["spec"].get("successfulJobsHistoryLimit", 3),
        "Failed": cron["spec"].get("failedJobsHistoryLimit", 1),
    }
    for kind, most in keep.items():
        for name in ended[kind][: max(0, len(ended[kind]) - most)]:
            delete(cluster, api.JOBS, cluster.storage.get(api.JOBS, cron["metadata"]["namespace"], name), Options())
    active = [s for s in jobs if s.name in ended[""]]
    status["active"] = [
        {"kind": "Job", "apiVersion": "batch/v1", "namespace": s.namespace, "name": s.name, "uid": s.uid} for s in active
    ]
    if not status["active"]:
        del status["active"]
