"""Messages of kubelet and of the scheduler in short: images, configuration, places (Kubernetes documentation: images,
pod lifecycle, assigning pods to nodes; the wordings are those of kubelet, containerd and kube-scheduler)."""

from __future__ import annotations

import re

from tui.diagnosis.words import one_line
from tui.model.kubernetes import PodContainer

Said = tuple[str, str, str]
"""(cause, words, next step)"""

MISSING_IMAGE = re.compile(r"not found|manifest unknown|does not exist|name unknown|no such image", re.I)
DENIED_IMAGE = re.compile(r"403|401|unauthorized|denied|no basic auth|authorization failed|authentication required", re.I)
THROTTLED_IMAGE = re.compile(r"toomanyrequests|429", re.I)
UNREACHABLE_IMAGE = re.compile(r"timeout|no such host|connection refused|unreachable|deadline exceeded|EOF", re.I)


def image_words(container: PodContainer) -> Said:
    """Why the image of a waiting container cannot be had."""
    image, message = container.image.short, one_line(container.message)
    if container.reason == "InvalidImageName":
        return "image-invalid", f"the image's name {container.image.text} is not valid", "correct the image"
    if THROTTLED_IMAGE.search(message):
        return "registry-throttled", f"the registry refuses more pulls of {image}", "pull from ECR, or log in to the registry"
    if DENIED_IMAGE.search(message):
        return "image-denied", f"pulling {image} is not allowed", "check the node role's ECR rights or imagePullSecrets"
    if MISSING_IMAGE.search(message):
        where = " in ECR" if ".ecr." in container.image.registry else ""
        return "image-not-found", f"image {image} not found{where}", "set an image that exists, or push this one"
    if UNREACHABLE_IMAGE.search(message):
        host = container.image.registry or "the registry"
        return "registry-unreachable", f"{host} not reachable while pulling {image}", "check the node's way to the registry"
    if container.reason == "ErrImageNeverPull":
        return "image-not-found", f"image {image} is not on the node (imagePullPolicy Never)", "change imagePullPolicy"
    return "image-pull", f"image {image} cannot be pulled", "look at its events"


CONFIG = (
    (r'(?P<kind>secret|configmap) "(?P<name>[^"]+)" not found', "{kind} {name} not found", "create it, or correct the reference"),
    (
        r"couldn't find key (?P<key>\S+) in (?P<kind>Secret|ConfigMap) (?P<name>\S+)",
        "{kind} {name} has no key {key}",
        "add the key, or correct the reference",
    ),
    (
        r"runAsNonRoot.*(?:run as root|non-numeric user)",
        "the image runs as root but runAsNonRoot is set",
        "set runAsUser, or change the image",
    ),
    (
        r'exec: \\?"(?P<command>[^"\\]+)\\?".*(?:not found|no such file)',
        "command {command} not found in the image",
        "correct the command, or the image",
    ),
    (
        r'exec: \\?"(?P<command>[^"\\]+)\\?".*permission denied',
        "command {command} is not executable",
        "set the execute bit in the image",
    ),
    (r"exec format error", "the image is built for another architecture", "push the image for the node's architecture"),
)


def config_words(container: PodContainer) -> Said:
    """Why a waiting container cannot be created or started; the message as it is where it is not known."""
    message = one_line(container.message)
    for pattern, says, next_step in CONFIG:
        found = re.search(pattern, message)
        if found:
            groups = found.groupdict()
            groups["kind"] = (groups.get("kind") or "").lower().replace("configmap", "config map")
            return "config", says.format_map(groups), next_step
    return "config", message or container.reason, "look at its events"


SCHEDULING = (
    (r"Insufficient cpu", "not enough CPU"),
    (r"Insufficient memory", "not enough memory"),
    (r"Insufficient ephemeral-storage", "not enough ephemeral storage"),
    (r"Too many pods", "too many pods on the nodes"),
    (r"Insufficient (?!cpu|memory|ephemeral-storage)([\w./-]*\w)", "not enough {0}"),
    (r"untolerated taint|taints? that the pod didn't tolerate", "taints that it does not tolerate"),
    (r"node affinity/selector|node selector|didn't match Pod's node affinity", "no node matches its selector or affinity"),
    (r"pod (?:anti-)?affinity", "pod affinity rules"),
    (r"topology spread constraints", "topology spread constraints"),
    (r"free ports", "its host port is taken"),
    (r"volume node affinity conflict", "its volume is in another zone"),
    (r"unbound immediate PersistentVolumeClaims", "its volume claim is not bound"),
    (r'persistentvolumeclaim "([^"]+)" not found', "volume claim {0} not found"),
    (r"(?:were|was) unschedulable", "nodes are cordoned"),
    (r"no nodes available", "the cluster has no nodes"),
)


def scheduling_words(message: str) -> str:
    """The scheduler's message in short: ``not enough memory, taints that it does not tolerate``; else as it is."""
    text = one_line(message).partition(" preemption:")[0]
    found: dict[str, None] = {}
    for pattern, words in SCHEDULING:
        match = re.search(pattern, text)
        if match:
            found[words.format(*match.groups())] = None
    return ", ".join(found) or text
