"""Amazon EKS, AWS's side of it. ``DescribeCluster`` leads to the Kubernetes front of this run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation, paginate
from tui.simulator.aws.services.eks_state import EksCluster, EksState, described

if TYPE_CHECKING:
    from tui.simulator.world import World

DAY = 86400.0
VERSIONS = ("1.35", "1.34", "1.33", "1.32", "1.31")


def state_of(world: World) -> EksState:
    """EKS of a world."""
    state: EksState = world.state["eks"]
    return state


def part(table: Mapping[str, dict[str, Any]], name: str, message: str) -> dict[str, Any]:
    """An entry of a cluster's table, or AWS's refusal."""
    if name not in table:
        raise AwsError("ResourceNotFoundException", message, 404)
    return table[name]


@operation("eks", "ListClusters")
def list_clusters(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    page, more = paginate(sorted(state_of(world).clusters), request)
    return {"clusters": list(page), **more}


@operation("eks", "DescribeCluster")
def describe_cluster(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    return {"cluster": described(world, state_of(world).cluster(request["name"]))}


@operation("eks", "ListNodegroups")
def list_nodegroups(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    page, more = paginate(sorted(state_of(world).cluster(request["clusterName"]).nodegroups), request)
    return {"nodegroups": list(page), **more}


def nodegroup(cluster: EksCluster, name: str) -> dict[str, Any]:
    """A node group, or AWS's refusal."""
    return part(cluster.nodegroups, name, f"No node group found for name: {name}.")


