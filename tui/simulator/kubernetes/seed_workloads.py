"""Workloads of the scenario in the state that days of running left: history, pods, services, claims, owners."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from tui.simulator.kubernetes import admission, seed_pods
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers import claims, cronjob, endpoints
from tui.simulator.kubernetes.controllers.deployment import DESIRED, MOST, REVISION, bounds, replica_set_of
from tui.simulator.kubernetes.controllers.pods import owner_reference, template_hash
from tui.simulator.kubernetes.controllers.statefulset import INDEX, POD_NAME
from tui.simulator.kubernetes.controllers.statefulset import REVISION as POD_REVISION
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.scheduler import NodeState
from tui.simulator.kubernetes.storage import decode
from tui.simulator.kubernetes.times import stamp
from tui.simulator.world import noise

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

HOUR = 3600.0
Workload = dict[str, Any]


class Planter:
    """Creates workloads quietly: no events, no log entries, nothing for controllers to do."""

    def __init__(self, cluster: KubernetesWorld) -> None:
        self.cluster = cluster
        self.now = cluster.now()
        self.owners = {n["name"]: n.get("owner", "") for n in cluster.scenario.get("namespaces", ())}
        self.nodes = [NodeState(decode(stored)) for stored in cluster.storage.all(api.NODES)]
        self.general = [node for node in self.nodes if not node.taints]
        self._turn = 0

    def plant(self, workload: Workload) -> None:
        """Create one workload with everything that belongs to it."""
        kind = workload.get("kind", "Deployment")
        {"Deployment": self._deployment, "StatefulSet": self._stateful_set, "DaemonSet": self._daemon_set,
         "Job": self._job, "CronJob": self._cron_job}[kind](workload)  # fmt: skip
        if kind in ("Deployment", "StatefulSet"):
            self._service(workload)
            self._extras(workload)

    def finish(self) -> None:
        """Endpoints of all services, once all pods stand."""
        for stored in self.cluster.storage.all(api.SERVICES):
            endpoints.sync(self.cluster, stored.namespace, stored.name, quiet=True)

    # shared pieces

    def _age(self, workload: Workload) -> float:
        hours = workload.get("age_hours") or 30 + 480 * noise("age", workload["namespace"], workload["name"])
        return float(hours) * HOUR

    def labels(self, workload: Workload) -> dict[str, str]:
        """The labels of everything that belongs to the workload."""
        name, owner = workload["name"], self.owners.get(workload["namespace"], "")
        labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/instance": name}
        if owner == "helm":
            labels |= {"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": f"{name}-{1 + len(name) % 4}.{len(name)}.0"}
        return labels

    def notes(self, workload: Workload, kind: str) -> dict[str, str]:
        """Annotations of an owner: Helm's release, or Argo CD's tracking id."""
        name, namespace = workload["name"], workload["namespace"]
        owner = self.owners.get(namespace, "")
        if owner == "helm":
            return {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace}
        if owner == "argocd":
            group = "apps/" if kind in ("Deployment", "StatefulSet", "DaemonSet") else "/"
            return {"argocd.argoproj.io/tracking-id": f"{namespace}:{group}{kind}:{namespace}/{name}"}
        return {}

    def image(self, text: str) -> str:
        """A full reference: without a registry it is of the account's own."""
        return text if "/" in text else f"{self.cluster.world.registry}/{text}"

    def template(self, workload: Workload, image: str, env: dict[str, str]) -> Object:
        """The pod template."""
        name = workload["name"]
        memory, cpu = workload.get("memory", 64), workload.get("cpu", 50)
        port = workload.get("port", 8080)
        container: Object = {
            "name": name,
            "image": self.image(image),
            "resources": {
                "requests": {"cpu": f"{cpu}m", "memory": f"{memory}Mi"},
                "limits": {"memory": f"{workload.get('limit', 2 * memory)}Mi"},
            },
        }
        if env:
            container["env"] = [{"name": k, "value": v} for k, v in env.items()]
        batch = workload.get("kind") in ("Job", "CronJob")
        if not batch:
            container["ports"] = [{"name": "http", "containerPort": port}]
            probe = {
                "httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"},
                "timeoutSeconds": 1,
                "successThreshold": 1,
                "failureThreshold": 3,
            }
            container["readinessProbe"] = {**probe, "initialDelaySeconds": 3, "periodSeconds": 5}
            container["livenessProbe"] = {**probe, "initialDelaySeconds": 15, "periodSeconds": 10}
        spec: Object = {"containers": [container], "serviceAccountName": "default", "serviceAccount": "default"}
        if workload.get("sidecar"):
            spec["containers"].append({"name": "envoy", "image": self.image(workload["sidecar"]),
                                       "resources": {"requests": {"cpu": "20m", "memory": "48Mi"}}})  # fmt: skip
        if workload.get("init"):
            spec["initContainers"] = [{"name": "migrate", "image": self.image(workload["init"]), "args": ["--up"]}]
        if workload.get("host_network"):
            spec["hostNetwork"] = True
        if workload.get("fargate"):
            spec["nodeSelector"] = {"eks.amazonaws.com/compute-type": "fargate"}
            spec["tolerations"] = [{"key": "eks.amazonaws.com/compute-type", "operator": "Exists"}]
        if workload.get("shared_volume"):
            spec["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": f"{name}-data"}}]
            container["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
        if workload.get("volume"):
            container["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
        if batch:
            spec["restartPolicy"] = "Never"
        if workload["namespace"] == "kube-system":
            spec["priorityClassName"] = "system-cluster-critical"
        return {"metadata": {"labels": self.labels(workload)}, "spec": spec}

    def _owner(self, resource: Resource, workload: Workload, spec: Object, age: float) -> Object:
        """The workload object itself, with defaults; not stored yet."""
        notes = self.notes(workload, resource.kind)
        metadata: Object = {
            "name": workload["name"],
            "namespace": workload["namespace"],
            "uid": self.cluster.storage.new_uid(),
            "creationTimestamp": stamp(self.now - age),
            "generation": 1,
            "labels": self.labels(workload),
        }
        if notes:
            metadata["annotations"] = notes
        owner = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata, "spec": spec}
        admission.defaults(resource, owner)
        return owner

    def _selector(self, workload: Workload) -> Object:
        return {"matchLabels": {"app.kubernetes.io/name": workload["name"], "app.kubernetes.io/instance": workload["name"]}}

    def next_node(self, workload: Workload) -> NodeState:
        """Where the next pod runs: round the general nodes, or the Fargate node of the workload."""
        if workload.get("fargate"):
            return next(node for node in self.nodes if node.taints)
        self._turn += 1
        return self.general[self._turn % len(self.general)]

    # kinds

    def _deployment(self, workload: Workload) -> None:
        total = self._age(workload)
        history = workload.get("history", ())
        spec: Object = {"replicas": workload["replicas"], "selector": self._selector(workload)}
        if workload.get("strategy"):
            spec["strategy"] = {"type": workload["strategy"]}
        env, old_env = workload.get("env", {}), workload.get("history_env", {})
        deployment: Object = {}
        base = workload["image"].rpartition(":")[0]
        images = [f"{base}:{tag}" for tag in history] + [workload["image"]]
        first_age = total + len(history) * 11 * 24 * HOUR
        uid, rs = "", {}
        for number, image in enumerate(images, 1):
            last = number == len(images)
            spec["template"] = self.template(workload, image, env if last else {**env, **old_env})
            deployment = self._owner(api.DEPLOYMENTS, workload, copy.deepcopy(spec), first_age)
            deployment["metadata"]["uid"] = uid = uid or deployment["metadata"]["uid"]
            rs = self._replica_set(deployment, number, first_age - (number - 1) * 11 * 24 * HOUR, last)
        ready = self._pods(workload, api.REPLICA_SETS, rs, rs["spec"]["template"], total, f"{rs['metadata']['name']}-")
        deployment["metadata"].setdefault("annotations", {})[REVISION] = str(len(images))
        deployment["metadata"]["generation"] = len(images)
        deployment["status"] = self._deployment_status(deployment, rs, ready, total)
        self.cluster.storage.create(api.DEPLOYMENTS, deployment, quiet=True)

    def _replica_set(self, deployment: Object, number: int, age: float, last: bool) -> Object:
        rs = replica_set_of(deployment, number)
        rs["metadata"]["uid"] = self.cluster.storage.new_uid()
        rs["metadata"]["creationTimestamp"] = stamp(self.now - age)
        wanted = deployment["spec"]["replicas"]
        rs["metadata"]["annotations"] |= {DESIRED: str(wanted), MOST: str(wanted + bounds(deployment["spec"])[0])}
        rs["status"] = {"replicas": 0, "observedGeneration": 1}
        if last:
            rs["spec"]["replicas"] = wanted
            counts = {"replicas": wanted, "fullyLabeledReplicas": wanted, "readyReplicas": wanted, "availableReplicas": wanted}
            if self.crashes(deployment):
                counts = {"replicas": wanted, "fullyLabeledReplicas": wanted}
            rs["status"] = {**counts, "observedGeneration": 1}
        self.cluster.storage.create(api.REPLICA_SETS, rs, quiet=True)
        return rs

    def crashes(self, owner: Object) -> bool:
        """Whether the pods of this template crash from the start."""
        pod = {"metadata": owner["metadata"], "spec": owner["spec"]["template"]["spec"]}
        outcome = self.cluster.behaviours.outcome(pod, pod["spec"]["containers"][0])
        return outcome.reason == "Error"

    def _deployment_status(self, deployment: Object, rs: Object, ready: int, age: float) -> Object:
        wanted, since = deployment["spec"]["replicas"], stamp(self.now - age)
        enough = ready >= wanted - bounds(deployment["spec"])[1]
        name = f'ReplicaSet "{rs["metadata"]["name"]}"'
        late = ready < wanted and age > deployment["spec"]["progressDeadlineSeconds"]
        available = (
            ("True", "MinimumReplicasAvailable", "has") if enough else ("False", "MinimumReplicasUnavailable", "does not have")
        )
        progress = ("False", "ProgressDeadlineExceeded", f"{name} has timed out progressing.") if late else (
            "True", "NewReplicaSetAvailable", f"{name} has successfully progressed.")  # fmt: skip
        conditions = [
            {"type": "Available", "status": available[0], "lastUpdateTime": since, "lastTransitionTime": since,
             "reason": available[1], "message": f"Deployment {available[2]} minimum availability."},
            {"type": "Progressing", "status": progress[0], "lastUpdateTime": since, "lastTransitionTime": since,
             "reason": progress[1], "message": progress[2]},
        ]  # fmt: skip
        counts = {
            "observedGeneration": deployment["metadata"]["generation"], "replicas": wanted, "updatedReplicas": wanted,
            "readyReplicas": ready, "availableReplicas": ready, "unavailableReplicas": wanted - ready,
        }  # fmt: skip
        return {**{k: v for k, v in counts.items() if v}, "conditions": conditions}

    def _pods(self, workload: Workload, resource: Resource, owner: Object, template: Object, age: float, prefix: str) -> int:
        """The running pods of a replica set; how many are ready."""
        crash = workload.get("crash_restarts", 0) if self.crashes({"metadata": {**owner["metadata"], **template["metadata"],
                "namespace": workload["namespace"]}, "spec": {"template": template}}) else 0  # fmt: skip
        mold = seed_pods.Mold(self.cluster, resource, owner, template)
        for number in range(workload["replicas"]):
            pod_age = age * (1.0 if crash else 0.35 + 0.65 * noise(prefix, number))
            mold.pod(prefix + self.cluster.writer.suffix(), self.next_node(workload), pod_age, crash=crash)
        return 0 if crash else int(workload["replicas"])

    def _stateful_set(self, workload: Workload) -> None:
        age = self._age(workload)
        spec: Object = {
            "replicas": workload["replicas"], "serviceName": workload["name"], "selector": self._selector(workload),
            "template": self.template(workload, workload["image"], workload.get("env", {})),
        }  # fmt: skip
        if workload.get("volume"):
            kind, _, size = workload["volume"].partition(":")
            spec["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": {
                "accessModes": ["ReadWriteOnce"], "storageClassName": kind, "volumeMode": "Filesystem",
                "resources": {"requests": {"storage": size}}}}]  # fmt: skip
        sts = self._owner(api.STATEFUL_SETS, workload, spec, age)
        revision = self._revision(api.STATEFUL_SETS, sts)
        mold = seed_pods.Mold(self.cluster, api.STATEFUL_SETS, sts, sts["spec"]["template"])
        for number in range(workload["replicas"]):
            name = f"{workload['name']}-{number}"
            more = {POD_REVISION: revision, POD_NAME: name, INDEX: str(number)}
            claim = ""
            if workload.get("volume"):
                claim = f"data-{name}"
                self._claim(workload, claim, workload["volume"], "ReadWriteOnce", age)
            mold.pod(name, self.next_node(workload), age - 40 * number, labels=more, claim=claim)
        count = workload["replicas"]
        sts["status"] = {
            "observedGeneration": 1, "replicas": count, "readyReplicas": count, "currentReplicas": count, "updatedReplicas": count,
            "currentRevision": revision, "updateRevision": revision, "collisionCount": 0, "availableReplicas": count,
        }  # fmt: skip
        self.cluster.storage.create(api.STATEFUL_SETS, sts, quiet=True)

    def _revision(self, resource: Resource, owner: Object) -> str:
        template = owner["spec"]["template"]
        mark = template_hash(template)
        name = f"{owner['metadata']['name']}-{mark}"
        metadata = {
            "name": name, "namespace": owner["metadata"]["namespace"], "creationTimestamp": owner["metadata"]["creationTimestamp"],
            "labels": {**template["metadata"]["labels"], POD_REVISION: mark}, "ownerReferences": [owner_reference(resource, owner)],
        }  # fmt: skip
        data = {"spec": {"template": {**copy.deepcopy(template), "$patch": "replace"}}}
        self.cluster.storage.create(api.REVISIONS, {"metadata": metadata, "data": data, "revision": 1}, quiet=True)
        return name

    def _claim(self, workload: Workload, name: str, volume: str, mode: str, age: float) -> None:
        kind, _, size = volume.partition(":")
        claim: Object = {
            "metadata": {"name": name, "namespace": workload["namespace"], "labels": self.labels(workload),
                         "creationTimestamp": stamp(self.now - age), "finalizers": ["kubernetes.io/pvc-protection"]},
            "spec": {"accessModes": [mode], "storageClassName": kind, "volumeMode": "Filesystem", "resources": {"requests": {"storage": size}}},
        }  # fmt: skip
        found = self.cluster.storage.read(api.STORAGE_CLASSES, "", kind)
        if found is not None:
            claims.bind(self.cluster, claim, found, quiet=True)
        self.cluster.storage.create(api.CLAIMS, claim, quiet=True)

    def _daemon_set(self, workload: Workload) -> None:
        age = self._age(workload)
        spec: Object = {"selector": self._selector(workload), "template": self.template(workload, workload["image"], {})}
        ds = self._owner(api.DAEMON_SETS, workload, spec, age)
        mark = self._revision(api.DAEMON_SETS, ds).rpartition("-")[2]
        mold = seed_pods.Mold(self.cluster, api.DAEMON_SETS, ds, ds["spec"]["template"])
        for node in self.general:
            more = {POD_REVISION: mark, "pod-template-generation": "1"}
            mold.pod(f"{workload['name']}-{self.cluster.writer.suffix()}", node, age, labels=more)
        count = len(self.general)
        ds["status"] = {
            "currentNumberScheduled": count, "numberMisscheduled": 0, "desiredNumberScheduled": count, "numberReady": count,
            "observedGeneration": 1, "updatedNumberScheduled": count, "numberAvailable": count,
        }  # fmt: skip
        self.cluster.storage.create(api.DAEMON_SETS, ds, quiet=True)

    def _finished(self, job: Object, workload: Workload, age: float) -> None:
        """A completed Job with its pod."""
        run = float(workload["profile"].get("run", 30.0))
        start, end = stamp(self.now - age), stamp(self.now - age + run + 4)
        common = {"status": "True", "lastProbeTime": end, "lastTransitionTime": end, "reason": "CompletionsReached",
                  "message": "Reached expected number of succeeded pods"}  # fmt: skip
        job["metadata"].setdefault("uid", self.cluster.storage.new_uid())
        job["metadata"]["creationTimestamp"] = start
        job["status"] = {
            "startTime": start, "completionTime": end, "succeeded": 1, "ready": 0, "terminating": 0, "uncountedTerminatedPods": {},
            "conditions": [{"type": "SuccessCriteriaMet", **common}, {"type": "Complete", **common}],
        }  # fmt: skip
        mold = seed_pods.Mold(self.cluster, api.JOBS, job, job["spec"]["template"])
        name = f"{job['metadata']['name']}-{self.cluster.writer.suffix()}"
        mold.pod(name, self.next_node(workload), age, completed=run)
        self.cluster.storage.create(api.JOBS, job, quiet=True)

    def _job(self, workload: Workload) -> None:
        job = self._owner(api.JOBS, workload, {"template": self.template(workload, workload["image"], {})}, 0.0)
        self.cluster.allocate(api.JOBS, job)
        self._finished(job, workload, 5 * HOUR)

    def _cron_job(self, workload: Workload) -> None:
        template = self.template(workload, workload["image"], {})
        spec = {
            "schedule": workload["schedule"],
            "jobTemplate": {"metadata": {"labels": self.labels(workload)}, "spec": {"template": template}},
        }
        cron = self._owner(api.CRON_JOBS, workload, spec, 90 * 24 * HOUR)
        last = cronjob.next_time(workload["schedule"], self.now - HOUR - 60)
        for back in range(workload.get("done", 0), 0, -1):
            due = last - (back - 1) * HOUR
            job = cronjob.job_of(self.cluster, cron, cron["spec"]["jobTemplate"], f"{workload['name']}-{int(due) // 60}")
            self._finished(job, workload, max(self.now - due, 150.0))
        cron["status"] = {"lastScheduleTime": stamp(last), "lastSuccessfulTime": stamp(last + 100)}
        self.cluster.storage.create(api.CRON_JOBS, cron, quiet=True)

    # what stands beside a workload

    def _service(self, workload: Workload) -> None:
        port = workload.get("port", 8080)
        outside = 80 if port == 8080 else port
        spec: Object = {
            "selector": self._selector(workload)["matchLabels"],
            "ports": [{"name": "http", "port": outside, "targetPort": "http"}],
        }
        if workload.get("kind") == "StatefulSet":
            spec["clusterIP"] = "None"
            spec["clusterIPs"] = ["None"]
        service = self._owner(api.SERVICES, workload, spec, self._age(workload) + 720 * HOUR)
        del service["metadata"]["generation"]
        self.cluster.allocate(api.SERVICES, service)
        service["status"] = {"loadBalancer": {}}
        self.cluster.storage.create(api.SERVICES, service, quiet=True)

    def _extras(self, workload: Workload) -> None:
        name, namespace = workload["name"], workload["namespace"]
        age = self._age(workload) + 700 * HOUR
        metadata = {"namespace": namespace, "labels": self.labels(workload), "creationTimestamp": stamp(self.now - age)}
        create = self.cluster.storage.create
        create(
            api.CONFIG_MAPS,
            {"metadata": {"name": f"{name}-config", **metadata}, "data": {"app.conf": f"name = {name}\nworkers = 4\n"}},
            quiet=True,
        )
        if workload.get("shared_volume"):
            self._claim(workload, f"{name}-data", workload["shared_volume"], "ReadWriteMany", age)
        if workload.get("host"):
            backend = {"service": {"name": name, "port": {"name": "http"}}}
            rule = {"host": workload["host"], "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
            balancer = {
                "ingress": [{"hostname": f"k8s-{namespace}-{name}-0a1b2c3d4e.{self.cluster.world.region}.elb.amazonaws.com"}]
            }
            spec = {"ingressClassName": "alb", "rules": [rule]}
            create(
                api.INGRESSES,
                {"metadata": {"name": name, **metadata, "generation": 1}, "spec": spec, "status": {"loadBalancer": balancer}},
                quiet=True,
            )
            secret = {
                "metadata": {"name": f"{name}-tls", **metadata},
                "type": "kubernetes.io/tls",
                "data": {"tls.crt": "LS0t", "tls.key": "LS0t"},
            }
            create(api.SECRETS, secret, quiet=True)
        if workload.get("autoscale"):
            least, most, target = workload["autoscale"]
            metric = {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": target}},
            }
            spec = {
                "scaleTargetRef": {"kind": "Deployment", "name": name, "apiVersion": "apps/v1"},
                "minReplicas": least, "maxReplicas": most, "metrics": [metric],
            }  # fmt: skip
            used = {
                "type": "Resource",
                "resource": {"name": "cpu", "current": {"averageUtilization": target - 22, "averageValue": "80m"}},
            }
            status = {"currentReplicas": workload["replicas"], "desiredReplicas": workload["replicas"], "currentMetrics": [used]}
            create(api.AUTOSCALERS, {"metadata": {"name": name, **metadata}, "spec": spec, "status": status}, quiet=True)
        if workload.get("keep"):
            spec = {"minAvailable": workload["keep"], "selector": self._selector(workload)}
            count = workload["replicas"]
            status = {
                "currentHealthy": count,
                "desiredHealthy": workload["keep"],
                "disruptionsAllowed": count - workload["keep"],
                "expectedPods": count,
            }
            create(
                api.BUDGETS, {"metadata": {"name": name, **metadata, "generation": 1}, "spec": spec, "status": status}, quiet=True
            )
