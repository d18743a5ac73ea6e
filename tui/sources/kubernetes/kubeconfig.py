"""Reading kubeconfig files: never written, every error with its file and line.

Merged as client-go merges (documentation "Organizing Cluster Access Using kubeconfig Files"): the first file that has an
entry or sets ``current-context`` wins; relative paths are relative to their own file.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from tui.model.errors import ApiError, Trouble
from tui.model.secret import Secret
from tui.sources.kubernetes.plugin import Exec

#: the code of the error that says that there is no file at all
MISSING = "NoKubeconfig"


class User(Struct, frozen=True, kw_only=True):
    """How a context logs in. Certificates as PEM."""

    name: str = ""
    token: Secret | None = None
    token_file: str = ""
    basic: Secret | None = None  # "user:password"
    certificate: str = ""
    key: Secret | None = None
    exec: Exec | None = None
    auth_provider: Mapping[str, Any] = field(default_factory=dict)


class Context(Struct, frozen=True, kw_only=True):
    """A context with its cluster and user. ``certificate_authority``: PEM text, empty: the system's CAs."""

    name: str
    server: str
    namespace: str = ""
    cluster: str = ""
    certificate_authority: str = ""
    insecure: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""
    user: User = User()
    directory: str = ""
    file: str = ""


class _File(Struct):
    """One parsed file: where it lies, its text (for line numbers), its YAML."""

    path: Path
    text: str
    document: Mapping[str, Any]

    def line(self, *words: str) -> str:
        """``file, line n`` of the first line with all ``words``, else ``file``."""
        for number, line in enumerate(self.text.splitlines(), 1):
            if all(word in line for word in words):
                return f"{self.path}, line {number}"
        return str(self.path)


class Kubeconfig:
    """The merged files. ``contexts()`` are names only; a context is put together when it is opened."""

    def __init__(self, files: Sequence[_File]) -> None:
        self._files = files

    @property
    def current(self) -> str:
        """``current-context``, empty where none is set."""
        return next((str(f.document["current-context"]) for f in self._files if f.document.get("current-context")), "")

    def contexts(self) -> tuple[str, ...]:
        """Names in the order of the files."""
        names: dict[str, None] = {}
        for file in self._files:
            names.update((str(entry.get("name")), None) for entry in _entries(file, "contexts"))
        return tuple(names)

    def server(self, context: str) -> str:
        """The server URL of a context without opening it, empty where it has none."""
        try:
            _, body = self._find("contexts", context, "context")
            _, cluster = self._find("clusters", str(body.get("cluster", "")), "cluster")
        except ApiError:
            return ""
        return str(cluster.get("server", ""))

    def context(self, name: str) -> Context:
        """The context ``name`` with what belongs to it. Raises ApiError with file and line."""
        file, body = self._find("contexts", name, "context")
        cluster_name, user_name = str(body.get("cluster") or ""), str(body.get("user") or "")
        if not cluster_name:
            raise _broken(f'context "{name}" names no cluster', file.line("name:", name))
        try:
            cluster_file, cluster = self._find("clusters", cluster_name, "cluster")
        except ApiError as error:
            raise _broken(
                f'context "{name}" names cluster "{cluster_name}", which is not there', file.line("cluster:", cluster_name)
            ) from error
        server = str(cluster.get("server") or "").rstrip("/")
        if not server.startswith(("https://", "http://")):
            raise _broken(f'cluster "{cluster_name}" has no server URL', cluster_file.line("name:", cluster_name))
        user = User()
        if user_name:
            try:
                user_file, credentials = self._find("users", user_name, "user")
            except ApiError as error:
                raise _broken(
                    f'context "{name}" names user "{user_name}", which is not there', file.line("user:", user_name)
                ) from error
            user = _user(user_name, credentials, user_file)
            file = user_file if user.exec is not None else file
        return Context(
            name=name,
            server=server,
            namespace=str(body.get("namespace") or ""),
            cluster=cluster_name,
            certificate_authority=_pem(cluster, "certificate-authority", cluster_file),
            insecure=bool(cluster.get("insecure-skip-tls-verify", False)),
            tls_server_name=str(cluster.get("tls-server-name") or ""),
            proxy_url=str(cluster.get("proxy-url") or ""),
            user=user,
            directory=str(file.path.parent),
            file=str(file.path),
        )

    def _find(self, section: str, name: str, key: str) -> tuple[_File, Mapping[str, Any]]:
        for file in self._files:
            for entry in _entries(file, section):
                if entry.get("name") == name:
                    body = entry.get(key) or {}
                    if not isinstance(body, Mapping):
                        raise _broken(f'{key} "{name}" is not a mapping', file.line("name:", name))
                    return file, body
        names = ", ".join(str(file.path) for file in self._files)
        known = ", ".join(self.contexts()[:8]) if section == "contexts" else ""
        hint = f"known contexts: {known}" if known else ""
        raise ApiError(Trouble.NO_CREDENTIALS, f'there is no {key} "{name}" in the kubeconfig ({names})', hint=hint)


