"""The embedded world as it stands at the start, its clock, and that a seed makes it repeatable."""

from __future__ import annotations

import json
import time

import pytest

from tests.unit.sim_world_kit import ask, described, make, service
from tui.simulator.clock import SimClock
from tui.simulator.world import World, noise


def test_events_run_in_time_order_whatever_the_step() -> None:
    def run(steps: list[float]) -> list[tuple[str, float]]:
        world, seen = World(clock=SimClock(manual=True), scenario={}), []
        for name, after in (("late", 9.5), ("early", 0.5), ("same a", 3.0), ("same b", 3.0)):
            world.after(after, lambda name=name: seen.append((name, world.now() - world.started)))
        world.after(1.0, lambda: world.after(1.0, lambda: seen.append(("nested", world.now() - world.started))))
        cancelled = world.after(2.0, lambda: seen.append(("never", 0.0)))
        cancelled.cancel()
        for step in steps:
            world.step(step)
        return seen

    once = run([10.0])
    assert [name for name, _ in once] == ["early", "nested", "same a", "same b", "late"]
    assert once == run([0.25] * 40)


def test_clock_follows_real_time_at_its_speed_and_never_goes_back() -> None:
    real = [100.0]
    clock = SimClock(1000.0, speed=10.0, monotonic=lambda: real[0])
    real[0] += 2
    assert clock.now() == 1020.0
    assert clock.advance(5) == 1025.0
    real[0] += 1
    assert clock.now() == 1035.0
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)


def test_engines_are_called_once_a_second_while_the_world_catches_up() -> None:
    world = World(clock=SimClock(manual=True), scenario={})
    calls: list[float] = []
    world.engines.append(type("E", (), {"tick": lambda self, now: calls.append(now - world.started)})())
    world.step(3.5)
    assert calls == [1.0, 2.0, 3.0, 3.5]


def test_noise_depends_on_its_parts_only() -> None:
    assert noise("a", 1) == noise("a", 1) != noise("a", 2)
    assert 0 <= min(noise(n) for n in range(1000)) < 0.05 < 0.95 < max(noise(n) for n in range(1000)) < 1


def test_the_default_world_has_the_promised_size() -> None:
    world = make()
    ecs = world.state["ecs"]
    tasks = [t for c in ecs.clusters.values() for t in c.tasks.values() if t.last_status == "RUNNING"]
    assert list(ecs.clusters) == ["shop", "pay", "batch"]
    assert 38 <= sum(len(c.services) for c in ecs.clusters.values()) <= 44
    assert 180 <= len(tasks) <= 220
    assert 58 <= len(ecs.definitions) <= 66
    images = {
        c["image"].rsplit("/", 1)[1].partition(":")[0] for f in ecs.definitions.values() for d in f.values() for c in d.containers
    }
    assert len(images) <= 25
    kinds = {s.controller for c in ecs.clusters.values() for s in c.services.values()}
    assert kinds == {"ECS", "CODE_DEPLOY", "EXTERNAL"}
    assert service(world, "batch", "log-agent").scheduling == "DAEMON"


def test_building_takes_no_time() -> None:
    began = time.process_time()
    make()
    assert time.process_time() - began < 1.0  # measured: 0.03 s; the budget is 0.3 s on a quiet machine


def test_the_large_world() -> None:
    world = make(size="large")
    ecs = world.state["ecs"]
    assert sum(len(c.services) for c in ecs.clusters.values()) == 200
    assert 1900 <= sum(len(s.tasks) for c in ecs.clusters.values() for s in c.services.values()) <= 2100
    began = time.process_time()
    world.step(60)
    assert time.process_time() - began < 2.0  # measured: 0.03 s


def test_the_past_is_there() -> None:
    world = make()
    for name in ("ledger", "gateway", "statements"):
        found = described(world, "pay", name)
        events = found["events"]
        times = [e["createdAt"] for e in events]
        assert 20 <= len(events) <= 100
        assert times == sorted(times, reverse=True)
        assert len({e["id"] for e in events}) == len(events)
        assert found["createdAt"] < world.now() - 86_400 * 30
    stopped = ask(world, "ecs", "ListTasks", cluster="pay", desiredStatus="STOPPED")["taskArns"]
    tasks = ask(world, "ecs", "DescribeTasks", cluster="pay", tasks=stopped[:100])["tasks"]
    assert {"EssentialContainerExited"} <= {t["stopCode"] for t in tasks}
    assert all(world.now() - 3600 <= t["stoppedAt"] < world.now() for t in tasks)
    assert len(ask(world, "ecs", "ListServiceDeployments", cluster="pay", service="ledger")["serviceDeployments"]) >= 2


