"""The kubelets of all nodes: from a bound pod to running containers, readiness, crashes with growing back-off, and the end.

A pod's state is its status in storage and nothing else; here are only the moves, each put on the world's queue at its time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes import status as words
from tui.simulator.kubernetes.facts import Object, PodFacts
from tui.simulator.kubernetes.logs import last_words
from tui.simulator.kubernetes.moves import FIRST_BACKOFF, LONGEST_BACKOFF, Moves
from tui.simulator.kubernetes.pulling import Pulls
from tui.simulator.kubernetes.storage import Change
from tui.simulator.kubernetes.times import seconds, stamp

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

BACKOFF_RESET = 600.0  # a container that ran this long begins anew with short back-offs
STOP_TIME = 2.0  # how long a container takes to end on SIGTERM


class Kubelet(Moves):
    """Moves pods. ``_backoff`` has the present back-off of a container, by (uid, container)."""

    def __init__(self, cluster: KubernetesWorld) -> None:
        super().__init__(cluster)
        self._backoff: dict[tuple[str, str], float] = {}
        self._pulls = Pulls(cluster, lambda pod, name, init: self._run(pod, name, init=init))
        cluster.storage.listeners.append(self._heard)

    def adopt(self, pod: Object) -> None:
        """Take over a pod that the world began with and that waits for something (a crash loop)."""
        for one in pod["status"].get("containerStatuses") or ():
            waiting = (one.get("state") or {}).get("waiting") or {}
            if waiting.get("reason") == "CrashLoopBackOff":
                self._backoff[pod["metadata"]["uid"], one["name"]] = LONGEST_BACKOFF
                left = self.cluster.rng.uniform(5, LONGEST_BACKOFF)
                self.later(pod, left, lambda p, name=one["name"]: self._restart(p, name))  # type: ignore[misc]

    def _heard(self, change: Change) -> None:
        if change.resource is not api.PODS:
            return
        stored, previous = change.stored, change.previous
        facts = stored.facts
        assert isinstance(facts, PodFacts)
        if change.type == "DELETED":
            for key in [k for k in self._backoff if k[0] == stored.uid]:
                del self._backoff[key]
            self._pulls.forget(stored.uid)
            return
        bound_before = previous is not None and isinstance(previous.facts, PodFacts) and bool(previous.facts.node)
        if facts.node and not bound_before and not facts.ended:
            self.soon(stored, self._begin)
        if stored.deleting and not (previous is not None and previous.deleting):
            self.soon(stored, self._stop, delay=0.0)

    # from bound to running

    def _begin(self, pod: Object) -> None:
        if words.leaving(pod):
            return
        node = self.cluster.scheduler.nodes.get(pod["spec"]["nodeName"])
        words.waiting(pod, self.cluster.now(), node.address if node else "10.0.0.1")
        self.save(pod)
        self.later(pod, self.cluster.rng.uniform(0.3, 0.9), self._next)

    def _next(self, pod: Object) -> None:
        """Start the next init container, or all containers when there is none left."""
        if words.leaving(pod):
            return
        pod["status"].setdefault("podIP", "")
        if not pod["status"]["podIP"]:
            words.address(pod, self.cluster.next_ip(pod))
            self.save(pod)
        for container in pod["spec"].get("initContainers") or ():
            if not words.through(pod, container):
                self._pulls.pull(pod, container["name"], init=True)
                return
        for container in pod["spec"]["containers"]:
            self._pulls.pull(pod, container["name"])

    def _run(self, pod: Object, name: str, *, init: bool = False) -> None:
        if words.leaving(pod):
            return
        container = words.spec_of(pod, name)
        self.say(pod, "Normal", "Created", f"Created container: {name}", name, init=init)
        self.say(pod, "Normal", "Started", f"Started container {name}", name, init=init)
        words.running(pod, name, self.cluster.now(), self.cluster.image_id(container["image"]))
        outcome = self.cluster.behaviours.outcome(pod, container)
        probe = container.get("readinessProbe")
        sidecar = init and container.get("restartPolicy") == "Always"
        if probe is None:
            words.ready(pod, name, outcome.ready and (not init or sidecar))
        self.save(pod)
        if init and not sidecar:
            span = outcome.after if outcome.after < 3600 else self.cluster.rng.uniform(0.5, 2.0)
            self.later(pod, span, lambda p: self._init_done(p, name))
            return
        if sidecar:
            self.later(pod, 0.2, self._next)
        if probe is not None and outcome.ready:
            delay = probe.get("initialDelaySeconds", 0) + self.cluster.rng.uniform(0.2, 1.0) * probe.get("periodSeconds", 10)
            started = self.cluster.now()
            self.later(pod, delay, lambda p: self._becomes_ready(p, name, started))
        elif probe is not None:
            self.later(pod, probe.get("initialDelaySeconds", 0) + 5.0, lambda p: self._unready(p, name))
        if outcome.after < 1e9:
            started = self.cluster.now()
            self.later(pod, outcome.after, lambda p: self._ends(p, name, started, outcome.exit_code, outcome.reason))

    def _init_done(self, pod: Object, name: str) -> None:
        if words.leaving(pod):
            return
        words.terminated(pod, name, self.cluster.now(), 0, "Completed")
        words.ready(pod, name, True)
        self.save(pod)
        self.later(pod, 0.3, self._next)

    def _same_run(self, pod: Object, name: str, started: float) -> bool:
        """Whether the container still runs since ``started``."""
        if words.leaving(pod):
            return False
        state = (words.status_of(pod, name).get("state") or {}).get("running")
        return state is not None and state["startedAt"] == stamp(started)

    def _becomes_ready(self, pod: Object, name: str, started: float) -> None:
        if self._same_run(pod, name, started):
            words.ready(pod, name, True)
            self.save(pod)

    def _unready(self, pod: Object, name: str) -> None:
        """A readiness probe that fails, again each period."""
        if words.leaving(pod) or "running" not in (words.status_of(pod, name).get("state") or {}):
            return
        probe = words.spec_of(pod, name)["readinessProbe"]
        self.say(pod, "Warning", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", name)
        self.later(pod, max(10.0, probe.get("periodSeconds", 10)), lambda p: self._unready(p, name))

    # endings

    def _ends(self, pod: Object, name: str, started: float, code: int, reason: str) -> None:
        """A container ended by itself."""
        if not self._same_run(pod, name, started):
            return
        now = self.cluster.now()
        words.terminated(pod, name, now, code, reason)
        words.leave_message(pod, name, last_words(self.cluster, pod, name))
        policy = pod["spec"].get("restartPolicy", "Always")
        again = policy == "Always" or (policy == "OnFailure" and code != 0)
        self.save(pod)
        if not again:
            return
        key = (pod["metadata"]["uid"], name)
        if now - started > BACKOFF_RESET:
            self._backoff.pop(key, None)
        delay = self._backoff.get(key, 0.0)
        self._backoff[key] = min(delay * 2, LONGEST_BACKOFF) if delay else FIRST_BACKOFF
        if not delay:
            self.later(pod, 1.0, lambda p: self._restart(p, name))
            return
        self.later(pod, 1.5, lambda p: self._backs_off(p, name, delay))
        self.later(pod, delay, lambda p: self._restart(p, name))

    def _backs_off(self, pod: Object, name: str, delay: float) -> None:
        if words.leaving(pod):
            return
        metadata = pod["metadata"]
        place = f"{metadata['name']}_{metadata['namespace']}({metadata['uid']})"
        self.say(pod, "Warning", "BackOff", f"Back-off restarting failed container {name} in pod {place}", name)
        message = f"back-off {words.go_duration(delay)} restarting failed container={name} pod={place}"
        words.back_off(pod, name, message)
        self.save(pod)

    def _restart(self, pod: Object, name: str) -> None:
        if words.leaving(pod):
            return
        words.count_restart(pod, name)
        self._run(pod, name)

    def replace_image(self, pod: Object, name: str) -> None:
        """A container's image was changed in place: it is killed and begins anew."""
        if not words.leaving(pod) and "running" in (words.status_of(pod, name).get("state") or {}):
            image = words.spec_of(pod, name)["image"]
            self.say(pod, "Normal", "Killing", f"Container {name} definition changed, will be restarted", name)
            words.terminated(pod, name, self.cluster.now(), 0, "Completed")
            words.count_restart(pod, name)
            self.save(pod)
            self.later(pod, 0.5, lambda p: self._pulls.pull(p, name) if words.spec_of(p, name)["image"] == image else None)

    def _stop(self, pod: Object) -> None:
        """A pod is being deleted: its containers get SIGTERM, then it goes."""
        for one in pod["status"].get("containerStatuses") or ():
            if "running" in (one.get("state") or {}):
                self.say(pod, "Normal", "Killing", f"Stopping container {one['name']}", one["name"])
        grace = float(pod["metadata"].get("deletionGracePeriodSeconds", 30))
        slow = self.cluster.behaviours.profile(pod).log == "java"
        self.later(pod, min(grace, STOP_TIME * 5 if slow else STOP_TIME), self._gone)

    def _gone(self, pod: Object) -> None:
        due = seconds(pod["metadata"]["deletionTimestamp"])
        finalizers = pod["metadata"].get("finalizers")
        if finalizers and due > self.cluster.now():
            return
        self.cluster.storage.remove(api.PODS, pod["metadata"]["namespace"], pod["metadata"]["name"])

    def evict(self, pod: Object, reason: str, message: str) -> None:
        """The node takes the pod down (memory pressure): Failed with reason Evicted; its controller makes another."""
        pod["status"].update(phase="Failed", reason=reason, message=message)
        for part in ("containerStatuses", "initContainerStatuses"):  # as kubelets leave an evicted pod
            pod["status"].pop(part, None)
        self.say(pod, "Warning", reason, message)
        self.save(pod)
