"""botocore's service models, loaded one by one when first asked for, and how a request names its service.

Only botocore's own data directory is read: models that a user keeps in ``~/.aws/models`` are not part of this world.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Service:
    """How clients name a service: signing name (credential scope), JSON target prefix; and its IAM prefix."""

    name: str
    signing: str
    version: str
    protocol: str
    target: str = ""
    iam: str = ""


_ALL = (
    Service("ecs", "ecs", "2014-11-13", "json", "AmazonEC2ContainerServiceV20141113"),
    Service("ecr", "ecr", "2015-09-21", "json", "AmazonEC2ContainerRegistry_V20150921"),
    Service("eks", "eks", "2017-11-01", "rest-json"),
    Service("logs", "logs", "2014-03-28", "json", "Logs_20140328"),
    Service("cloudwatch", "monitoring", "2010-08-01", "query", "GraniteServiceVersion20100801", "cloudwatch"),
    Service("application-autoscaling", "application-autoscaling", "2016-02-06", "json", "AnyScaleFrontendService"),
    Service("elbv2", "elasticloadbalancing", "2015-12-01", "query", "", "elasticloadbalancing"),
    Service("efs", "elasticfilesystem", "2015-02-01", "rest-json", "", "elasticfilesystem"),
    Service("iam", "iam", "2010-05-08", "query"),
    Service("sts", "sts", "2011-06-15", "query"),
    Service("autoscaling", "autoscaling", "2011-01-01", "query"),
    Service("account", "account", "2021-02-01", "rest-json"),
    Service("ec2", "ec2", "2016-11-15", "ec2"),
    Service("ssm", "ssm", "2014-11-06", "json", "AmazonSSM"),
    Service("cloudtrail", "cloudtrail", "2013-11-01", "json", "CloudTrail_20131101"),
    Service("resourcegroupstaggingapi", "tagging", "2017-01-26", "json", "ResourceGroupsTaggingAPI_20170126", "tag"),
)
SERVICES = {service.name: service for service in _ALL}
BY_TARGET = {service.target: service for service in _ALL if service.target}
BY_SIGNING = {service.signing: service for service in _ALL}


def by_target(prefix: str) -> Service | None:
    """The service of ``X-Amz-Target: <prefix>.<operation>``; long Java package names are allowed, as AWS does."""
    return BY_TARGET.get(prefix.rsplit(".", 1)[-1])


def action_name(service: str, operation: str) -> str:
    """The IAM action of an operation: ``elasticloadbalancing:DescribeTargetHealth``."""
    known = SERVICES.get(service)
    return f"{(known and known.iam) or service}:{operation}"


@cache
def _loader() -> Any:
    import botocore
    from botocore.loaders import Loader

    data = Path(botocore.__file__).parent / "data"
    return Loader(extra_search_paths=[str(data)], include_default_search_paths=False)


@cache
def service_model(name: str) -> Any:
    """botocore's ``ServiceModel`` of a service (2 to 60 ms the first time)."""
    from botocore.model import ServiceModel

    service = SERVICES[name]
    return ServiceModel(_loader().load_data(f"{name}/{service.version}/service-2"), name)


@cache
def operation_model(name: str, operation: str) -> Any | None:
    """botocore's ``OperationModel``, or None where the service has no such operation."""
    model = service_model(name)
    return model.operation_model(operation) if operation in model.operation_names else None


@cache
def error_shapes(name: str, operation: str) -> dict[str, Any]:
    """The modelled exceptions of an operation, by shape name and by wire code."""
    model = operation_model(name, operation)
    shapes: dict[str, Any] = {}
    for shape in model.error_shapes if model is not None else ():
        shapes.setdefault(shape.metadata.get("error", {}).get("code", shape.name), shape)
        shapes[shape.name] = shape
    return shapes
