"""Every operation whose answers our own decoders read, found in the modules of narrow Structs by its name."""

from __future__ import annotations

from importlib import import_module

from tui.sources.aws.wire import Wire

SERVICES = {"services": "ecs", "tasks": "ecs", "definitions": "ecs", "images": "ecr", "logs": "logs"}
HOT: dict[str, type[Wire]] = {
    f"{service}:{name}": found
    for part, service in SERVICES.items()
    for name, found in vars(import_module(f"tui.sources.aws.wire_{part}")).items()
    if name.startswith(("Describe", "List", "Filter"))
}
