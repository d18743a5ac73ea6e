"""Exec plugins of a kubeconfig (client.authentication.k8s.io), run without a terminal.

A plugin that prompts would fight the console for the keyboard, so it gets no standard input, no terminal and 30 seconds,
and its standard error is shown. What it answers is kept until shortly before its expirationTimestamp.
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from tui.model.clock import Clock
from tui.model.errors import ApiError, Trouble
from tui.model.secret import Secret
from tui.sources.kubernetes.auth import Auth, Credential
from tui.sources.kubernetes.quantity import timestamp
from tui.sources.programs import Output, failed, last_words, run_program

#: seconds before its end at which a plugin's token is renewed (at most a tenth of its life for short ones)
SKEW = 60.0
#: a token that has ended already (a wrong clock) is still used this long, so that no request starts a program of its own
LEAST = 5.0


class Exec(Struct, frozen=True, rename="camel", kw_only=True):
    """The ``exec`` block of a kubeconfig's user."""

    command: str
    api_version: str = "client.authentication.k8s.io/v1"
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = "IfAvailable"


class _Answer(Struct, rename="camel"):
    token: str | None = None
    expiration_timestamp: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None


class _Credential(Struct, rename="camel"):
    kind: str = ""
    api_version: str = ""
    status: _Answer | None = None


_decoder = msgspec.json.Decoder(_Credential)


class Plugin:
    """One plugin of one context. ``changed`` is awaited with the certificate (PEM) and key that it gave, if any."""

    def __init__(self, clock: Clock, exec: Exec, cluster: Mapping[str, Any], *, directory: str = "") -> None:
        self._clock = clock
        self._exec = exec
        self._cluster = cluster
        self._directory = directory
        self.changed: Callable[[str, Secret], Awaitable[None]] | None = None
        self._certificate = ""

    def auth(self) -> Auth:
        """The header that the plugin gives."""
        return Auth(self._clock, self.run)

    async def run(self) -> Credential:
        """Run the plugin once. Raises ApiError with its own last words."""
        title = f"the credential plugin {self._exec.command}"
        if self._exec.interactive_mode == "Always":
            raise ApiError(
                Trouble.NO_CREDENTIALS,
                f"{title} wants a terminal (interactiveMode: Always), which it does not get here",
                hint="run it once by hand, or use another way to log in",
            )
        try:
            output = await run_program([self._program(), *self._exec.args], environment=self._environment(), what=title)
        except ApiError as error:
            raise ApiError(error.trouble, str(error), hint=self._exec.install_hint.strip() or error.hint) from error
        if output.status != 0:
            refusal = failed(title, output)
            raise ApiError(refusal.trouble, str(refusal), hint=self._exec.install_hint.strip() or refusal.hint)
        return await self._read(output, title)

    def _program(self) -> str:
        """A relative path with a slash is relative to its kubeconfig (client-go); a bare name is looked up."""
        command = self._exec.command
        if "/" in command and not command.startswith("/") and self._directory:
            return f"{self._directory}/{command}"
        return command

    def _environment(self) -> dict[str, str]:
        spec: dict[str, Any] = {"interactive": False}
        if self._exec.provide_cluster_info:
            spec["cluster"] = dict(self._cluster)
        info = {"apiVersion": self._exec.api_version, "kind": "ExecCredential", "spec": spec}
        return {**os.environ, **dict(self._exec.env), "KUBERNETES_EXEC_INFO": json.dumps(info)}

    async def _read(self, output: Output, title: str) -> Credential:
        try:
            answer = _decoder.decode(output.stdout)
        except msgspec.MsgspecError as error:
            said = last_words(output.stderr) or (str(error) if output.stdout.strip() else "it wrote nothing")
            message = f"{title} did not answer with an ExecCredential: {said}"
            raise ApiError(Trouble.NO_CREDENTIALS, message, hint=self._exec.install_hint.strip()) from error
        status = answer.status
        if answer.kind != "ExecCredential" or status is None or not (status.token or status.client_certificate_data):
            raise ApiError(Trouble.NO_CREDENTIALS, f"{title} answered without a token or certificate")
        if status.client_certificate_data:
            if not status.client_key_data:
                raise ApiError(Trouble.NO_CREDENTIALS, f"{title} gave a certificate without its key")
            if self.changed is not None and status.client_certificate_data != self._certificate:
                self._certificate = status.client_certificate_data
                await self.changed(status.client_certificate_data, Secret(status.client_key_data))
        return Credential(Secret(f"Bearer {status.token}") if status.token else None, self._life(status))

    def _life(self, status: _Answer) -> float | None:
        end = timestamp(status.expiration_timestamp)
        if not end:
            return None
        left = end - self._clock.now()
        return max(left - min(SKEW, left / 10), LEAST)
