"""Pulling images: what a node has it keeps, what does not exist is tried again with growing back-off."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.simulator.kubernetes import status as words
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.moves import FIRST_BACKOFF, LONGEST_BACKOFF, Moves

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld


class Pulls(Moves):
    """``then(pod, container, init)`` is called once the image is there. ``_backoff``: by (uid, container)."""

    def __init__(self, cluster: KubernetesWorld, then: Callable[[Object, str, bool], None]) -> None:
        super().__init__(cluster)
        self._then = then
        self._backoff: dict[tuple[str, str], float] = {}
        self._pulled: set[tuple[str, str]] = set()  # (node, image)

    def forget(self, uid: str) -> None:
        """A pod is gone."""
        for key in [k for k in self._backoff if k[0] == uid]:
            del self._backoff[key]

    def pull(self, pod: Object, name: str, *, init: bool = False) -> None:
        """Bring the container's image to the node, then run the container."""
        container = words.spec_of(pod, name)
        image, node = container["image"], pod["spec"]["nodeName"]
        known = (node, image) in self._pulled
        if known and container.get("imagePullPolicy") != "Always":
            self.say(pod, "Normal", "Pulled", f'Container image "{image}" already present on machine', name, init=init)
            self.later(pod, 0.3, lambda p: self._then(p, name, init))
            return
        self.say(pod, "Normal", "Pulling", f'Pulling image "{image}"', name, init=init)
        found = self.cluster.resolve_image(image)
        if found is None:
            self.later(pod, 1.0, lambda p: self._failed(p, name, init=init))
            return
        self._pulled.add((node, image))
        took = 0.4 if known else 1.0 + found.size / 120e6
        self.later(pod, took, lambda p: self._done(p, name, took, found.size, init=init))

    def _done(self, pod: Object, name: str, took: float, size: int, *, init: bool) -> None:
        if words.leaving(pod):
            return
        image = words.spec_of(pod, name)["image"]
        span = f"{took:.3f}".rstrip("0").rstrip(".") + "s" if took >= 1 else f"{int(took * 1000)}ms"
        message = f'Successfully pulled image "{image}" in {span} ({span} including waiting). Image size: {size} bytes.'
        self.say(pod, "Normal", "Pulled", message, name, init=init)
        self._backoff.pop((pod["metadata"]["uid"], name), None)
        self._then(pod, name, init)

    def _failed(self, pod: Object, name: str, *, init: bool) -> None:
        if words.leaving(pod):
            return
        image = words.spec_of(pod, name)["image"]
        detail = f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {image}: not found'
        error = f"rpc error: code = NotFound desc = {detail}"
        self.say(pod, "Warning", "Failed", f'Failed to pull image "{image}": {error}', name, init=init)
        self.say(pod, "Warning", "Failed", "Error: ErrImagePull", name, init=init)
        words.set_state(pod, name, {"waiting": {"reason": "ErrImagePull", "message": error}})
        self.save(pod)
        key = (pod["metadata"]["uid"], name)
        delay = self._backoff[key] = min(self._backoff.get(key, FIRST_BACKOFF / 2) * 2, LONGEST_BACKOFF)
        self.later(pod, min(2.0, delay / 2), lambda p: self._waits(p, name, init=init))
        self.later(pod, delay, lambda p: None if words.leaving(p) else self.pull(p, name, init=init))

    def _waits(self, pod: Object, name: str, *, init: bool) -> None:
        if words.leaving(pod):
            return
        image = words.spec_of(pod, name)["image"]
        message = f'Back-off pulling image "{image}"'
        self.say(pod, "Normal", "BackOff", message, name, init=init)
        self.say(pod, "Warning", "Failed", "Error: ImagePullBackOff", name, init=init)
        words.set_state(pod, name, {"waiting": {"reason": "ImagePullBackOff", "message": message}})
        self.save(pod)
