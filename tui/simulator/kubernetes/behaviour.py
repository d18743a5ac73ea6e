"""What a container does once it runs: goes on, ends, crashes, is killed for memory, becomes ready or never does.

Rules come from the scenario (an application by namespace and name); for everything else a container's own command, image and
limits decide, so that ``kubectl run x --image=busybox -- sh -c "sleep 5; exit 3"`` does what one expects.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from tui.simulator.kubernetes import quantity
from tui.simulator.kubernetes.facts import Object

APP_LABELS = ("app.kubernetes.io/name", "app", "k8s-app")
BATCH_IMAGES = ("busybox", "alpine", "hello-world", "debian", "ubuntu", "perl", "bash")
SLEEP = re.compile(r"\bsleep\s+(\d+(?:\.\d+)?|infinity)")
EXIT = re.compile(r"\bexit\s+(\d+)")
SERVES = re.compile(r"\b(while|tail -f|nginx|httpd|server|http\.server)\b")


@dataclass(frozen=True)
class Profile:
    """One application of the scenario. ``memory`` in MiB, ``cpu`` in millicores: what a container uses at its mean load."""

    memory: float = 96.0
    cpu: float = 40.0
    log: str = "access"  # the kind of lines it writes
    rate: float = 0.5  # lines a second
    missing_env: str = ""  # crashes unless this variable is set
    crash_after: float = 3.0
    exit_code: int = 1
    leak: float = 0.0  # seconds until its memory passes its limit, 0.0: never
    never_ready: bool = False
    run: float = math.inf  # seconds until it completes


@dataclass(frozen=True)
class Outcome:
    """What will come of a container that starts now. ``after``: seconds, infinite for one that goes on."""

    after: float = math.inf
    exit_code: int = 0
    reason: str = "Completed"
    ready: bool = True


def app_of(pod: Object) -> str:
    """The application that a pod's labels name, or its name without the controller's suffixes."""
    labels = pod["metadata"].get("labels") or {}
    for label in APP_LABELS:
        if labels.get(label):
            return str(labels[label])
    return str(pod["metadata"]["name"])


class Behaviours:
    """The scenario's profiles by (namespace, application)."""

    def __init__(self, profiles: dict[tuple[str, str], Profile]) -> None:
        self.profiles = profiles

    def profile(self, pod: Object) -> Profile:
        """The profile of a pod; a plain one for what the scenario does not know."""
        return self.profiles.get((pod["metadata"]["namespace"], app_of(pod)), Profile())

    def outcome(self, pod: Object, container: Object) -> Outcome:
        """What the container will do."""
        profile = self.profile(pod)
        main = container["name"] == pod["spec"]["containers"][0]["name"]
        if main and profile.missing_env and not has_env(container, profile.missing_env):
            return Outcome(profile.crash_after, profile.exit_code, "Error", False)
        limit = ((container.get("resources") or {}).get("limits") or {}).get("memory")
        if main and limit and quantity.parse(limit) < profile.memory * 1.02 * (1 << 20):
            return Outcome(20.0, 137, "OOMKilled")
        if main and profile.leak:
            return Outcome(profile.leak, 137, "OOMKilled")
        scripted = of_command(container)
        if scripted is not None:
            return scripted
        if main and profile.run < math.inf:
            return Outcome(profile.run)
        return Outcome(ready=not (main and profile.never_ready))


def has_env(container: Object, name: str) -> bool:
    """Whether the variable is set to something."""
    return any(e["name"] == name and (e.get("value") or e.get("valueFrom")) for e in container.get("env") or ())


def of_command(container: Object) -> Outcome | None:
    """What a container's command says it does; ``None`` when it is no script of the simple kind."""
    words: list[Any] = [*(container.get("command") or ()), *(container.get("args") or ())]
    if not words:
        base = str(container.get("image", "")).rsplit("/", 1)[-1].partition(":")[0]
        return Outcome(0.5) if base in BATCH_IMAGES else None
    text = " ".join(str(word) for word in words)
    base = str(words[0]).rsplit("/", 1)[-1]
    if base in ("true", "false", "echo", "ls", "env", "date"):
        return Outcome(0.3, 1 if base == "false" else 0, "Error" if base == "false" else "Completed")
    if base not in ("sh", "bash", "ash", "sleep"):
        return None
    sleeps = SLEEP.findall(text)
    if "infinity" in sleeps or SERVES.search(text):
        return Outcome()
    if not sleeps and base in ("sh", "bash", "ash") and "-c" not in words:
        return Outcome(0.5)
    ends = EXIT.search(text)
    code = int(ends[1]) if ends else 0
    return Outcome(sum(map(float, sleeps)) + 0.3, code, "Error" if code else "Completed")
