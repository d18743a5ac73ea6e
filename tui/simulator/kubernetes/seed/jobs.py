"""Jobs that have completed, and the cron job that made some of them."""

from __future__ import annotations

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers import cronjob
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.seed.ground import HOUR, Ground, Workload
from tui.simulator.kubernetes.seed.pods import Mold
from tui.simulator.kubernetes.times import stamp


def _finished(ground: Ground, job: Object, workload: Workload, age: float) -> None:
    """A completed Job with its pod."""
    run = float(workload["profile"].get("run", 30.0))
    start, end = stamp(ground.now - age), stamp(ground.now - age + run + 4)
    common = {"status": "True", "lastProbeTime": end, "lastTransitionTime": end, "reason": "CompletionsReached",
              "message": "Reached expected number of succeeded pods"}  # fmt: skip
    job["metadata"].setdefault("uid", ground.cluster.storage.new_uid())
    job["metadata"]["creationTimestamp"] = start
    job["status"] = {
        "startTime": start, "completionTime": end, "succeeded": 1, "ready": 0, "terminating": 0, "uncountedTerminatedPods": {},
        "conditions": [{"type": "SuccessCriteriaMet", **common}, {"type": "Complete", **common}],
    }  # fmt: skip
    mold = Mold(ground.cluster, api.JOBS, job, job["spec"]["template"])
    name = f"{job['metadata']['name']}-{ground.cluster.writer.suffix()}"
    mold.pod(name, ground.next_node(workload), age, completed=run)
    ground.store(api.JOBS, job)


def plant_job(ground: Ground, workload: Workload) -> None:
    """A job that has completed."""
    job = ground.owner(api.JOBS, workload, {"template": ground.template(workload, workload["image"], {})}, 0.0)
    ground.cluster.allocate(api.JOBS, job)
    _finished(ground, job, workload, 5 * HOUR)


def plant_cron_job(ground: Ground, workload: Workload) -> None:
    """A cron job with the last jobs that it made."""
    template = ground.template(workload, workload["image"], {})
    spec = {
        "schedule": workload["schedule"],
        "jobTemplate": {"metadata": {"labels": ground.labels(workload)}, "spec": {"template": template}},
    }
    cron = ground.owner(api.CRON_JOBS, workload, spec, 90 * 24 * HOUR)
    last = cronjob.next_time(workload["schedule"], ground.now - HOUR - 60)
    for back in range(workload.get("done", 0), 0, -1):
        due = last - (back - 1) * HOUR
        job = cronjob.job_of(ground.cluster, cron, cron["spec"]["jobTemplate"], f"{workload['name']}-{int(due) // 60}")
        _finished(ground, job, workload, max(ground.now - due, 150.0))
    cron["status"] = {"lastScheduleTime": stamp(last), "lastSuccessfulTime": stamp(last + 100)}
    ground.store(api.CRON_JOBS, cron)
