"""What k9s's and e1s's keys do, as facts read in their key tables (2026), in the words of our commands.

A peer's key stands here by the kind of pane it works in (``*``: every list) with the id of our command that does the same,
or with None where pierhead has nothing of the kind (yet): then our key must be unused there, or stand in EXCEPTIONS.
"""

from __future__ import annotations

#: k9s: internal/view (browser, table, pod, deployment, node, log and scale extenders …)
K9S: dict[str, dict[str, str | None]] = {
    "*": {
        "question_mark": "view.help",
        "slash": "view.filter",
        "colon": "view.command",
        "escape": "view.back",
        "q": "view.quit",
        "enter": "view.drill",
        "left_square_bracket": "view.earlier",
        "right_square_bracket": "view.later",
        "minus": "view.last",
        "ctrl+a": "view.kinds",
        "ctrl+r": "view.refresh",
        "ctrl+s": "table.save",
        "ctrl+w": "table.wide",
        "ctrl+z": None,  # toggle faults
        "ctrl+e": None,  # toggle header
        "ctrl+g": None,  # toggle breadcrumbs
        "ctrl+backslash": None,  # clear marks
        "c": "row.copy",
        "n": None,  # copy the namespace
        "e": None,  # edit
        "d": "row.describe",
        "y": "row.yaml",
        "O": "table.sort",
        "N": "sort:name",
        "A": "sort:age",
        "S": "sort:status",
        "0": "place.0",
        "1": "place.1",
        "9": "place.9",
    },
    "pods": {
        "l": "row.logs",
        "p": "row.previous-logs",
        "ctrl+d": "k8s.delete",
        "ctrl+k": None,  # kill
        "s": None,  # shell
        "a": None,  # attach
        "t": None,  # transfer
        "z": None,  # sanitize
        "o": "pod.node",
        "f": None,  # show port-forward
        "F": None,  # port-forward
        "J": "pod.owner",
        "w": None,  # warp to the namespace
    },
    "deployments": {
        "l": "row.logs",
        "p": "row.previous-logs",
        "s": "k8s.scale",
        "r": "k8s.restart",
        "i": "k8s.image",
        "z": "deployment.replica-sets",
        "ctrl+d": None,  # delete the deployment
        "f": None,
        "F": None,
        "w": None,
    },
    "replica-sets": {"l": "row.logs", "p": "row.previous-logs", "ctrl+l": None, "J": None, "ctrl+d": None, "w": None},
    "pod-containers": {"l": "row.logs", "p": "row.previous-logs", "s": None, "a": None, "f": None, "F": None},
    "nodes": {"u": None, "r": None, "s": None},
    "namespaces": {"u": None, "ctrl+d": None},
    "events": {"w": None},
}

#: e1s: internal/view (table, cluster, service, task, container, task definition)
E1S: dict[str, dict[str, str | None]] = {
    "*": {
        "question_mark": "view.help",
        "slash": "view.filter",
        "escape": "view.back",
        "enter": "view.drill",
        "b": "row.console",
        "c": "row.copy",
        "d": "row.describe",
        "r": None,  # refresh (ours: ctrl-r; r restarts as in k9s)
        "ctrl+p": "place.profile",
        "ctrl+r": None,  # regions
        "ctrl+z": None,  # back
        "h": None,  # back
        "l": None,  # select
        "D": None,  # download a text file
    },
    "services": {
        "a": None,  # auto scaling
        "L": None,  # CloudWatch logs
        "m": None,  # metrics
        "t": "service.definitions",
        "p": "service.deployments",
        "w": None,  # service events
        "U": None,  # update the service
    },
    "clusters": {"n": None, "N": None},
    "service-deployments": {"v": None, "R": None},
    "tasks": {"t": "task.definition", "x": None, "s": None, "S": None, "L": None},
    "containers": {"s": None, "F": None, "T": None, "P": None, "E": None, "L": None},
    "task-definitions": {"U": None},
}

#: (peer, pane, key): what ours does there instead and why that is no more dangerous. Reviewed by hand.
EXCEPTIONS: dict[tuple[str, str, str], str] = {
    ("k9s", "*", "ctrl+z"): "suspends, as every terminal program does; faults are what ! lists",
    ("k9s", "replica-sets", "ctrl+l"): "repaints; k9s rolls back here",
    ("e1s", "*", "r"): "restart as in k9s, with a plan and a confirmation; unbound where nothing restarts",
    ("e1s", "*", "ctrl+r"): "reads again, as in k9s; :region lists regions",
    ("e1s", "*", "ctrl+z"): "suspends; Esc goes back",
    ("e1s", "*", "l"): "logs, as in k9s; Enter opens",
    ("e1s", "*", "D"): "compares two rows",
    ("e1s", "services", "L"): "sorts",
    ("e1s", "services", "U"): "undoes the last action, with a plan; i and s update a service",
    ("e1s", "clusters", "N"): "sorts by name",
    ("e1s", "service-deployments", "R"): "sorts",
    ("e1s", "tasks", "x"): "says why; stopped tasks are in the list",
    ("e1s", "tasks", "S"): "sorts; ctrl-d stops a task",
    ("e1s", "tasks", "L"): "sorts by launch type",
    ("e1s", "containers", "E"): "sorts by exit code",
    ("e1s", "task-definitions", "U"): "undoes the last action, with a plan",
}
