"""A request as the API reads it: which resource, which object, which part of it, with which options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tui.simulator.kubernetes import errors
from tui.simulator.kubernetes.resources import BY_PATH, Resource
from tui.simulator.kubernetes.selectors import FieldSelector, Match, label_match

_AS = re.compile(r";\s*as=(\w+)")


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names. ``namespace`` empty: the cluster, or every namespace; ``name`` empty: the collection."""

    resource: Resource
    namespace: str
    name: str
    part: str  # subresource

    @property
    def parts(self) -> str:
        """``pods`` or ``pods/log``, as access rules write it."""
        return f"{self.resource.plural}/{self.part}" if self.part else self.resource.plural


def parse_path(path: str) -> Target | None:
    """The target of a resource's path, ``None`` for every other path."""
    pieces = path.strip("/").split("/")
    if len(pieces) >= 3 and pieces[0] == "api":
        group, version, rest = "", pieces[1], pieces[2:]
    elif len(pieces) >= 4 and pieces[0] == "apis":
        group, version, rest = pieces[1], pieces[2], pieces[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    resource = BY_PATH.get((group, version, rest[0]))
    if resource is None or len(rest) > 3 or (namespace and not resource.namespaced):
        return None
    if len(rest) == 3 and rest[2] not in resource.subresources:
        return None
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = ""
    return Target(resource, namespace, rest[1] if len(rest) > 1 else "", rest[2] if len(rest) > 2 else "")


@dataclass(slots=True)
class Selection:
    """The selectors of a list, watch or deletecollection."""

    target: Target
    labels: Match | None
    fields: FieldSelector

    @classmethod
    def of(cls, target: Target, query: Mapping[str, str]) -> Selection:
        """Read ``labelSelector`` and ``fieldSelector``; 400 when they do not parse."""
        fields = FieldSelector(target.resource, query.get("fieldSelector", ""))
        return cls(target, label_match(query.get("labelSelector", "")), fields)

    @property
    def everything(self) -> bool:
        """Whether there is no selector."""
        return self.labels is None and not self.fields


def form(accept: str) -> str:
    """``Table``, ``PartialObjectMetadata``, ``PartialObjectMetadataList``, ``APIGroupDiscoveryList`` or ``""`` for plain JSON.

    406 when the client takes no JSON at all.
    """
    for part in accept.split(","):
        kind = part.strip()
        media = kind.partition(";")[0].strip()
        if media not in ("application/json", "*/*", "application/*", ""):
            continue
        found = _AS.search(kind)
        return found[1] if found else ""
    message = f"only the following media types are accepted: application/json; not {accept}"
    raise errors.StatusError(406, "NotAcceptable", message)


def flag(query: Mapping[str, str], name: str) -> bool:
    """A boolean parameter: ``true`` and ``1`` are true; so is one without a value."""
    return name in query and query[name].lower() in ("true", "1", "")


def number(query: Mapping[str, str], name: str) -> int | None:
    """A whole number parameter; 400 when it is none."""
    text = query.get(name, "")
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise errors.bad_request(
            f'invalid value for parameter {name}: strconv.ParseInt: parsing "{text}": invalid syntax'
        ) from None


def version(query: Mapping[str, str]) -> int | None:
    """``resourceVersion``, ``None`` when it is absent or empty."""
    text = query.get("resourceVersion", "")
    if not text:
        return None
    if not text.isdigit():
        raise errors.invalid_options(
            f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'
        )
    return int(text)
