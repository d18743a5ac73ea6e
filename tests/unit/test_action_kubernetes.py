"""Plans and rollouts on Kubernetes: conditions on every write, owners, autoscalers, rights, the words of a rollout."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.unit.action_fakes import EKS, REGISTRY, Desk, deployment, deployment_row, roll
from tui.actions.base import Danger, InputError
from tui.actions.kubernetes import rollout_effect
from tui.actions.runner import PlanChanged, PlanRefused
from tui.actions.workload_watch import rollout_words
from tui.model.errors import ApiError, Trouble
from tui.model.state import State

CART = "/apis/apps/v1/namespaces/shop/deployments/cart"
POD = "/api/v1/namespaces/shop/pods/cart-x"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.kube.objects[CART] = deployment()
    return desk


def cart(desk: Desk) -> dict[str, Any]:
    return desk.kube.objects[CART]


def replica_set(number: int, image: str, **env: str) -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"app": "cart", "pod-template-hash": f"h{number}"}},
        "spec": {
            "containers": [
                {"name": "cart", "image": f"{REGISTRY}/{image}", "env": [{"name": k, "value": v} for k, v in env.items()]}
            ]
        },
    }
    return {
        "metadata": {
            "name": f"cart-{number}",
            "annotations": {"deployment.kubernetes.io/revision": str(number)},
            "ownerReferences": [{"uid": "uid-cart", "kind": "Deployment"}],
        },
        "spec": {"template": template},
    }


def with_history(desk: Desk) -> None:
    base = "/apis/apps/v1/namespaces/shop/replicasets"
    desk.kube.objects[f"{base}/cart-1"] = replica_set(1, "cart:2.9.0", DB="hunter2-old")
    desk.kube.objects[f"{base}/cart-2"] = replica_set(2, "cart:3.0.0", DB="hunter2-new")
    stranger = replica_set(9, "other:1.0.0")
    stranger["metadata"]["ownerReferences"] = [{"uid": "uid-other"}]
    desk.kube.objects[f"{base}/other-9"] = stranger
    cart(desk)["spec"]["template"] = {
        **copy.deepcopy(replica_set(2, "cart:3.0.0", DB="hunter2-new")["spec"]["template"]),
        "metadata": {"labels": {"app": "cart"}},
    }


def pod(owner: str = "ReplicaSet") -> dict[str, Any]:
    references = [{"kind": owner, "name": "cart-7f9c", "controller": True}] if owner else []
    return {
        "metadata": {"name": "cart-x", "namespace": "shop", "uid": "uid-cart-x", "ownerReferences": references},
        "spec": {"terminationGracePeriodSeconds": 30, "nodeName": "n1"},
        "status": {"phase": "Running"},
    }


# scale


async def test_scale_goes_through_the_subresource_with_tests_on_uid_and_count(desk: Desk) -> None:
    plan = await desk.plan("k8s.scale", deployment_row(), count="6")
    assert plan.danger is Danger.SAFE
    assert plan.commands == (f"kubectl --context {EKS} -n shop scale deployment/cart --current-replicas=3 --replicas=6",)
    run = await desk.finish(await desk.runner.start(plan), lambda: roll(cart(desk)))
    ((method, path, body),) = desk.kube.writes
    assert (method, path) == ("PATCH", f"{CART}/scale")
    assert [(o["op"], o["path"], o["value"]) for o in body] == [
        ("test", "/metadata/uid", "uid-cart"),
        ("test", "/spec/replicas", 3),
        ("replace", "/spec/replicas", 6),
    ]
    assert (run.status, run.steps[-1].text) == ("COMPLETED", "6 of 6 available")
    assert desk.journal.latest()[0].who == "system:ada"


async def test_scale_from_nothing_uses_the_version_as_its_condition(desk: Desk) -> None:
    cart(desk)["spec"]["replicas"] = 0
    roll(cart(desk))
    run = await desk.finish(
        await desk.runner.start(await desk.plan("k8s.scale", deployment_row(), count="2")), lambda: roll(cart(desk))
    )
    body = desk.kube.writes[0][2]
    assert body["metadata"] == {"uid": "uid-cart", "resourceVersion": "77"}
    assert run.status == "COMPLETED"


async def test_scale_to_nothing_asks_for_the_name(desk: Desk) -> None:
    plan = await desk.plan("k8s.scale", deployment_row(), count="0")
    assert (plan.danger, plan.typed) == (Danger.DESTRUCTIVE, "cart")
    assert "it is down" in plan.effects[-1]


@pytest.mark.parametrize("count", ["-2", "150001", "many", ""])
async def test_count_that_cannot_be(desk: Desk, count: str) -> None:
    with pytest.raises(InputError):
        await desk.plan("k8s.scale", deployment_row(), count=count)


@pytest.mark.parametrize("trouble", [Trouble.CONFLICT, Trouble.INVALID])
async def test_conflict_at_the_server_changes_nothing_and_says_so(desk: Desk, trouble: Trouble) -> None:
    desk.kube.faults = [ApiError(trouble, "the JSON patch test failed")]
    run = await desk.finish(await desk.runner.start(await desk.plan("k8s.scale", deployment_row(), count="6")))
    assert cart(desk)["spec"]["replicas"] == 3
    assert "changed meanwhile, so nothing was done" in desk.journal.latest()[0].detail
    assert run.state is State.BROKEN


async def test_change_since_the_plan_gives_a_new_plan(desk: Desk) -> None:
    plan = await desk.plan("k8s.scale", deployment_row(), count="6")
    cart(desk)["spec"]["replicas"] = 5
    with pytest.raises(PlanChanged) as caught:
        await desk.runner.start(plan)
    assert caught.value.plan.changes[0].old == "5"


async def test_other_cluster_at_the_other_end(desk: Desk) -> None:
    plan = await desk.plan("k8s.scale", deployment_row(), count="6")
    desk.kube.place = "https://10.0.0.1#abc"
    with pytest.raises(PlanRefused, match="cluster"):
        await desk.runner.start(plan)
    assert desk.kube.writes == []


async def test_another_deployment_of_the_same_name_is_not_touched(desk: Desk) -> None:
    plan = await desk.plan("k8s.scale", deployment_row(), count="6")
    cart(desk)["metadata"]["uid"] = "uid-new"
    with pytest.raises(ApiError, match="another deployment has its name"):
        await desk.runner.start(plan)
    assert desk.kube.writes == []


async def test_missing_right_refuses(desk: Desk) -> None:
    desk.kube.denied["patch deployments/scale"] = "no RBAC policy matched"
    plan = await desk.plan("k8s.scale", deployment_row(), count="6")
    assert plan.refusal == "you may not patch deployments/scale.apps in shop: no RBAC policy matched"
    with pytest.raises(PlanRefused):
        await desk.runner.start(plan)


async def test_autoscaler_is_named_and_so_is_the_owner(desk: Desk) -> None:
    desk.kube.objects["/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/cart"] = {
        "metadata": {"name": "cart-hpa"},
        "spec": {"minReplicas": 2, "maxReplicas": 9, "scaleTargetRef": {"kind": "Deployment", "name": "cart"}},
    }
    cart(desk)["metadata"]["labels"]["argocd.argoproj.io/instance"] = "shop"
    plan = await desk.plan("k8s.scale", deployment_row(), count="6")
    assert "autoscaler cart-hpa will set the count itself (2 to 9)" in plan.warnings
    assert any(w.startswith("Argo CD application shop owns this") for w in plan.warnings)


@pytest.mark.parametrize(
    ("labels", "annotations", "words"),
    [
        ({}, {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/cart"}, "Argo CD application shop"),
        ({"kustomize.toolkit.fluxcd.io/name": "apps"}, {}, "Flux kustomize apps"),
        ({"app.kubernetes.io/managed-by": "Helm"}, {"meta.helm.sh/release-name": "cart"}, "Helm release cart"),
        ({"app.kubernetes.io/managed-by": "terraform"}, {}, "Terraform"),
    ],
)
async def test_owners(desk: Desk, labels: dict[str, str], annotations: dict[str, str], words: str) -> None:
    cart(desk)["metadata"]["labels"] |= labels
    cart(desk)["metadata"]["annotations"] |= annotations
    for action, values in (("k8s.scale", {"count": "6"}), ("k8s.restart", {}), ("k8s.image", {"image": "x/y:1"})):
        plan = await desk.plan(action, deployment_row(), **values)
        assert any(words in warning for warning in plan.warnings), action


async def test_undo_of_a_scale_after_a_restart_of_the_program(desk: Desk) -> None:
    await desk.finish(
        await desk.runner.start(await desk.plan("k8s.scale", deployment_row(), count="6")), lambda: roll(cart(desk))
    )
    desk.start()
    plan = await desk.plan("undo", deployment_row())
    await desk.finish(await desk.runner.start(plan), lambda: roll(cart(desk)))
    assert cart(desk)["spec"]["replicas"] == 3


async def test_protected_namespace_asks_for_the_name(tmp_path: Path) -> None:
    desk = Desk(tmp_path, **{"safety.protected": [{"namespace": "shop"}]})
    desk.kube.objects[CART] = deployment()
    assert (await desk.plan("k8s.scale", deployment_row(), count="6")).typed == "cart"


# restart, image, roll back


async def test_restart_sets_kubectls_annotation_and_touches_nothing_else(desk: Desk) -> None:
    before = copy.deepcopy(cart(desk))
    run = await desk.finish(await desk.runner.start(await desk.plan("k8s.restart", deployment_row())), lambda: roll(cart(desk)))
    after = cart(desk)
    stamp = after["spec"]["template"]["metadata"].pop("annotations")
    assert stamp == {"kubectl.kubernetes.io/restartedAt": "2023-11-14T22:13:20Z"}
    assert after == before
    assert desk.kube.writes[0][2]["metadata"] == {"uid": "uid-cart"}
    assert run.status == "COMPLETED"
    assert "cannot be taken back" in (await desk.plan("undo", deployment_row())).refusal


async def test_paused_deployment_is_not_restarted_nor_rolled_back(desk: Desk) -> None:
    cart(desk)["spec"]["paused"] = True
    with_history(desk)
    cart(desk)["spec"]["paused"] = True
    assert "paused" in (await desk.plan("k8s.restart", deployment_row())).refusal
    assert "paused" in (await desk.plan("k8s.rollback", deployment_row())).refusal
    assert "paused" in desk.runner.actions["k8s.restart"].unavailable([deployment_row(paused=True)])


async def test_set_image_tests_the_container_and_its_old_image(desk: Desk) -> None:
    desk.aws.images["cart", "3.0.1"] = {"imageDigest": "sha256:1", "imageTags": ["3.0.1"]}
    plan = await desk.plan("k8s.image", deployment_row(), image="3.0.1")
    assert [(c.old, c.new) for c in plan.changes] == [("cart:3.0.0", "cart:3.0.1")]
    await desk.finish(await desk.runner.start(plan), lambda: roll(cart(desk)))
    assert [(o["op"], o["path"]) for o in desk.kube.writes[0][2]] == [
        ("test", "/metadata/uid"),
        ("test", "/spec/template/spec/containers/0/name"),
        ("test", "/spec/template/spec/containers/0/image"),
        ("replace", "/spec/template/spec/containers/0/image"),
    ]
    assert cart(desk)["spec"]["template"]["spec"]["containers"][0]["image"] == f"{REGISTRY}/cart:3.0.1"


async def test_image_that_is_not_in_ecr_is_refused(desk: Desk) -> None:
    assert "cart:9.9.9 not found in ECR" in (await desk.plan("k8s.image", deployment_row(), image="9.9.9")).refusal


async def test_undo_of_set_image(desk: Desk) -> None:
    desk.aws.images["cart", "3.0.1"] = desk.aws.images["cart", "3.0.0"] = {"imageDigest": "sha256:1"}
    plan = await desk.plan("k8s.image", deployment_row(), image="3.0.1")
    await desk.finish(await desk.runner.start(plan), lambda: roll(cart(desk)))
    undo = await desk.plan("undo", deployment_row())
    assert [(c.old, c.new) for c in undo.changes] == [("cart:3.0.1", "cart:3.0.0")]
    await desk.finish(await desk.runner.start(undo), lambda: roll(cart(desk)))
    assert cart(desk)["spec"]["template"]["spec"]["containers"][0]["image"] == f"{REGISTRY}/cart:3.0.0"


async def test_roll_back_takes_the_replica_sets_template_without_its_hash(desk: Desk) -> None:
    with_history(desk)
    plan = await desk.plan("k8s.rollback", deployment_row())
    assert ("revision", "2", "1") in [(c.label, c.old, c.new) for c in plan.changes]
    assert plan.commands == (f"kubectl --context {EKS} -n shop rollout undo deployment/cart --to-revision=1",)
    await desk.finish(await desk.runner.start(plan), lambda: roll(cart(desk)))
    template = cart(desk)["spec"]["template"]
    assert template["metadata"]["labels"] == {"app": "cart"}
    assert template["spec"]["containers"][0]["image"] == f"{REGISTRY}/cart:2.9.0"
    assert {"op": "test", "path": "/metadata/annotations/deployment.kubernetes.io~1revision", "value": "2"} in desk.kube.writes[
        0
    ][2]


async def test_diff_of_a_roll_back_marks_secrets_that_differ_and_shows_none(desk: Desk) -> None:
    with_history(desk)
    plan = await desk.plan("k8s.rollback", deployment_row())
    assert "hunter2" not in repr(plan)
    assert any("••• (differs)" in line for line in plan.diff)


@pytest.mark.parametrize(("revision", "words"), [("2", "runs revision 2 already"), ("7", "no revision '7'; there are 2, 1")])
async def test_roll_back_that_makes_no_sense(desk: Desk, revision: str, words: str) -> None:
    with_history(desk)
    assert words in (await desk.plan("k8s.rollback", deployment_row(), revision=revision)).refusal


async def test_roll_back_without_history(desk: Desk) -> None:
    assert "no earlier revision" in (await desk.plan("k8s.rollback", deployment_row())).refusal


async def test_undo_of_a_roll_back_goes_to_the_revision_before(desk: Desk) -> None:
    with_history(desk)
    await desk.finish(await desk.runner.start(await desk.plan("k8s.rollback", deployment_row())), lambda: roll(cart(desk)))
    cart(desk)["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "3"
    plan = await desk.plan("undo", deployment_row())
    assert ("revision", "3", "2") in [(c.label, c.old, c.new) for c in plan.changes]


# watching


def status(**numbers: int) -> dict[str, Any]:
    found = deployment(replicas=4)
    found["status"] |= numbers
    return found


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (status(observedGeneration=3), "waiting for the controller"),
        (status(updatedReplicas=1), "1 of 4 updated"),
        (status(replicas=6), "2 old pods to stop"),
        (status(replicas=5), "1 old pod to stop"),
        (status(availableReplicas=3), "3 of 4 updated available"),
        (status(), ""),
    ],
)
def test_words_of_a_rollout_are_kubectls_conditions(found: dict[str, Any], words: str) -> None:
    assert rollout_words(found) == words


async def test_rollout_beyond_its_deadline_fails_and_offers_to_roll_back(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("k8s.restart", deployment_row()))
    condition = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "cart has timed out"}

    def each() -> None:
        cart(desk)["status"]["conditions"] = [condition]

    await desk.finish(run, each)
    assert (run.status, run.steps[-1].offer, run.steps[-1].text) == ("FAILED", "k8s.rollback", "failed: cart has timed out")


async def test_pods_that_do_not_start_say_why_once(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("k8s.restart", deployment_row()))
    waiting = {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}
    desk.kube.objects[POD] = {**pod(), "status": {"containerStatuses": [{"state": {"waiting": waiting}}]}}
    looks = iter(range(1000))

    def each() -> None:
        cart(desk)["status"]["updatedReplicas"] = 1
        if next(looks) > 30:
            roll(cart(desk))

    await desk.finish(run, each)
    assert [step.text for step in run.steps].count("ImagePullBackOff: Back-off pulling image") == 1


async def test_deployment_deleted_while_it_is_watched(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("k8s.scale", deployment_row(), count="6"))
    await desk.finish(run, lambda: desk.kube.objects.clear())
    assert (run.status, run.state) == ("GONE", State.BROKEN)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"replicas": 12}, "12 pods replaced, at most 3 more at once (25%), at most 3 missing (25%)"),
        ({"replicas": 3}, "3 pods replaced, at most 1 more at once (25%), at most 0 missing (25%)"),
        ({"replicas": 2, "strategy": {"type": "Recreate"}}, "all stop before new ones start"),
        ({"replicas": 0}, "it wants no pods"),
        ({"replicas": 2, "strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}}, "at most 1 missing"),
    ],
)
def test_effect_of_a_rollout_rounds_as_kubernetes_does(spec: dict[str, Any], words: str) -> None:
    assert words in rollout_effect({"spec": spec})[0]
