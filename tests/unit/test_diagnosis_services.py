"""What is said of ECS services and tasks, through the store with all rules at work."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.unit.diagnosis_stage import clock, problems, put, store
from tui.model import Key, ManualClock, Scope, State
from tui.model.ecs import ContainerDefinition, Deployment, LoadBalancer, ServiceEvent, ServiceRow, TaskDefinitionRow
from tui.model.image import ImageRef
from tui.model.monitoring import TargetHealthRow
from tui.model.tasks import ContainerRow, TaskRow
from tui.store import Store

__all__ = ["clock", "store"]


ACCOUNT = Scope(owner="aws:p@r", account="482913750164", region="eu-west-1")
CLUSTER = "arn:aws:ecs:eu-west-1:482913750164:cluster/shop"
SHOP = Scope(owner="aws:p@r", account="482913750164", region="eu-west-1", cluster=CLUSTER)
ECR = "482913750164.dkr.ecr.eu-west-1.amazonaws.com"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:482913750164:targetgroup/web/6d0ecf831eec9f09"
NOT_FOUND = (
    "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
    f"failed to resolve ref {ECR}/checkout:1.8.3: not found"
)
OOM = "OutOfMemoryError: Container killed due to memory usage"
EXITED = "Essential container in task exited"


def definition(name: str, revision: int, tag: str) -> TaskDefinitionRow:
    arn = definition_arn(name, revision)
    container = ContainerDefinition(name=name, image=ImageRef.parse(f"{ECR}/{name}:{tag}"))
    return TaskDefinitionRow(
        key=Key.of("task-definitions", ACCOUNT, arn), scope=ACCOUNT, name=name, arn=arn, revision=revision, status="ACTIVE",
        memory=512, containers=(container,), registered_by="arn:aws:sts::482913750164:assumed-role/ci-deployer/build-77",
    )  # fmt: skip


def definition_arn(name: str, revision: int) -> str:
    return f"arn:aws:ecs:eu-west-1:482913750164:task-definition/{name}:{revision}"


def deployment(name: str, revision: int, **fields: Any) -> Deployment:
    values = {"id": f"ecs-svc/{revision}", "status": "PRIMARY", "task_definition": definition_arn(name, revision), **fields}
    return Deployment(**values)


def service(name: str = "checkout", **fields: Any) -> ServiceRow:
    key = Key.of("services", SHOP, f"{CLUSTER}#{name}")
    values: dict[str, Any] = {
        "arn": f"arn:service/{name}",
        "cluster_arn": CLUSTER,
        "status": "ACTIVE",
        "desired": 4,
        "running": 4,
    }
    return ServiceRow(key=key, scope=SHOP, name=name, **{**values, **fields})


def task(number: int, name: str = "checkout", revision: int = 42, **fields: Any) -> TaskRow:
    arn = f"{CLUSTER.replace(':cluster/', ':task/')}/{number:032x}"
    values: dict[str, Any] = {
        "group": f"service:{name}", "task_definition": definition_arn(name, revision), "last_status": "RUNNING",
        "desired_status": "RUNNING", "started_by": f"ecs-svc/{revision}", "memory": 512,
    }  # fmt: skip
    return TaskRow(
        key=Key.of("tasks", SHOP, arn), scope=SHOP, name=f"{number:032x}", arn=arn, cluster_arn=CLUSTER, **{**values, **fields}
    )


def container(task_number: int, **fields: Any) -> ContainerRow:
    values: dict[str, Any] = {"name": "app", "image": ImageRef.parse(f"{ECR}/checkout:1.8.3"), "status": "STOPPED"}
    return ContainerRow(key=Key.of("containers", SHOP, str(task_number)), scope=SHOP, task_arn="", **{**values, **fields})


def stopped(number: int, at: float, reason: str, **fields: Any) -> TaskRow:
    values: dict[str, Any] = {"stop_code": "TaskFailedToStart", **fields}
    return task(number, last_status="STOPPED", desired_status="STOPPED", stopped=at, stopped_reason=reason, **values)


def failing_deployment(clock: ManualClock) -> ServiceRow:
    return service(
        running=2,
        desired=2,
        deployments=(
            deployment("checkout", 42, desired=2, failed=6, rollout_state="IN_PROGRESS", created=clock.now() - 840),
            deployment("checkout", 41, status="ACTIVE", desired=2, running=2, rollout_state="COMPLETED", created=1.0),
        ),
    )


def test_a_deployment_whose_image_does_not_exist(store: Store, clock: ManualClock) -> None:
    put(
        store,
        failing_deployment(clock),
        definition("checkout", 42, "1.8.3"),
        definition("checkout", 41, "1.8.2"),
        *(stopped(n, clock.now() - 60 * n, NOT_FOUND) for n in range(1, 5)),
        *(task(10 + n, revision=41) for n in range(2)),
    )
    (found,) = problems(store)
    assert found.name == "shop/checkout"
    assert found.severity is State.BROKEN
    assert found.sentence == "image checkout:1.8.3 not found in ECR, 0 of 2 new tasks started"
    assert found.cause == "image-not-found"
    assert found.evidence[0] == "since deployment of :42 by ci-deployer · last good :41 (checkout:1.8.2)"
    assert (found.action, found.action_title) == ("ecs.deploy", "i deploy last good")
    assert found.since == clock.now() - 840
    row = store.get(found.target)
    assert row is not None
    assert store.state(row) is State.BROKEN
    assert store.reason(row) == found.sentence
    first_task = store.get(stopped(1, 0, "").key)
    assert first_task is not None
    assert store.reason(first_task) == "image checkout:1.8.3 not found in ECR"


def test_without_its_tasks_the_deployment_still_says_what_is_known(store: Store, clock: ManualClock) -> None:
    put(store, failing_deployment(clock))
    (found,) = problems(store)
    assert found.sentence == "0 of 2 new tasks started, 6 failed"
    assert found.next_step == "deploy last good :41"


def test_a_finding_goes_when_its_cause_goes(store: Store, clock: ManualClock) -> None:
    put(store, failing_deployment(clock))
    assert problems(store)
    put(store, service(deployments=(deployment("checkout", 41, desired=4, running=4, rollout_state="COMPLETED"),)))
    assert problems(store) == []


def test_a_code_deploy_service_is_never_offered_a_deployment(store: Store, clock: ManualClock) -> None:
    put(store, failing_deployment(clock), definition("checkout", 41, "1.8.2"))
    put(store, msgspec.structs.replace(failing_deployment(clock), controller="CODE_DEPLOY"))
    (found,) = problems(store)
    assert found.action == ""


def test_a_rollout_that_stands_still_is_said_when_its_time_is_over(store: Store, clock: ManualClock) -> None:
    put(
        store,
        service(
            running=5, desired=5,
            deployments=(
                deployment("checkout", 42, desired=5, running=3, rollout_state="IN_PROGRESS", created=clock.now()),
                deployment("checkout", 41, status="ACTIVE", desired=5, running=2, created=1.0),
            ),
        ),
    )  # fmt: skip
    assert problems(store) == []
    clock.advance(901)
    store.flush()
    (found,) = problems(store)
    assert found.sentence == "rollout stuck at 3/5 for 15m"
    assert found.severity is State.DEGRADED
    clock.advance(120)
    store.flush()
    assert problems(store)[0].sentence == "rollout stuck at 3/5 for 17m"


def test_tasks_killed_for_memory_are_counted(store: Store, clock: ManualClock) -> None:
    now = clock.now()
    tasks = [
        stopped(
            n, now - 100 * n, EXITED, stop_code="EssentialContainerExited",
            containers=(container(n, exit_code=137, reason_text=OOM, memory=512),),
        )
        for n in range(1, 7)
    ]  # fmt: skip
    put(store, service(), *tasks)
    (found,) = problems(store)
    assert found.sentence == "killed for memory (512 MiB) 6 times in 10m"
    assert found.cause == "oom"
    clock.advance(3700)
    store.flush()
    assert problems(store) == [], "after an hour they no longer count"


def cured(clock: ManualClock, **fields: Any) -> ServiceRow:
    """checkout deployed back: one deployment, COMPLETED, all its tasks running."""
    back = {"id": "ecs-svc/43", "desired": 4, "running": 4, "rollout_state": "COMPLETED", "created": clock.now() - 200, **fields}
    return service(task_definition=definition_arn("checkout", 41), deployments=(deployment("checkout", 41, **back),))


def test_what_a_deployment_that_is_over_left_behind_is_no_problem(store: Store, clock: ManualClock) -> None:
    left = [stopped(n, clock.now() - 30 * n, NOT_FOUND) for n in range(7, 15)]
    put(store, failing_deployment(clock), *left)
    assert problems(store)
    rolling = service(
        deployments=(
            deployment("checkout", 41, id="ecs-svc/43", desired=4, running=1, rollout_state="IN_PROGRESS", created=clock.now()),
            deployment("checkout", 42, status="ACTIVE", rollout_state="IN_PROGRESS", failed=8, created=1.0),
            deployment("checkout", 40, status="ACTIVE", desired=3, running=3, rollout_state="COMPLETED", created=1.0),
        )
    )
    put(store, rolling)
    assert problems(store) == [], "the new rollout is well, the failed one is being taken away"
    put(store, cured(clock))
    assert list(store.findings(service().key)) == []
    assert store.state(cured(clock)) is State.WELL


def test_tasks_that_could_not_start_are_past_once_all_run(store: Store, clock: ManualClock) -> None:
    left = [stopped(n, clock.now() - 30 * n, NOT_FOUND, started_by="ecs-svc/43", revision=41) for n in range(1, 9)]
    put(store, cured(clock, failed=8), *left)
    assert problems(store) == [], "the image was pushed meanwhile"


def test_crashes_of_the_present_deployment_count_while_they_go_on(store: Store, clock: ManualClock) -> None:
    crashes = [
        stopped(
            n, clock.now() - 60 * n, EXITED, stop_code="EssentialContainerExited", started_by="ecs-svc/43",
            containers=(container(n, exit_code=1),),
        )
        for n in range(1, 4)
    ]  # fmt: skip
    put(store, cured(clock), *crashes)
    (found,) = problems(store)
    assert (found.sentence, found.action_title) == ("exit 1 3 times in 3m", "l logs")
    clock.advance(660)
    store.flush()
    assert problems(store) == [], "none for ten minutes, and all tasks run"


def test_a_rollout_may_take_as_many_tasks_away_as_its_minimum_allows(store: Store, clock: ManualClock) -> None:
    def rolling(running: int) -> ServiceRow:
        new = deployment("checkout", 42, desired=4, running=1, rollout_state="IN_PROGRESS", created=clock.now())
        old = deployment("checkout", 41, status="ACTIVE", desired=3, running=running - 1, created=1.0)
        return service(running=running, minimum_percent=50, deployments=(new, old))

    put(store, rolling(2))
    clock.advance(400)
    store.flush()
    assert problems(store) == []
    more = msgspec.structs.replace(rolling(5), minimum_percent=100)
    put(store, more)
    clock.advance(400)
    store.flush()
    assert problems(store) == [], "5 of 4 run while it rolls"


def test_a_failing_health_check_says_what_was_answered(store: Store, clock: ManualClock) -> None:
    words = "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/6d0e)"
    gone = [stopped(n, clock.now() - 60 * n, words, stop_code="ServiceSchedulerInitiated") for n in range(1, 6)]
    put(store, service(), *gone)
    assert problems(store)[0].sentence == "load balancer health check failed (web) 5 times in 5m"
    message = (
        f"(service checkout) (port 8080) is unhealthy in (target-group {GROUP}) due to "
        "(reason Health checks failed with these codes: [503])."
    )
    put(store, service(events=(ServiceEvent("1", clock.now() - 90, message),)))
    (found,) = problems(store)
    assert found.sentence == "health check fails: answered 503, 5 tasks replaced in 5m"
    assert (found.cause, found.action_title) == ("health-check", "l logs")


def test_exit_codes_are_said_with_the_container_where_there_are_several(store: Store, clock: ManualClock) -> None:
    containers = (container(1, name="app", exit_code=139), container(2, name="envoy", exit_code=0))
    for number in (1, 2):
        put(
            store,
            stopped(number, clock.now() - 30, EXITED, stop_code="EssentialContainerExited", containers=containers),
        )  # fmt: skip
    put(store, service(running=3))
    (found,) = problems(store)
    assert found.sentence == "app: exit 139 (SIGSEGV) twice in 30s"


def test_scale_downs_and_users_are_no_problem(store: Store, clock: ManualClock) -> None:
    put(
        store,
        service(),
        stopped(1, clock.now(), "Scaling activity initiated by (deployment ecs-svc/42)", stop_code="ServiceSchedulerInitiated"),
        stopped(2, clock.now(), "too slow, said Ann", stop_code="UserInitiated"),
    )
    assert list(store.rows("findings")) == []


def test_tasks_that_are_replaced_are_seen_in_the_events(store: Store, clock: ManualClock) -> None:
    def event(minutes: int) -> ServiceEvent:
        return ServiceEvent(str(minutes), clock.now() - 60 * minutes, "(service checkout) has started 1 tasks: (task 7f).")

    put(store, service(events=(event(2), event(7))))
    assert problems(store) == []
    put(store, service(events=(event(2), event(7), event(12), event(90))))
    (found,) = problems(store)
    assert found.sentence == "its tasks are replaced again and again: 3 started in 12m"
    put(
        store,
        service(events=(event(2), event(7), event(12)), deployments=(deployment("checkout", 42, created=clock.now() - 900),)),
    )
    assert problems(store) == [], "a deployment explains them"


def test_no_room_for_a_task(store: Store, clock: ManualClock) -> None:
    message = (
        "(service checkout) was unable to place a task because no container instance met all of its requirements. "
        "The closest matching (container-instance 1a2b) has insufficient memory available."
    )
    before = ServiceEvent("1", clock.now() - 900, message)
    put(store, service(running=1, desired=2, events=(ServiceEvent("2", clock.now() - 300, message), before)))
    (found,) = problems(store)
    assert found.since == clock.now() - 900, "since it was first said"
    assert found.sentence == "no instance has enough free memory, 1 of 2 tasks run"
    steady = ServiceEvent("3", clock.now(), "(service checkout) has reached a steady state.")
    put(store, service(running=2, desired=2, events=(steady, ServiceEvent("2", clock.now() - 300, message))))
    assert problems(store) == []


def test_unhealthy_targets_by_the_load_balancer_and_by_events(store: Store, clock: ManualClock) -> None:
    balanced = service(load_balancers=(LoadBalancer(GROUP, "app", 8080),))
    targets = [
        TargetHealthRow(
            key=Key.of("target-health", ACCOUNT, f"{GROUP}#10.0.0.{n}:8080"), scope=ACCOUNT, name=f"10.0.0.{n}",
            target_group=GROUP, target=f"10.0.0.{n}", port=8080, health="unhealthy" if n < 2 else "healthy", wanted="200,204",
            path="/healthz",
            description="Health checks failed with these codes: [502]" if n < 2 else "",
        )
        for n in range(4)
    ]  # fmt: skip
    put(store, balanced, *targets)
    (found,) = problems(store)
    assert found.sentence == "health check fails: answered 502, wanted 200, 204, 2 of 4 targets"
    assert found.evidence[0].endswith("which asks for /healthz")
    assert found.severity is State.DEGRADED
    healthy = [msgspec.structs.replace(target, health="healthy", description="") for target in targets]
    why = "Health checks failed with these codes: [503]"
    words = f"(service checkout) (task 7) is unhealthy in (target-group {GROUP}) due to (reason {why})."
    put(store, *healthy, msgspec.structs.replace(balanced, events=(ServiceEvent("0", clock.now() - 30, words),)))
    (found,) = problems(store)
    assert found.sentence == "health check fails: answered 503, wanted 200, 204", "what is wanted is known from its group"
    put(store, balanced)
    store.remove("aws:p@r", [target.key for target in targets], store.stamp())
    words = f"(service checkout) (task 7) (port 8080) is unhealthy in (target-group {GROUP}) due to (reason Request timed out)."
    event = ServiceEvent("1", clock.now() - 60, words)
    put(store, service(load_balancers=balanced.load_balancers, events=(event,)))
    (found,) = problems(store)
    assert found.sentence == "health check fails: no answer in time"


def test_a_failed_job_is_a_problem_of_its_own(store: Store, clock: ManualClock) -> None:
    put(
        store,
        stopped(
            1, clock.now() - 60, EXITED, group="family:report", stop_code="EssentialContainerExited",
            containers=(container(1, exit_code=2),),
        ),
        stopped(
            2, clock.now() - 60, EXITED, group="family:export", stop_code="EssentialContainerExited",
            containers=(container(2, exit_code=0),),
        ),
    )  # fmt: skip
    (found,) = problems(store)
    assert found.name.startswith("shop/report")
    assert found.sentence == "exit 2"


def test_a_task_that_does_not_start(store: Store, clock: ManualClock) -> None:
    put(store, task(1, last_status="PROVISIONING", created=clock.now(), group="family:report", started_by=""))
    assert problems(store) == []
    clock.advance(301)
    store.flush()
    assert [f.sentence for f in problems(store)] == ["PROVISIONING for 5m"]
