"""Every AWS operation that the sources call: for the README's policies, ``doctor`` and the guard of read-only mode."""

from __future__ import annotations

from tui.sources.aws.logs import CloudWatchLogs
from tui.sources.aws_link import PACKAGE
from tui.sources.base import discover

#: What the hub itself calls.
READS = ("sts:GetCallerIdentity", "iam:ListAccountAliases", "iam:SimulatePrincipalPolicy")


def declared_reads() -> frozenset[str]:
    """``ecs:DescribeServices`` and so on."""
    reads = {read for source in discover(PACKAGE) for read in source.reads}
    return frozenset({*reads, *READS, *CloudWatchLogs.reads})
