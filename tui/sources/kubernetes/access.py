"""What the user may do here, asked of the API server (SelfSubjectAccessReview) and kept for a minute."""

from __future__ import annotations

import asyncio
from typing import Any

from tui.model.clock import Clock
from tui.sources.kubernetes.request import Requests

PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
KEPT = 60.0

Question = tuple[str, str, str, str, str]


class AccessReviews:
    """Answers of one cluster. Equal questions at one time are one request."""

    def __init__(self, requests: Requests, clock: Clock) -> None:
        self._requests = requests
        self._clock = clock
        self._answers: dict[Question, tuple[float, bool, str]] = {}
        self._locks: dict[Question, asyncio.Lock] = {}

    async def may(self, verb: str, group: str, resource: str, namespace: str = "", name: str = "") -> tuple[bool, str]:
        """Allowed, and why. ``resource``: ``deployments`` or with its subresource ``deployments/scale``."""
        question = (verb, group, resource, namespace, name)
        async with self._locks.setdefault(question, asyncio.Lock()):
            kept = self._answers.get(question)
            if kept is not None and self._clock.monotonic() - kept[0] < KEPT:
                return kept[1], kept[2]
            allowed, why = await self._ask(question)
            self._answers[question] = (self._clock.monotonic(), allowed, why)
            return allowed, why

    def forget(self) -> None:
        """Ask afresh next time (``ctrl-r``)."""
        self._answers.clear()

    async def _ask(self, question: Question) -> tuple[bool, str]:
        verb, group, resource, namespace, name = question
        resource, _, subresource = resource.partition("/")
        attributes = {
            "verb": verb,
            "group": group,
            "resource": resource,
            "subresource": subresource,
            "namespace": namespace,
            "name": name,
        }
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
        }
        answer = await self._requests.write("POST", PATH, body)
        status: dict[str, Any] = answer.get("status") or {}
        allowed = bool(status.get("allowed"))
        where = f" in {namespace}" if namespace else ""
        why = str(status.get("reason") or "") or ("" if allowed else f"you may not {verb} {question[2]}{where}")
        return allowed, why
