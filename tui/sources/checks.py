"""What ``pierhead doctor`` says of the connections."""

from __future__ import annotations

from tui.model.errors import ApiError, Trouble
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.limits import Priority
from tui.sources.aws_link import AwsLink
from tui.sources.kube_link import KubernetesLink

Line = tuple[str, str, str]

#: One read of each service: (service, operation, parameters, what it is for).
TRIED = (
    ("ecs", "ListClusters", {"maxResults": 1}, "ECS"),
    ("ecr", "DescribeRepositories", {"maxResults": 1}, "ECR"),
    ("cloudwatch", "DescribeAlarms", {"MaxRecords": 1}, "CloudWatch alarms"),
    ("application-autoscaling", "DescribeScalableTargets", {"ServiceNamespace": "ecs", "MaxResults": 1}, "autoscaling"),
    ("eks", "ListClusters", {"maxResults": 1}, "EKS"),
)


async def check(aws: AwsLink | None, kube: KubernetesLink | None) -> list[Line]:
    """(``ok``, ``note`` or ``FAIL``; what; hint) for credentials, region, each service and the cluster."""
    lines: list[Line] = []
    if aws is not None:
        if aws.error is not None:
            lines.append(("FAIL", f"AWS: {aws.error}", aws.error.hint))
        else:
            connection = aws.connection
            lines.append(await _who(connection))
            lines += [await _tried(connection, *one) for one in TRIED]
    if kube is not None:
        lines.append(await _cluster(kube))
    return lines


async def _who(connection: AwsConnection) -> Line:
    try:
        await connection.who()
    except ApiError as error:
        return "FAIL", f"who calls: {error}", error.hint
    return "ok", f"AWS account {connection.account}, {connection.region}, as {connection.caller}", ""


async def _tried(connection: AwsConnection, service: str, operation: str, params: dict[str, object], title: str) -> Line:
    try:
        await connection.call(service, operation, params, priority=Priority.ACTION)
    except ApiError as error:
        verdict = "note" if error.trouble == Trouble.DENIED else "FAIL"
        return verdict, f"{title}: {error}", error.hint
    return "ok", f"{title}: {service}:{operation} answers", ""


async def _cluster(kube: KubernetesLink) -> Line:
    if kube.error is not None:
        return "FAIL", f"Kubernetes: {kube.error}", kube.error.hint
    if kube.connection is None:
        return "note", f"Kubernetes: no cluster is opened: {kube.choice.why}", "--context or kubernetes.cluster chooses one"
    try:
        who = await kube.connection.identity()
    except ApiError as error:
        return "FAIL", f"Kubernetes cluster {kube.connection.name}: {error}", error.hint
    return "ok", f"Kubernetes cluster {kube.connection.name} ({kube.choice.why}), as {who.caller or 'its user'}", ""
