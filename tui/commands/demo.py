"""``pierhead demo``: the console on the embedded world, with nothing of the user's in reach."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from config import Settings

SHED = ("AWS_", "KUBECONFIG", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "BOTO_", "KUBERNETES_SERVICE_")


class World:
    """A child process with the embedded world. ``start`` returns once it answers; ``stop`` ends it."""

    loopback_only = True

    def __init__(self, size: str, seed: int, chaos: bool) -> None:
        self.size, self.seed, self.chaos = size, seed, chaos
        self.running: Any = None
        self.folder = ""

    async def start(self, settings: Settings) -> Settings:
        """Start the child and make this process forget every credential and address of the user's."""
        from tui.simulator.launch import start

        shed_environment()
        self.running = await asyncio.to_thread(start, size=self.size, seed=self.seed, chaos=self.chaos)
        return self.own_journal(enter_world(self.running.env, settings))

    def own_journal(self, settings: Settings) -> Settings:
        """A state directory that goes with the world: what is done to it belongs in no real journal, and what was done to
        an earlier world can be neither taken back nor settled. One that somebody chose is kept."""
        import tempfile

        import msgspec

        if settings.paths.state_dir:
            return settings
        self.folder = tempfile.mkdtemp(prefix="pierhead-demo-")
        paths = msgspec.structs.replace(settings.paths, state_dir=self.folder)
        return msgspec.structs.replace(settings, paths=paths)

    def stop(self) -> None:
        """Remove its folder and end the child; closing our end of its pipe ends it however we end."""
        import shutil

        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self.running is not None:
            self.running.stop()


def shed_environment() -> None:
    """Remove what names a real account, cluster or proxy from this process's environment."""
    for name in list(os.environ):
        if name.upper().startswith(SHED):
            del os.environ[name]
    os.environ.update(
        AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true", NO_PROXY="*"
    )


def enter_world(env: dict[str, str], settings: Settings) -> Settings:
    """Use the world's own credentials, endpoint and kubeconfig."""
    import msgspec

    os.environ.update(env)
    return msgspec.structs.replace(
        settings,
        aws=msgspec.structs.replace(settings.aws, profile="", region=env["AWS_REGION"], role_arn="", endpoint_url="", cluster=""),
        kubernetes=msgspec.structs.replace(settings.kubernetes, enabled=True, context="", cluster="", kubeconfig=""),
    )


def demo_world(size: str, seed: int, chaos: bool) -> World:
    """The world that ``pierhead demo`` opens."""
    return World(size, seed, chaos)