@operation("eks", "DescribeNodegroup")
def describe_nodegroup(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    return {"nodegroup": nodegroup(state_of(world).cluster(request["clusterName"]), request["nodegroupName"])}


@operation("eks", "UpdateNodegroupConfig")
def update_nodegroup_config(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    state = state_of(world)
    cluster = state.cluster(request["clusterName"])
    group = nodegroup(cluster, request["nodegroupName"])
    sizes = {**group["scalingConfig"], **request.get("scalingConfig", {})}
    if not sizes["minSize"] <= sizes["desiredSize"] <= sizes["maxSize"]:
        raise AwsError("InvalidParameterException", "desired capacity must be between minimum size and maximum size")
    _not_busy(group)
    params = {key[:1].upper() + key[1:]: value for key, value in request.get("scalingConfig", {}).items()}
    labels = request.get("labels", {})
    update = state.begin(cluster, "ConfigUpdate", params, request["nodegroupName"])
    group["status"] = "UPDATING"

    def done() -> None:
        kept = {key: value for key, value in group["labels"].items() if key not in labels.get("removeLabels", ())}
        group.update(status="ACTIVE", scalingConfig=sizes, modifiedAt=world.now())
        group["labels"] = kept | labels.get("addOrUpdateLabels", {})

    world.after(15, done)
    return {"update": public(update)}


@operation("eks", "UpdateNodegroupVersion")
def update_nodegroup_version(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    state = state_of(world)
    cluster = state.cluster(request["clusterName"])
    group = nodegroup(cluster, request["nodegroupName"])
    _not_busy(group)
    version = request.get("version", cluster.data["version"])
    release = request.get("releaseVersion", f"{version}.1-20261116")
    update = state.begin(cluster, "VersionUpdate", {"Version": version, "ReleaseVersion": release}, request["nodegroupName"], 90)
    group["status"] = "UPDATING"
    world.after(90, lambda: group.update(status="ACTIVE", version=version, releaseVersion=release, modifiedAt=world.now()))
    return {"update": public(update)}


def _not_busy(thing: dict[str, Any]) -> None:
    if thing["status"] == "UPDATING":
        name = thing.get("nodegroupName") or thing.get("addonName") or thing.get("name")
        raise AwsError("ResourceInUseException", f"{name} is currently being updated", 409)


def public(update: Mapping[str, Any]) -> dict[str, Any]:
    """The API's ``Update``."""
    return {key: value for key, value in update.items() if not key.startswith("_")}


@operation("eks", "ListUpdates")
def list_updates(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    cluster = state_of(world).cluster(request["name"])
    wanted = request.get("nodegroupName") or request.get("addonName") or ""
    ids = [identity for identity, update in reversed(cluster.updates.items()) if update["_of"] == wanted]
    page, more = paginate(ids, request)
    return {"updateIds": list(page), **more}


@operation("eks", "DescribeUpdate")
def describe_update(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    cluster, identity = state_of(world).cluster(request["name"]), request["updateId"]
    return {"update": public(part(cluster.updates, identity, f"No update found for ID: {identity}"))}


@operation("eks", "ListAddons")
def list_addons(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    page, more = paginate(sorted(state_of(world).cluster(request["clusterName"]).addons), request)
    return {"addons": list(page), **more}


@operation("eks", "DescribeAddon")
def describe_addon(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    name = request["addonName"]
    message = f"No addon: {name} found in cluster: {request['clusterName']}"
    return {"addon": part(state_of(world).cluster(request["clusterName"]).addons, name, message)}


@operation("eks", "UpdateAddon")
def update_addon(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    state = state_of(world)
    cluster = state.cluster(request["clusterName"])
    addon = part(cluster.addons, request["addonName"], f"No addon: {request['addonName']} found")
    _not_busy(addon)
    version = request.get("addonVersion", addon["addonVersion"])
    update = state.begin(cluster, "AddonUpdate", {"AddonVersion": version}, request["addonName"], 30)
    addon["status"] = "UPDATING"
    world.after(30, lambda: addon.update(status="ACTIVE", addonVersion=version, health={"issues": []}, modifiedAt=world.now()))
    return {"update": public(update)}


@operation("eks", "DescribeAddonVersions")
def describe_addon_versions(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    found = []
    for cluster in state_of(world).clusters.values():
        for name, addon in sorted(cluster.addons.items()):
            if request.get("addonName", name) == name:
                compatible = {"clusterVersion": cluster.data["version"], "platformVersions": ["*"], "defaultVersion": True}
                version = {
                    "addonVersion": addon["addonVersion"],
                    "architecture": ["amd64", "arm64"],
                    "compatibilities": [compatible],
                }
                found.append(
                    {"addonName": name, "type": "networking", "addonVersions": [version], "owner": "aws", "publisher": "eks"}
                )
    page, more = paginate(found, request)
    return {"addons": list(page), **more}


@operation("eks", "ListFargateProfiles")
def list_fargate_profiles(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    page, more = paginate(sorted(state_of(world).cluster(request["clusterName"]).fargate), request)
    return {"fargateProfileNames": list(page), **more}


@operation("eks", "DescribeFargateProfile")
def describe_fargate_profile(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    cluster, name = state_of(world).cluster(request["clusterName"]), request["fargateProfileName"]
    return {"fargateProfile": part(cluster.fargate, name, f"No Fargate Profile found with name: {name}.")}


@operation("eks", "ListInsights")
def list_insights(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    wanted = request.get("filter", {})
    summary = (
        "id",
        "name",
        "category",
        "kubernetesVersion",
        "lastRefreshTime",
        "lastTransitionTime",
        "description",
        "insightStatus",
    )
    found = [
        {key: insight[key] for key in summary}
        for insight in state_of(world).cluster(request["clusterName"]).insights.values()
        if insight["category"] in wanted.get("categories", [insight["category"]])
        and insight["insightStatus"]["status"] in wanted.get("statuses", [insight["insightStatus"]["status"]])
    ]
    page, more = paginate(found, request)
    return {"insights": list(page), **more}


@operation("eks", "DescribeInsight")
def describe_insight(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    cluster, identity = state_of(world).cluster(request["clusterName"]), request["id"]
    return {"insight": part(cluster.insights, identity, f"Insight {identity} not found")}


@operation("eks", "ListAccessEntries")
def list_access_entries(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    cluster, policy = state_of(world).cluster(request["clusterName"]), request.get("associatedPolicyArn")
    found = [arn for arn in sorted(cluster.entries) if policy is None or policy in cluster.entry_policies[arn]]
    page, more = paginate(found, request)
    return {"accessEntries": list(page), **more}


@operation("eks", "DescribeAccessEntry")
def describe_access_entry(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    cluster, arn = state_of(world).cluster(request["clusterName"]), request["principalArn"]
    message = f"The specified principalArn could not be found. You can view your access entries: {arn}"
    return {"accessEntry": part(cluster.entries, arn, message)}


@operation("eks", "ListAssociatedAccessPolicies")
def list_associated_access_policies(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    cluster, arn = state_of(world).cluster(request["clusterName"]), request["principalArn"]
    part(cluster.entries, arn, "The specified principalArn could not be found.")
    created = cluster.data["createdAt"]
    policies = [
        {
            "policyArn": policy,
            "accessScope": {"type": "cluster", "namespaces": []},
            "associatedAt": created,
            "modifiedAt": created,
        }
        for policy in cluster.entry_policies[arn]
    ]
    page, more = paginate(policies, request)
    return {"clusterName": cluster.name, "principalArn": arn, "associatedAccessPolicies": list(page), **more}


@operation("eks", "ListPodIdentityAssociations")
def list_pod_identity_associations(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    state_of(world).cluster(request["clusterName"])
    return {"associations": []}


@operation("eks", "DescribeClusterVersions")
def describe_cluster_versions(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    found = []
    for number, version in enumerate(VERSIONS):
        released = world.started - (90 + 120 * number) * DAY
        standard = number < 4
        found.append(
            {
                "clusterVersion": version,
                "clusterType": "eks",
                "defaultPlatformVersion": f"eks.{9 - number}",
                "defaultVersion": number == 1,
                "releaseDate": released,
                "endOfStandardSupportDate": released + 425 * DAY,
                "endOfExtendedSupportDate": released + 790 * DAY,
                "versionStatus": "STANDARD_SUPPORT" if standard else "EXTENDED_SUPPORT",
                "kubernetesPatchVersion": f"{version}.1",
            }
        )
    asked = request.get("clusterVersions")
    page, more = paginate([entry for entry in found if not asked or entry["clusterVersion"] in asked], request)
    return {"clusterVersions": list(page), **more}


@operation("eks", "ListTagsForResource")
def list_tags(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    for cluster in state_of(world).clusters.values():
        if request["resourceArn"] == cluster.data["arn"]:
            return {"tags": cluster.data["tags"]}
        for table, member in ((cluster.nodegroups, "nodegroupArn"), (cluster.addons, "addonArn")):
            for thing in table.values():
                if thing[member] == request["resourceArn"]:
                    return {"tags": thing["tags"]}
    raise AwsError("NotFoundException", f"Resource was not found: {request['resourceArn']}", 404)