def named(setting: str = "", environment: Mapping[str, str] | None = None) -> str:
    """Where the user says that it is: the setting, else KUBECONFIG; empty where nothing is said."""
    return setting or (os.environ if environment is None else environment).get("KUBECONFIG", "")


def paths(setting: str = "", environment: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """Where to look: the setting, else the list in KUBECONFIG, else ``~/.kube/config``."""
    if text := named(setting, environment):
        return tuple(Path(part).expanduser() for part in text.split(os.pathsep) if part)
    return (Path.home() / ".kube" / "config",)


def read(files: Sequence[Path]) -> Kubeconfig:
    """Read and merge. Files that do not exist are left out, as kubectl does; none at all is an error."""
    found = [_read(path) for path in files if path.exists()]
    if not found:
        places = ", ".join(str(path) for path in files)
        raise ApiError(
            Trouble.NO_CREDENTIALS,
            f"there is no kubeconfig ({places})",
            code=MISSING,
            hint="set KUBECONFIG or kubernetes.kubeconfig, or open an EKS cluster by its name",
        )
    return Kubeconfig(found)


def _read(path: Path) -> _File:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ApiError(Trouble.NO_CREDENTIALS, f"the kubeconfig {path} cannot be read: {reason}") from error
    try:
        document = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}, line {mark.line + 1}" if mark is not None else str(path)
        raise _broken(f"no YAML: {error.problem or error.context}", where) from error
    except YAMLError as error:
        raise _broken(f"no YAML: {error}", str(path)) from error
    if document is None:
        document = {}
    if not isinstance(document, Mapping):
        raise _broken("it is not a mapping", f"{path}, line 1")
    return _File(path, text, document)


def _entries(file: _File, section: str) -> Sequence[Mapping[str, Any]]:
    entries = file.document.get(section) or ()
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise _broken(f"{section} is not a list of named entries", file.line(f"{section}:"))
    return entries


def _user(name: str, body: Mapping[str, Any], file: _File) -> User:
    basic = None
    if body.get("username") and body.get("password"):
        basic = Secret(f"{body['username']}:{body['password']}")
    key = _pem(body, "client-key", file)
    provider = body.get("auth-provider") or {}
    return User(
        name=name,
        token=Secret(str(body["token"])) if body.get("token") else None,
        token_file=_path(str(body.get("tokenFile") or ""), file),
        basic=basic,
        certificate=_pem(body, "client-certificate", file),
        key=Secret(key) if key else None,
        exec=_exec(name, body["exec"], file) if body.get("exec") else None,
        auth_provider=provider if isinstance(provider, Mapping) else {},
    )


def _exec(user: str, body: Any, file: _File) -> Exec:
    if not isinstance(body, Mapping) or not body.get("command"):
        raise _broken(f'user "{user}" has an exec block without a command', file.line("exec:"))
    environment = body.get("env") or ()
    return Exec(
        command=str(body["command"]),
        api_version=str(body.get("apiVersion") or "client.authentication.k8s.io/v1"),
        args=tuple(str(argument) for argument in body.get("args") or ()),
        env=tuple((str(entry.get("name")), str(entry.get("value"))) for entry in environment if isinstance(entry, Mapping)),
        install_hint=str(body.get("installHint") or ""),
        provide_cluster_info=bool(body.get("provideClusterInfo", False)),
        interactive_mode=str(body.get("interactiveMode") or "IfAvailable"),
    )


def _pem(body: Mapping[str, Any], name: str, file: _File) -> str:
    """``name-data`` (base64) or else the file that ``name`` names."""
    data = body.get(f"{name}-data")
    if data:
        try:
            return base64.b64decode(str(data), validate=False).decode()
        except ValueError as error:
            raise _broken(f"{name}-data is not base64", file.line(f"{name}-data")) from error
    path = _path(str(body.get(name) or ""), file)
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(f"{name} cannot be read from {path}", file.line(f"{name}:")) from error


def _path(text: str, file: _File) -> str:
    return str(file.path.parent / Path(text).expanduser()) if text else ""


def _broken(what: str, where: str) -> ApiError:
    return ApiError(
        Trouble.NO_CREDENTIALS,
        f"the kubeconfig is broken: {what} ({where})",
        code="Kubeconfig",
        hint="mend the file, or name another with KUBECONFIG; it is read again by itself",
    )
