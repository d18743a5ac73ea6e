"""What ``pierhead doctor`` says of the connections: who and where we are, each read called, each write only asked about."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from msgspec import Struct

from tui.model.errors import ApiError, Trouble
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.limits import Priority
from tui.sources.aws_link import AwsLink
from tui.sources.check_reads import PROBES, Found, Missing, Probe
from tui.sources.every_cluster import EveryCluster
from tui.sources.kube_link import KubernetesLink
from tui.sources.kubernetes.connect import KubernetesConnection

Line = tuple[str, str, str]

#: AWS refuses signatures that are this far off (five minutes); a tenth of it is worth a word
SKEW_LIMIT_S, SKEW_NOTE_S = 300.0, 30.0
#: where the API server has the groups that are read
PREFIXES = {"": "/api/v1", "autoscaling": "/apis/autoscaling/v2", "metrics.k8s.io": "/apis/metrics.k8s.io/v1beta1"}
#: roles are passed to ECS tasks and to nothing else, which is what policies ask about
TO_TASKS = {
    "ContextKeyName": "iam:PassedToService",
    "ContextKeyValues": ["ecs-tasks.amazonaws.com"],
    "ContextKeyType": "string",
}
SIMULATE = "iam:SimulatePrincipalPolicy"


class Right(Struct, frozen=True):
    """A Kubernetes request: ``patch`` on ``deployments/scale`` of the group ``apps``."""

    verb: str
    group: str
    resource: str

    @property
    def words(self) -> str:
        """``patch apps/deployments/scale``."""
        return f"{self.verb} {self.group + '/' if self.group else ''}{self.resource}"


class AwsClock:
    """How far this machine's clock is from AWS's, by the ``Date`` of its answers, those that refuse us among them.

    ``hook`` is a handler of botocore's ``response-received``.
    """

    def __init__(self) -> None:
        self.skew: float | None = None

    @property
    def hook(self) -> tuple[str, Any]:
        """For the hub."""
        return "response-received", self.heard

    def heard(self, response_dict: Mapping[str, Any] | None = None, **_: object) -> None:
        """An answer came."""
        date = ((response_dict or {}).get("headers") or {}).get("date")
        if date:
            self.skew = time.time() - parsedate_to_datetime(str(date)).timestamp()

    def line(self) -> Line | None:
        """None while AWS has not answered."""
        if self.skew is None:
            return None
        off = abs(self.skew)
        words = f"this machine's clock is {off:.0f} s {'ahead of' if self.skew > 0 else 'behind'} AWS's"
        hint = "set it by NTP (timedatectl set-ntp true): AWS refuses signatures that are five minutes off"
        if off >= SKEW_LIMIT_S:
            return "FAIL", words, hint
        return ("note", words, hint) if off >= SKEW_NOTE_S else ("ok", "this machine's clock agrees with AWS's", "")


class Asked(Struct, frozen=True, kw_only=True):
    """What the report is about. ``writes``: AWS operations; ``reads`` and ``changes``: of Kubernetes."""

    writes: Sequence[str] = ()
    reads: Sequence[Right] = ()
    changes: Sequence[Right] = ()


async def check(aws: AwsLink | None, kube: KubernetesLink | EveryCluster | None, asked: Asked, clock: AwsClock) -> list[Line]:
    """(``ok``, ``note`` or ``FAIL``; what; what to do) for credentials, region, clock, each read and write, the cluster."""
    lines: list[Line] = []
    if aws is not None:
        lines += await _account(aws)
        lines += [line for line in (clock.line(),) if line is not None]
        if aws.connection.account:
            lines += await _reads(aws.connection)
            lines += await _writes(aws.connection, asked.writes)
    if kube is not None:
        lines += await _cluster(kube, asked)
    return lines


# -- AWS ----------------------------------------------------------------------------------------------------------------


async def _account(aws: AwsLink) -> list[Line]:
    connection = aws.connection
    profile = f"profile {connection.plan.profile}" if connection.plan.profile else "no profile"
    error = aws.error
    if error is None:
        try:
            await connection.who()
        except ApiError as refused:
            error = refused
    if error is not None:
        where = f" (region {connection.region})" if connection.region else ""
        return [("FAIL", f"AWS with {profile}{where}: {error}", error.hint)]
    return [
        ("ok", f"credentials: {profile}, account {connection.account}, as {connection.caller}", ""),
        ("ok", f"region {connection.region}", ""),
    ]


async def _reads(connection: AwsConnection) -> list[Line]:
    found: Found = {}
    return [await _read(connection, probe, found) for probe in PROBES]


async def _read(connection: AwsConnection, probe: Probe, found: Found) -> Line:
    service, _, operation = probe.read.partition(":")
    try:
        answer = await connection.call(service, operation, probe.params(found), priority=Priority.ACTION)
    except Missing as missing:
        return "note", f"{probe.read} not called: {missing}", ""
    except ApiError as error:
        if probe.absent and error.trouble in (Trouble.NOT_FOUND, Trouble.INVALID):
            return "ok", f"{probe.read} answers", ""
        return ("note" if error.trouble is Trouble.DENIED else "FAIL"), f"{probe.read}: {error}", error.hint
    found.update({name: keep(answer) for name, keep in probe.keeps.items()})
    return "ok", f"{probe.read} answers", ""


async def _writes(connection: AwsConnection, writes: Iterable[str]) -> list[Line]:
    """Whether they would be allowed, by simulation; nothing is ever tried."""
    names = sorted(writes)
    source = principal(connection.caller)
    why = "" if source else "the caller is neither a role nor a user"
    decisions: dict[str, str] = {}
    if source:
        service, _, operation = SIMULATE.partition(":")
        params = {"PolicySourceArn": source, "ActionNames": names, "ContextEntries": [TO_TASKS]}
        try:
            results = await connection.pages(service, operation, params, "EvaluationResults", priority=Priority.ACTION)
            decisions = {str(result["EvalActionName"]): str(result["EvalDecision"]) for result in results}
        except ApiError as error:
            why = f"{SIMULATE} {'is denied' if error.trouble is Trouble.DENIED else f'failed: {error}'}"
    return [_write(name, decisions.get(name, ""), why) for name in names]


def _write(name: str, decision: str, why: str) -> Line:
    if not decision:
        return "ok", f"{name} not tried", why
    if decision == "allowed":
        return "ok", f"{name} simulated: allowed", ""
    how = "by an explicit deny" if decision == "explicitDeny" else "since no policy allows it everywhere"
    return "note", f"{name} simulated: denied {how}", f"the role needs {name}; the README has a policy for operators"


def principal(caller: str) -> str:
    """The ARN that IAM simulates for ``arn:aws:sts::1:assumed-role/Power/anna``: the role's. Roles with a path are not named
    by their session's ARN; IAM then says that there is none."""
    head, _, what = caller.rpartition(":")
    kind, _, rest = what.partition("/")
    if kind == "assumed-role":
        return f"{head.replace(':sts:', ':iam:')}:role/{rest.partition('/')[0]}"
    return caller if kind in ("user", "role") else ""


