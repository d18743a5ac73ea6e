"""Who may do what: a switchable policy behind 403 answers, SelfSubjectAccessReview and SelfSubjectRulesReview.

Without rules everything is allowed. Denials come first, as an operator's restriction of an otherwise able role.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.faults import Faults
from tui.simulator.kubernetes.resources import ACCESS_REVIEWS, RULES_REVIEWS, SELF_REVIEWS, Resource


@dataclass(frozen=True)
class Rule:
    """One rule; ``*`` stands for all. A subresource is written ``pods/exec``. ``namespaces`` empty: all, and the cluster."""

    verbs: tuple[str, ...] = ("*",)
    groups: tuple[str, ...] = ("*",)
    resources: tuple[str, ...] = ("*",)
    namespaces: tuple[str, ...] = ()

    def covers(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        """Whether the rule speaks of this request."""
        parent = resource.partition("/")[0]
        return (
            ("*" in self.verbs or verb in self.verbs)
            and ("*" in self.groups or group in self.groups)
            and ("*" in self.resources or resource in self.resources or (f"{parent}/*" in self.resources))
            and (not self.namespaces or namespace in self.namespaces)
        )


@dataclass
class Policy:
    """Allowed unless a rule of ``denied`` covers it, or ``allowed`` is given and none of it does."""

    faults: Faults
    allowed: list[Rule] | None = None
    denied: list[Rule] = field(default_factory=list)

    def may(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        """Whether the caller may do this; ``resource`` with its subresource, ``namespace`` empty for the cluster scope."""
        faults = self.faults
        if namespace and namespace in faults.forbidden:
            return False
        if not namespace and "*" in faults.forbidden and verb in ("list", "watch"):
            return False
        if group in faults.forbidden_groups - {""} or resource.partition("/")[0] in faults.forbidden_groups:
            return False
        if any(rule.covers(verb, group, resource, namespace) for rule in self.denied):
            return False
        return self.allowed is None or any(rule.covers(verb, group, resource, namespace) for rule in self.allowed)


def review(resource: Resource, policy: Policy, user: str, body: Object) -> Object:
    """The answer to a review that was posted."""
    spec = body.get("spec") or {}
    answer: Object = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": {}, "spec": spec}
    if resource is ACCESS_REVIEWS:
        answer["status"] = _access(policy, spec)
    elif resource is RULES_REVIEWS:
        answer["status"] = _rules(policy, str(spec.get("namespace", "")))
    elif resource is SELF_REVIEWS:
        answer["status"] = {"userInfo": {"username": user, "groups": ["system:authenticated"]}}
    return answer


def _access(policy: Policy, spec: Object) -> Object:
    asked = spec.get("resourceAttributes")
    if asked is None:
        return {"allowed": True}
    resource = asked.get("resource", "*")
    if asked.get("subresource"):
        resource = f"{resource}/{asked['subresource']}"
    if policy.may(asked.get("verb", "*"), asked.get("group", ""), resource, asked.get("namespace", "")):
        return {"allowed": True, "reason": 'RBAC: allowed by ClusterRoleBinding "operators"'}
    return {"allowed": False, "reason": "no RBAC policy matched"}


def _rules(policy: Policy, namespace: str) -> Object:
    if namespace in policy.faults.forbidden:
        return {"resourceRules": [], "nonResourceRules": [], "incomplete": False}
    rules = [Rule()] if policy.allowed is None else [r for r in policy.allowed if not r.namespaces or namespace in r.namespaces]
    listed: list[dict[str, Any]] = [
        {"verbs": list(rule.verbs), "apiGroups": list(rule.groups), "resources": list(rule.resources)} for rule in rules
    ]
    urls = [{"verbs": ["get"], "nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/openapi", "/version"]}]
    return {"resourceRules": listed, "nonResourceRules": urls, "incomplete": False}