def test_five_troubles_are_under_way() -> None:
    world = make()
    checkout = described(world, "shop", "checkout")
    new, old = checkout["deployments"]
    assert (checkout["runningCount"], checkout["desiredCount"]) == (2, 4)
    assert (new["rolloutState"], new["runningCount"], old["runningCount"]) == ("IN_PROGRESS", 0, 2)
    assert new["taskDefinition"].endswith("checkout:42")
    assert old["taskDefinition"].endswith("checkout:41")
    failed = new["failedTasks"]
    world.step(200)
    assert described(world, "shop", "checkout")["deployments"][0]["failedTasks"] > failed > 0
    reasons = _stopped_reasons(world, "shop", "checkout")
    assert any(r.startswith("CannotPullContainerError") and "checkout:1.8.3: not found" in r for r in reasons)
    world.step(500)
    assert "Essential container in task exited" in _stopped_reasons(world, "pay", "statements")
    assert any(
        r.startswith("Task failed ELB health checks in (target-group arn:")
        for r in _stopped_reasons(world, "shop", "recommendations")
    )
    builder = described(world, "batch", "feature-builder")
    assert (builder["runningCount"], builder["desiredCount"]) == (2, 3)
    assert "has insufficient memory available" in builder["events"][0]["message"]
    alarms = ask(world, "cloudwatch", "DescribeAlarms", StateValue="ALARM")["MetricAlarms"]
    assert "shop-search-cpu-high" in {a["AlarmName"] for a in alarms}


def _stopped_reasons(world: World, cluster: str, name: str) -> set[str]:
    arns = ask(world, "ecs", "ListTasks", cluster=cluster, serviceName=name, desiredStatus="STOPPED")["taskArns"]
    tasks = ask(world, "ecs", "DescribeTasks", cluster=cluster, tasks=arns[:100])["tasks"]
    return {t.get("stoppedReason", "") for t in tasks}


def test_oom_shows_exit_code_and_reason_of_the_container() -> None:
    world = make()
    world.step(400)
    arns = ask(world, "ecs", "ListTasks", cluster="pay", serviceName="statements", desiredStatus="STOPPED")["taskArns"]
    containers = [t["containers"][0] for t in ask(world, "ecs", "DescribeTasks", cluster="pay", tasks=arns[:100])["tasks"]]
    assert any(
        c.get("exitCode") == 137 and c["reason"] == "OutOfMemoryError: Container killed due to memory usage" for c in containers
    )


def _everything(world: World) -> str:
    clusters = ["shop", "pay", "batch"]
    whole: list[object] = []
    for cluster in clusters:
        arns = [s.arn for s in world.state["ecs"].clusters[cluster].services.values()]
        tasks = list(world.state["ecs"].clusters[cluster].tasks)
        pages = [arns[at : at + 10] for at in range(0, len(arns), 10)]
        whole += [ask(world, "ecs", "DescribeServices", cluster=cluster, services=page) for page in pages]
        pages = [tasks[at : at + 100] for at in range(0, len(tasks), 100)]
        whole += [ask(world, "ecs", "DescribeTasks", cluster=cluster, tasks=page) for page in pages]
    return json.dumps(whole, sort_keys=True)


def test_a_seed_repeats_the_world_and_the_size_of_steps_does_not_matter() -> None:
    first, second, third = make(seed=7), make(seed=7), make(seed=8)
    first.step(300)
    for _ in range(75):
        second.step(4)
    third.step(300)
    assert _everything(first) == _everything(second)
    assert _everything(first) != _everything(third)


def test_stopped_tasks_are_forgotten_after_an_hour() -> None:
    world = make()
    arn = ask(world, "ecs", "ListTasks", cluster="pay", serviceName="ledger")["taskArns"][0]
    ask(world, "ecs", "StopTask", cluster="pay", task=arn, reason="test")
    world.step(60)
    assert ask(world, "ecs", "DescribeTasks", cluster="pay", tasks=[arn])["tasks"][0]["stoppedReason"] == "test"
    world.step(3700)
    assert ask(world, "ecs", "DescribeTasks", cluster="pay", tasks=[arn])["failures"] == [{"arn": arn, "reason": "MISSING"}]