# -- Kubernetes ---------------------------------------------------------------------------------------------------------


async def _cluster(kube: KubernetesLink | EveryCluster, asked: Asked) -> list[Line]:
    if kube.error is not None:
        return [("FAIL", f"Kubernetes: {kube.error}", kube.error.hint)]
    connection = kube.connection
    if connection is None:
        hint = "--context or --eks-cluster chooses one"
        return [("note", f"Kubernetes: no cluster is opened: {kube.choice.why}", hint)]
    try:
        who = await connection.identity()
    except ApiError as error:
        return [("FAIL", f"Kubernetes cluster {connection.name} ({connection.endpoint.host}): {error}", error.hint)]
    place = f"Kubernetes cluster {connection.name} ({kube.choice.why}) answers at {connection.endpoint.host}"
    lines: list[Line] = [("ok", f"{place}, as {who.caller or 'its user'}", "")]
    lines += [
        await _listed(connection, right) if right.verb == "list" else await _may(connection, right) for right in asked.reads
    ]
    lines += [await _may(connection, right, simulated=True) for right in asked.changes]
    return lines


async def _listed(connection: KubernetesConnection, right: Right) -> Line:
    """Lists are called, for one object."""
    try:
        await connection.get(f"{PREFIXES.get(right.group, f'/apis/{right.group}/v1')}/{right.resource}", {"limit": "1"})
    except ApiError as error:
        verdict = "FAIL" if error.trouble not in (Trouble.DENIED, Trouble.NOT_FOUND) else "note"
        return verdict, f"{right.words}: {error}", error.hint or "the README has a ClusterRole"
    return "ok", f"{right.words} answers", ""


async def _may(connection: KubernetesConnection, right: Right, *, simulated: bool = False) -> Line:
    """Everything else is asked about: the API server's access review is the simulation."""
    try:
        allowed, why = await connection.may(right.verb, right.group, right.resource)
    except ApiError as error:
        return "ok" if simulated else "note", f"{right.words} not tried", f"no access review: {error}"
    word = "simulated: " if simulated else ""
    if allowed:
        return "ok", f"{right.words} {word}allowed", ""
    return "note", f"{right.words} {word}denied{f': {why}' if why and why != 'no' else ''}", "the README has a ClusterRole"
