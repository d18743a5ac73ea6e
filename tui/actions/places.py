"""Where a row is, in words and for the checks: account, region, cluster, namespace."""

from __future__ import annotations

from tui.model.row import Row


def cluster_of(row: Row) -> str:
    """The ARN (or server URL#CA hash) of the row's cluster, empty where it has none."""
    return str(getattr(row, "cluster_arn", "") or row.scope.cluster)


def cluster_name(row: Row) -> str:
    """The cluster's name, as its ARN ends; a server's URL as it is."""
    cluster = cluster_of(row)
    return cluster.rsplit("/", 1)[-1] if cluster.startswith("arn:") else cluster.partition("#")[0]


def namespace_of(row: Row) -> str:
    """The Kubernetes namespace, empty elsewhere."""
    return str(getattr(row, "namespace", "") or row.scope.namespace)


def place_of(row: Row) -> str:
    """``account 482913750164, eu-west-1, cluster shop, namespace cart``: in full, for plans and the journal."""
    scope = row.scope
    parts = [
        f"account {scope.account}" if scope.account else "",
        scope.region,
        f"cluster {cluster_name(row)}" if cluster_name(row) else "",
        f"namespace {namespace_of(row)}" if namespace_of(row) else "",
    ]
    return ", ".join(part for part in parts if part)
