"""The sources of watched kinds: a class for each entry of ``KINDS``, found by the hub as any other source."""

from __future__ import annotations

from tui.sources.kubernetes.kinds import KINDS, Kind
from tui.sources.kubernetes.watching import Watched

#: what belongs to a kind beyond the objects themselves
MORE_READS = {"pods": ("k8s:get pods/log",)}


def _source(kind: Kind) -> type[Watched]:
    resource = f"{kind.group}/{kind.resource}" if kind.group else kind.resource
    members = {
        "__module__": __name__,
        "__doc__": f"{kind.resource} of one cluster.",
        "name": f"kubernetes.{kind.kind}",
        "kinds": (kind.kind,),
        # single objects are read for YAML and describe
        "reads": (*(f"k8s:{verb} {resource}" for verb in ("list", "watch", "get")), *MORE_READS.get(kind.kind, ())),
        "watches": property(lambda _: kind),
    }
    return type(f"{kind.resource.capitalize()}Source", (Watched,), members)


SOURCES = tuple(_source(kind) for kind in KINDS)
# the hub looks for classes in the module, one name each
globals().update({source.__name__: source for source in SOURCES})
