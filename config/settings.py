"""What a user may set: one Struct for each TOML table.

The Structs hold types and limits; the defaults, with a comment for each, stand in ``defaults.toml``, and a test holds the
two together. Nothing here knows what a setting does.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

ThemeName = Literal["dark", "light", "high-contrast", "colour-blind", "terminal"]
THEME_NAMES: tuple[str, ...] = get_args(ThemeName)
Seconds = Annotated[float, Meta(ge=0.2, le=86400)]
Factor = Annotated[float, Meta(ge=1, le=100)]


class Aws(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[aws]``: which account and region, as whom."""

    profile: str = ""
    region: str = ""
    role_arn: str = ""
    role_session_name: str = "pierhead"
    external_id: str = ""
    endpoint_url: str = ""
    cluster: str = ""
    connect_timeout_s: Seconds = 5.0
    read_timeout_s: Seconds = 30.0


class Kubernetes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[kubernetes]``: which cluster and namespace."""

    enabled: bool = True
    context: str = ""
    cluster: str = ""
    namespace: str = ""
    kubeconfig: str = ""
    connect_timeout_s: Seconds = 5.0
    read_timeout_s: Seconds = 60.0


class Ui(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[ui]``: how it looks."""

    theme: ThemeName = "dark"
    colour: Literal["auto", "never"] = "auto"
    symbols: Literal["auto", "unicode", "ascii"] = "auto"
    mouse: bool = False
    start_view: str = ""
    plain: bool = False
    wide: bool = False
    times: Literal["local", "utc"] = "local"
    pinned_clusters: tuple[str, ...] = ()
    pinned_namespaces: tuple[str, ...] = ()
    hold_order_s: Annotated[float, Meta(ge=0, le=60)] = 2.0


class Refresh(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[refresh]``: how often what is polled is read."""

    action_s: Seconds = 1.0
    visible_s: Seconds = 3.0
    background_s: Seconds = 30.0
    unfocused_factor: Factor = 4.0
    idle_after_s: Annotated[float, Meta(ge=10, le=86400)] = 600.0
    rate_share: Annotated[float, Meta(gt=0, le=1)] = 0.25
    census: bool = True


class Protected(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ``[[safety.protected]]``: shell patterns; all that are given must match. Never a profile's name."""

    account: str = ""
    cluster: str = ""
    namespace: str = ""

    def matches(self, account: str, cluster: str, namespace: str) -> bool:
        """Whether the place is meant; an empty pattern asks nothing, three empty ones mean no place."""
        asked = [(p, v) for p, v in ((self.account, account), (self.cluster, cluster), (self.namespace, namespace)) if p]
        return bool(asked) and all(fnmatchcase(value, pattern) for pattern, value in asked)


class Safety(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[safety]``: what is not written, and where a name must be typed first."""

    read_only: bool = False
    protected: tuple[Protected, ...] = ()


class Link(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[link]``: the line to the terminal. ``rate`` in bytes a second."""

    rate: Annotated[int, Meta(ge=300)] | Literal["unlimited"] = 65536
    measure: bool = True
    driver: Literal["auto", "thin", "plain"] = "auto"


class Cache(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[cache]``: the last session's rows, for the first frame."""

    warm_start: bool = True
    max_mib: Annotated[float, Meta(gt=0, le=5)] = 5.0


class Logs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[logs]``: the log view."""

    since_s: Annotated[float, Meta(ge=0, le=30 * 86400)] = 600.0
    tail: Annotated[int, Meta(ge=0, le=100_000)] = 200
    buffer_lines: Annotated[int, Meta(ge=1000, le=10_000_000)] = 100_000
    poll_s: Seconds = 2.0
    wrap: bool = False
    timestamps: bool = True


class Paths(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[paths]``: where the program's own files are; empty means the platform's place."""

    state_dir: str = ""
    cache_dir: str = ""


class Settings(Struct, frozen=True, kw_only=True, dict=True):
    """All settings. ``keys``: binding id to keys. ``origins``: ``table.name`` to where a value that is no default came from."""

    aws: Aws = Aws()
    kubernetes: Kubernetes = Kubernetes()
    ui: Ui = Ui()
    refresh: Refresh = Refresh()
    safety: Safety = Safety()
    link: Link = Link()
    cache: Cache = Cache()
    logs: Logs = Logs()
    paths: Paths = Paths()
    keys: Mapping[str, str] = {}
    origins: Mapping[str, str] = {}

    @property
    def state_dir(self) -> Path:
        """The journal, the log file, prompt history, crash reports."""
        from platformdirs import user_state_path

        return Path(self.paths.state_dir).expanduser() if self.paths.state_dir else user_state_path("pierhead")

    @property
    def cache_dir(self) -> Path:
        """The warm start."""
        from platformdirs import user_cache_path

        return Path(self.paths.cache_dir).expanduser() if self.paths.cache_dir else user_cache_path("pierhead")

    def protects(self, account: str = "", cluster: str = "", namespace: str = "") -> bool:
        """Whether a place is protected: account id, cluster ARN (or server URL#CA hash), namespace."""
        return any(p.matches(account, cluster, namespace) for p in self.safety.protected)


TABLES: tuple[tuple[str, type[Struct]], ...] = (
    ("aws", Aws),
    ("kubernetes", Kubernetes),
    ("ui", Ui),
    ("refresh", Refresh),
    ("safety", Safety),
    ("link", Link),
    ("cache", Cache),
    ("logs", Logs),
    ("paths", Paths),
)
