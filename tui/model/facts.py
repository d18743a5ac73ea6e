"""Where we are and as whom: what the header says."""

from __future__ import annotations

from msgspec import Struct


class Facts(Struct, frozen=True, kw_only=True):
    """Empty until it is known. ``trouble``: why there is no connection, in words."""

    profile: str = ""
    account: str = ""
    alias: str = ""
    region: str = ""
    role: str = ""
    caller: str = ""
    cluster: str = ""
    namespace: str = ""
    context: str = ""
    read_only: bool = False
    protected: bool = False
    trouble: str = ""
    hint: str = ""
    slowed: tuple[str, ...] = ()
