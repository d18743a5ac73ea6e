"""The embedded world's AWS front as plain boto3 meets it over real HTTP: protocols, refusals, pages, faults, secrets."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.httpsession import URLLib3Session

from tests.nursery import start
from tests.outside import control, once
from tests.waiting import PATIENCE
from tui.simulator.launch import Running

ACCOUNT = "482913750164"


@pytest.fixture(scope="module")
def world() -> Iterator[Running]:
    with start(strict=True) as running:
        yield running


@pytest.fixture(autouse=True)
def calm(world: Running) -> Iterator[None]:
    yield
    control(world, "/faults", {"rules": [], "limits": False})


def refusal(call: Callable[[], Any]) -> tuple[str, int]:
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response["Error"]["Code"], refused.value.response["ResponseMetadata"]["HTTPStatusCode"]


def code(call: Callable[..., Any], **params: Any) -> str:
    return refusal(lambda: call(**params))[0]


def test_identity_and_secret(world: Running) -> None:
    found = once(world.env, "sts").get_caller_identity()
    assert found["Account"] == ACCOUNT
    assert found["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/PowerUser/demo"


@pytest.mark.parametrize(
    ("service", "call", "unknown", "signature"),
    [
        ("ecr", "describe_repositories", "UnrecognizedClientException", "InvalidSignatureException"),
        ("eks", "list_clusters", "UnrecognizedClientException", "InvalidSignatureException"),
        ("iam", "list_roles", "InvalidClientTokenId", "SignatureDoesNotMatch"),
        ("ec2", "describe_regions", "AuthFailure", "SignatureDoesNotMatch"),
    ],
)
def test_a_colleagues_credentials_are_refused(world: Running, service: str, call: str, unknown: str, signature: str) -> None:
    stranger = once(world.env, service, aws_access_key_id="AKIAIOSFODNN7EXAMPLE")
    assert refusal(getattr(stranger, call))[0] == unknown
    guesser = once(world.env, service, aws_secret_access_key="guessed")
    assert refusal(getattr(guesser, call))[0] == signature
    lost = once(world.env, service, aws_session_token="somebody else's")
    assert refusal(getattr(lost, call))[0] == unknown


def test_unsigned_requests_are_refused(world: Running) -> None:
    for headers in ({}, {"X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters"}):
        request = urllib.request.Request(world.env["AWS_ENDPOINT_URL"], b"{}", headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=PATIENCE)
        assert refused.value.code in (400, 403, 404)


def test_a_signature_does_not_open_another_request(world: Running) -> None:
    """The body is signed: what was signed for one repository does not list another."""
    keys = Credentials(world.env["AWS_ACCESS_KEY_ID"], world.env["AWS_SECRET_ACCESS_KEY"])
    headers = {"X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.ListImages", "Content-Type": "application/x-amz-json-1.1"}
    request = AWSRequest("POST", world.env["AWS_ENDPOINT_URL"] + "/", headers, data=b'{"repositoryName":"checkout"}')
    SigV4Auth(keys, "ecr", "eu-west-1").add_auth(request)
    good = request.prepare()
    assert URLLib3Session().send(good).status_code == 200
    good.body = b'{"repositoryName":"pay-apis"}'
    assert json.loads(URLLib3Session().send(good).content)["__type"] == "InvalidSignatureException"


@pytest.mark.parametrize(
    ("service", "method", "params", "code"),
    [
        ("ecr", "describe_images", {"repositoryName": "checkout", "maxResults": 1001}, "InvalidParameterException"),
        ("ecr", "describe_images", {"repositoryName": "nowhere"}, "RepositoryNotFoundException"),
        ("eks", "describe_cluster", {"name": "nowhere"}, "ResourceNotFoundException"),
        ("eks", "list_clusters", {"maxResults": 101}, "InvalidParameterException"),
        ("iam", "get_role", {"RoleName": "nobody"}, "NoSuchEntity"),
        ("iam", "list_roles", {"MaxItems": 1001}, "ValidationError"),
        ("efs", "describe_file_systems", {"FileSystemId": "fs-0123456789"}, "FileSystemNotFound"),
        ("ec2", "describe_instances", {"InstanceIds": ["i-0123"]}, "InvalidInstanceID.NotFound"),
        ("autoscaling", "set_desired_capacity", {"AutoScalingGroupName": "x", "DesiredCapacity": 1}, "ValidationError"),
        ("ssm", "get_parameter", {"Name": "/nowhere"}, "ParameterNotFound"),
    ],
)
def test_refusals_in_the_services_own_words(world: Running, service: str, method: str, params: dict[str, Any], code: str) -> None:
    free = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    assert refusal(lambda: getattr(once(world.env, service, config=free), method)(**params))[0] == code


@pytest.mark.parametrize(
    ("service", "method", "params", "code"),
    [
        ("ecr", "describe_pull_through_cache_rules", {}, "UnknownOperationException"),
        ("iam", "list_users", {}, "InvalidAction"),
        ("ec2", "describe_images", {}, "InvalidAction"),
        ("eks", "list_capabilities", {"clusterName": "shop-1"}, "UnknownOperationException"),
        ("lambda", "list_functions", {}, "UnknownOperationException"),
    ],
)
def test_what_is_not_here_is_an_unknown_operation(
    world: Running, service: str, method: str, params: dict[str, Any], code: str
) -> None:
    assert refusal(lambda: getattr(once(world.env, service), method)(**params))[0] == code


def test_pages(world: Running) -> None:
    ecr = once(world.env, "ecr")
    whole = ecr.describe_images(repositoryName="checkout", maxResults=1000)["imageDetails"]
    pages = list(ecr.get_paginator("describe_images").paginate(repositoryName="checkout", PaginationConfig={"PageSize": 3}))
    assert len(pages) == -(-len(whole) // 3)
    assert [i["imageDigest"] for p in pages for i in p["imageDetails"]] == [i["imageDigest"] for i in whole]
    assert code(ecr.describe_images, repositoryName="checkout", nextToken="made up") == "InvalidParameterException"
    roles = [
        r
        for p in once(world.env, "iam").get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 10})
        for r in p["Roles"]
    ]
    assert len({role["RoleName"] for role in roles}) == len(roles) > 20


def test_images_are_what_they_say(world: Running) -> None:
    import hashlib

    ecr = once(world.env, "ecr")
    names = [r["repositoryName"] for p in ecr.get_paginator("describe_repositories").paginate() for r in p["repositories"]]
    details = [
        image
        for name in names
        for page in ecr.get_paginator("describe_images").paginate(repositoryName=name)
        for image in page["imageDetails"]
    ]
    assert len(details) == 400
    index = next(i for i in details if i["imageManifestMediaType"].endswith("image.index.v1+json"))
    wanted = {"imageDigest": index["imageDigest"]}
    got = ecr.batch_get_image(repositoryName=index["repositoryName"], imageIds=[wanted])["images"][0]
    assert hashlib.sha256(got["imageManifest"].encode()).hexdigest() == index["imageDigest"].removeprefix("sha256:")
    parts = json.loads(got["imageManifest"])["manifests"]
    assert [part["platform"]["architecture"] for part in parts] == ["amd64", "arm64"]
    single = ecr.batch_get_image(repositoryName="checkout", imageIds=[{"imageTag": "1.8.2"}])["images"][0]
    config = json.loads(single["imageManifest"])["config"]["digest"]
    url = ecr.get_download_url_for_layer(repositoryName="checkout", layerDigest=config)["downloadUrl"]
    with urllib.request.urlopen(url, timeout=PATIENCE) as blob:
        assert json.load(blob)["architecture"] in ("amd64", "arm64")
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(url[:-4] + "0000", timeout=PATIENCE)


def test_the_image_that_does_not_exist(world: Running) -> None:
    ecr = once(world.env, "ecr")
    assert code(ecr.describe_images, repositoryName="checkout", imageIds=[{"imageTag": "1.8.3"}]) == "ImageNotFoundException"
    failures = ecr.batch_get_image(repositoryName="checkout", imageIds=[{"imageTag": "1.8.3"}])["failures"]
    assert failures[0]["failureCode"] == "ImageNotFound"


def test_scan_of_an_image_ends_with_the_worlds_time(world: Running) -> None:
    ecr = once(world.env, "ecr")
    image = {"imageTag": "2026.10"}
    assert code(ecr.describe_image_scan_findings, repositoryName="debug-none", imageId=image) == "RepositoryNotFoundException"
    assert code(ecr.start_image_scan, repositoryName="toolbox", imageId=image) == "UnsupportedImageTypeException"
    digest = json.loads(ecr.batch_get_image(repositoryName="toolbox", imageIds=[image])["images"][0]["imageManifest"])[
        "manifests"
    ][0]["digest"]
    one = {"imageDigest": digest}
    assert code(ecr.describe_image_scan_findings, repositoryName="toolbox", imageId=one) == "ScanNotFoundException"
    assert ecr.start_image_scan(repositoryName="toolbox", imageId=one)["imageScanStatus"]["status"] == "IN_PROGRESS"
    control(world, "/step", {"seconds": 20})
    found = ecr.describe_image_scan_findings(repositoryName="toolbox", imageId=one)
    assert found["imageScanStatus"]["status"] == "COMPLETE"
    assert len(found["imageScanFindings"]["findings"]) == sum(found["imageScanFindings"]["findingSeverityCounts"].values())


def test_an_assumed_role_may_only_what_its_policies_allow(world: Running) -> None:
    sts, role = once(world.env, "sts"), f"arn:aws:iam::{ACCOUNT}:role/"
    keys = sts.assume_role(RoleArn=f"{role}ReadOnly", RoleSessionName="look")["Credentials"]
    bound = {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }
    assert once(world.env, "sts", **bound).get_caller_identity()["Arn"].endswith("assumed-role/ReadOnly/look")
    assert once(world.env, "ecr", **bound).describe_repositories()["repositories"]
    assert code(once(world.env, "ecr", **bound).delete_repository, repositoryName="cart") == "AccessDeniedException"
    scaling = once(world.env, "autoscaling", **bound)
    assert code(scaling.set_desired_capacity, AutoScalingGroupName="a", DesiredCapacity=1) == "AccessDenied"
    assert code(sts.assume_role, RoleArn=f"{role}nobody", RoleSessionName="no") == "AccessDenied"


def test_simulation_finds_the_missing_permission(world: Running) -> None:
    iam = once(world.env, "iam")
    actions = ["ssmmessages:CreateDataChannel", "dynamodb:PutItem"]
    decisions = {
        role: [
            result["EvalDecision"]
            for result in iam.simulate_principal_policy(
                PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", ActionNames=actions
            )["EvaluationResults"]
        ]
        for role in ("pay-ledger-task", "shop-checkout-task")
    }
    assert decisions == {"pay-ledger-task": ["implicitDeny", "allowed"], "shop-checkout-task": ["allowed", "allowed"]}


def test_other_regions_are_there_and_empty(world: Running) -> None:
    assert once(world.env, "ecr", region_name="us-east-1").describe_repositories()["repositories"] == []
    assert once(world.env, "eks", region_name="us-east-1").list_clusters()["clusters"] == []
    assert once(world.env, "ecs", region_name="us-east-1").list_clusters()["clusterArns"] == []
    assert once(world.env, "iam", region_name="us-east-1").list_account_aliases()["AccountAliases"] == ["harbour-prod"]


def test_node_group_update_takes_its_time(world: Running) -> None:
    eks = once(world.env, "eks")
    asked = {"clusterName": "shop-1", "nodegroupName": "spot"}
    update = eks.update_nodegroup_config(**asked, scalingConfig={"desiredSize": 5})["update"]
    assert update["status"] == "InProgress"
    assert refusal(lambda: eks.update_nodegroup_config(**asked, scalingConfig={"desiredSize": 6})) == (
        "ResourceInUseException",
        409,
    )
    control(world, "/step", {"seconds": 30})
    group = eks.describe_nodegroup(**asked)["nodegroup"]
    assert (group["status"], group["scalingConfig"]["desiredSize"]) == ("ACTIVE", 5)
    assert eks.describe_update(name="shop-1", updateId=update["id"], nodegroupName="spot")["update"]["status"] == "Successful"
    assert code(eks.update_nodegroup_config, **asked, scalingConfig={"desiredSize": 900}) == "InvalidParameterException"


def test_calls_are_counted_and_writes_leave_a_trail(world: Running) -> None:
    control(world, "/reset-calls", {})
    ecr = once(world.env, "ecr")
    ecr.describe_repositories()
    ecr.create_repository(repositoryName="trail")
    refusal(lambda: ecr.describe_images(repositoryName="nowhere"))
    assert control(world, "/calls")["calls"] == {
        "ecr:CreateRepository": 1,
        "ecr:DescribeImages": 1,
        "ecr:DescribeRepositories": 1,
    }
    event = once(world.env, "cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateRepository"}]
    )["Events"][0]
    assert json.loads(event["CloudTrailEvent"])["requestParameters"] == {"repositoryName": "trail"}
    ecr.delete_repository(repositoryName="trail", force=True)


@pytest.mark.parametrize(
    ("kind", "service", "method", "code", "status"),
    [
        ("throttled", "ecr", "describe_repositories", "ThrottlingException", 400),
        ("throttled", "iam", "list_roles", "Throttling", 400),
        ("throttled", "ec2", "describe_regions", "RequestLimitExceeded", 503),
        ("throttled", "eks", "list_clusters", "ThrottlingException", 429),
        ("expired", "ecr", "describe_repositories", "ExpiredTokenException", 400),
        ("expired", "sts", "get_caller_identity", "ExpiredToken", 403),
        ("denied", "ecr", "describe_repositories", "AccessDeniedException", 400),
        ("denied", "eks", "list_clusters", "AccessDeniedException", 403),
        ("internal", "ecr", "describe_repositories", "ServerException", 500),
        ("unavailable", "iam", "list_roles", "ServiceUnavailable", 503),
        ("html", "ecr", "describe_repositories", "502", 502),
    ],
)
def test_faults_in_each_services_words(world: Running, kind: str, service: str, method: str, code: str, status: int) -> None:
    control(world, "/faults", {"rules": [{"kind": kind, "service": service, "count": 1}]})
    call = getattr(once(world.env, service), method)
    assert refusal(call) == (code, status)
    call()


def test_denied_says_who_may_not_do_what(world: Running) -> None:
    control(world, "/faults", {"rules": [{"kind": "denied", "service": "ecr", "operation": "Describe*"}]})
    with pytest.raises(ClientError, match=r"assumed-role/PowerUser/demo is not authorized to perform: ecr:DescribeRepositories"):
        once(world.env, "ecr").describe_repositories()
    once(world.env, "ecr").list_images(repositoryName="checkout")


def raw(world: Running, target: str, body: bytes) -> tuple[int, bytes]:
    """A signed JSON request without botocore's own reading of the answer: it forgives a body that is too short."""
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    request = AWSRequest("POST", world.env["AWS_ENDPOINT_URL"] + "/", headers, data=body)
    keys = Credentials(world.env["AWS_ACCESS_KEY_ID"], world.env["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(keys, "ecr", "eu-west-1").add_auth(request)
    connection = http.client.HTTPConnection(request.url.split("/")[2], timeout=PATIENCE)
    connection.request("POST", "/", body, {name: str(value) for name, value in request.headers.items()})
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_broken_connections(world: Running) -> None:
    target = "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories"
    whole = raw(world, target, b"{}")[1]
    control(world, "/faults", {"rules": [{"kind": "reset", "service": "ecr", "count": 1}]})
    with pytest.raises(ConnectionClosedError):
        once(world.env, "ecr").describe_repositories()
    control(world, "/faults", {"rules": [{"kind": "cut", "service": "ecr", "count": 1}]})
    with pytest.raises(http.client.IncompleteRead):
        raw(world, target, b"{}")
    control(world, "/faults", {"rules": [{"kind": "truncated", "service": "ecr", "count": 1}]})
    assert raw(world, target, b"{}") == (200, whole[: len(whole) // 2])
    assert raw(world, target, b"{}") == (200, whole)


def test_rate_buckets_throttle_a_storm(world: Running) -> None:
    control(world, "/faults", {"limits": True})
    ecs = once(world.env, "ecs")
    codes = []
    for _ in range(80):
        try:
            ecs.list_clusters()
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    assert codes
    assert set(codes) == {"ThrottlingException"}


def test_the_control_endpoint_needs_its_secret(world: Running) -> None:
    for headers in ({}, {"Authorization": "Bearer guessed"}):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(world.control + "/calls", None, headers), timeout=PATIENCE)
        assert refused.value.code == 401
    with pytest.raises(urllib.error.HTTPError) as refused:
        control(world, "/faults", {"rules": [{"kind": "earthquake"}]})
    assert refused.value.code == 400


def test_step_moves_time_and_counts_bookmarks(world: Running) -> None:
    first, second = control(world, "/step", {"seconds": 5}), control(world, "/step", {"seconds": 7})
    assert second["time"] - first["time"] == pytest.approx(7)
    assert first["resourceVersion"] != second["resourceVersion"]


def eks_token(world: Running, cluster: str, secret: str) -> str:
    """What ``aws eks get-token`` makes."""
    keys = Credentials(world.env["AWS_ACCESS_KEY_ID"], secret)
    url = "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest("GET", url, {"x-k8s-aws-id": cluster})
    SigV4QueryAuth(keys, "sts", "eu-west-1", expires=60).add_auth(request)
    return "k8s-aws-v1." + base64.urlsafe_b64encode(request.prepare().url.encode()).decode().rstrip("=")


def kubernetes_status(world: Running, token: str, path: str = "/api/v1/namespaces") -> int:
    """The status of a GET of the cluster that DescribeCluster leads to, with its authority checked."""
    found = once(world.env, "eks").describe_cluster(name="shop-1")["cluster"]
    context = ssl.create_default_context(cadata=base64.b64decode(found["certificateAuthority"]["data"]).decode())
    request = urllib.request.Request(found["endpoint"] + path, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE, context=context) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_eks_tokens_open_the_cluster_they_name(world: Running) -> None:
    secret = world.env["AWS_SECRET_ACCESS_KEY"]
    assert kubernetes_status(world, eks_token(world, "shop-1", secret)) == 200
    assert kubernetes_status(world, eks_token(world, "shop-2", secret)) == 401
    assert kubernetes_status(world, eks_token(world, "shop-1", "guessed")) == 401
    assert kubernetes_status(world, eks_token(world, "shop-1", secret)[:-6]) == 401
    assert kubernetes_status(world, world.kubernetes_token) == 200


def test_the_control_endpoint_reaches_the_kubernetes_front(world: Running) -> None:
    control(world, "/reset-calls", {})
    control(world, "/faults", {"kubernetes": {"errors": 1, "throttle": 1}})
    statuses = [kubernetes_status(world, world.kubernetes_token) for _ in range(3)]
    assert sorted(statuses) == [200, 429, 500]
    counted = {name: n for name, n in control(world, "/calls")["calls"].items() if name.startswith("kubernetes:")}
    assert counted == {"kubernetes:list /api/v1/namespaces": 3}
