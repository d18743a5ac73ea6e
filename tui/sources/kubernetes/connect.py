"""A cluster that we may talk to: from an EKS cluster's row or from a context of a kubeconfig.

Opening asks nothing of the cluster: the first request does, so that an unreachable cluster or an expired token shows as
the freshness of what was asked for, and mends itself. ``kubernetes.aio`` gives configuration, TLS and session; it is
imported here only, in a thread, since it takes a third of a second. Nothing here writes a kubeconfig.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from tui.actions.ports import Identity
from tui.model.clock import Clock, SystemClock
from tui.model.errors import ApiError, Trouble
from tui.model.kubernetes import EksClusterRow
from tui.model.scope import Scope
from tui.model.secret import Secret
from tui.sources.kubernetes.access import AccessReviews
from tui.sources.kubernetes.auth import Auth, Credential, fixed, from_file
from tui.sources.kubernetes.calls import Calls
from tui.sources.kubernetes.kubeconfig import Context, Kubeconfig, User
from tui.sources.kubernetes.plugin import Plugin
from tui.sources.kubernetes.proxies import checked_proxy, proxy_for
from tui.sources.kubernetes.request import Requests, Timeouts
from tui.sources.kubernetes.token import EksTokenRequest, Presign, eks_auth, recognise
from tui.sources.kubernetes.transport import Endpoint, build_client, only_loopback, own_connector


def load_library() -> tuple[type[Any], type[Any]]:
    """``Configuration`` and ``ApiClient`` of kubernetes.aio; the first call imports it (blocking)."""
    from kubernetes.aio.client import ApiClient, Configuration

    return Configuration, ApiClient


class Options(Struct, frozen=True, kw_only=True):
    """What holds for every cluster. ``quota_clock``: by which the budget of calls fills, where not by ``clock``;
    ``profile``: the AWS profile that ``presign`` signs with; ``environment``: for proxies, None means the process's own."""

    clock: Clock = SystemClock()
    quota_clock: Clock | None = None
    read_only: bool = False
    loopback_only: bool = False
    timeouts: Timeouts = Timeouts()
    profile: str = ""
    environment: Mapping[str, str] | None = None

    def owner(self, name: str) -> str:
        """Of the rows of a cluster or context: ``kube:shop-1@prod``. What two profiles see of one cluster stays apart."""
        return f"kube:{name}@{self.profile}" if self.profile else f"kube:{name}"


class KubernetesConnection:
    """One cluster. Implements ``tui.actions.ports.KubernetesPort``; sources use ``requests`` and ``scope``.

    ``name``: what the screen calls it (``shop-1``); ``namespace``: where the user's context starts, empty for all.
    """

    def __init__(self, endpoint: Endpoint, scope: Scope, auth: Auth, options: Options, *, name: str, user: str = "") -> None:
        self.name = name
        self.scope = scope
        self.endpoint = endpoint
        self.namespace = ""
        self.context = ""
        self.read_only = options.read_only
        self.clock = options.clock
        self.calls = Calls(options.quota_clock or options.clock, name)
        #: whether the server takes ``sendInitialEvents``; turned off for good by the first refusal
        self.watch_list = True
        self._auth = auth
        self._user = user
        self._options = options
        self._clients: list[Any] = []  # and their connectors, where those are ours to close
        self.requests: Requests
        #: a session of their own: 50 follows must not stand in the way of lists
        self.log_requests: Requests
        self.access: AccessReviews

    # -- opening ---------------------------------------------------------------------------------------------------

    @classmethod
    async def open_eks(cls, cluster: EksClusterRow, presign: Presign, options: Options | None = None) -> KubernetesConnection:
        """The cluster of DescribeCluster, with a token that ``presign`` makes. Raises ApiError for what it lacks."""
        options = options or Options()
        if not cluster.endpoint:
            words = f"eks {cluster.name} has no endpoint yet ({cluster.status or 'status unknown'})"
            raise ApiError(Trouble.UNREACHABLE, words, operation="connect")
        try:
            authority = base64.b64decode(cluster.certificate_authority).decode()
        except ValueError as error:
            raise ApiError(Trouble.NONSENSE, f"the CA of eks {cluster.name} is not base64", operation="connect") from error
        endpoint = Endpoint(
            server=cluster.endpoint.rstrip("/"),
            place=f"eks {cluster.name}",
            certificate_authority=authority,
            proxy=proxy_for(cluster.endpoint, options.environment),
        )
        region = cluster.scope.region or _arn(cluster.arn)[1]
        auth = eks_auth(options.clock, presign, EksTokenRequest(cluster=cluster.name, region=region))
        connection = cls(endpoint, eks_scope(cluster.arn, options.owner(cluster.name)), auth, options, name=cluster.name)
        await connection._start(None)
        return connection

    @classmethod
    async def open_context(
        cls,
        kubeconfig: Kubeconfig,
        name: str,
        options: Options | None = None,
        *,
        presign: Presign | None = None,
        known: Iterable[EksClusterRow] = (),
    ) -> KubernetesConnection:
        """A context of a kubeconfig. ``known``: EKS clusters; a context of one of their servers takes its ARN as identity.

        ``aws eks get-token`` and ``aws-iam-authenticator`` of our own profile are not run but signed by ``presign``.
        """
        options = options or Options()
        context = await asyncio.to_thread(kubeconfig.context, name)
        cluster = eks_of(context.server, known)
        endpoint = Endpoint(
            server=context.server,
            place=f"eks {cluster.name}" if cluster else f"cluster {_short(name)}",
            certificate_authority=context.certificate_authority,
            insecure=context.insecure,
            tls_server_name=context.tls_server_name,
            proxy=context.proxy_url or proxy_for(context.server, options.environment),
        )
        owner = options.owner(name)
        scope = eks_scope(cluster.arn, owner) if cluster else Scope(owner, cluster=endpoint.identity)
        auth, plugin = _auth_of(context, options, presign)
        user = context.user
        connection = cls(endpoint, scope, auth, options, name=cluster.name if cluster else _short(name), user=user.name)
        connection.namespace = context.namespace
        connection.context = name
        certificate = (user.certificate, user.key) if user.certificate and user.key is not None else None
        await connection._start(certificate)
        if plugin is not None:
            plugin.changed = connection._renew_certificate
        return connection

    async def _start(self, certificate: tuple[str, Secret] | None) -> None:
        checked_proxy(self.endpoint.proxy, self.endpoint.place)
        if self._options.loopback_only:
            only_loopback(self.endpoint)
        first, second = await self._build(certificate)
        self.requests = self._requests(first)
        self.log_requests = self._requests(second)
        self.access = AccessReviews(self.requests, self.clock)

    async def _build(self, certificate: tuple[str, Secret] | None) -> tuple[Any, Any]:
        first = await asyncio.to_thread(build_client, self.endpoint, certificate)
        second = await asyncio.to_thread(build_client, self.endpoint, certificate)
        self._clients += [first, second]
        connectors = (own_connector(one, self.endpoint, loopback_only=self._options.loopback_only) for one in (first, second))
        self._clients += [connector for connector in connectors if connector is not None]
        return first, second

    def _requests(self, client: Any) -> Requests:
        return Requests(
            client,
            self._auth,
            self.calls,
            place=self.endpoint.place,
            host=self.endpoint.host,
            read_only=self._options.read_only,
            timeouts=self._options.timeouts,
        )

    async def _renew_certificate(self, pem: str, key: Secret) -> None:
        """A plugin gave a (new) client certificate: later requests use it, open ones end with the old one."""
        self.requests.client, self.log_requests.client = await self._build((pem, key))

    async def close(self) -> None:
        """End every request and close the sessions."""
        self.calls.close()
        clients, self._clients = self._clients, []
        for client in clients:
            await client.close()

    # -- KubernetesPort --------------------------------------------------------------------------------------------

    async def identity(self) -> Identity:
        """Who the server takes us for (SelfSubjectReview, Kubernetes 1.28), else the user's name in the kubeconfig."""
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        try:
            answer = await self.requests.write("POST", path, body)
        except ApiError as error:
            if error.trouble not in (Trouble.NOT_FOUND, Trouble.DENIED, Trouble.INVALID):
                raise
            return Identity(self._user, self.scope.cluster)
        user = answer.get("status", {}).get("userInfo", {})
        return Identity(str(user.get("username") or self._user), self.scope.cluster)

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """GET, the JSON as it came."""
        return await self.requests.get(path, query)

    async def write(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """One attempt; refused in read-only mode."""
        return await self.requests.write(method, path, body, content_type=content_type, query=query)

    async def may(self, verb: str, group: str, resource: str, namespace: str = "", name: str = "") -> tuple[bool, str]:
        """SelfSubjectAccessReview, kept a minute: allowed, and the reason. ``resource`` may be ``pods/log``."""
        return await self.access.may(verb, group, resource, namespace, name)


def eks_scope(arn: str, owner: str) -> Scope:
    """The scope of an EKS cluster by its ARN."""
    partition, region, account = _arn(arn)
    return Scope(owner, partition, account, region, arn)


def eks_of(server: str, known: Iterable[EksClusterRow]) -> EksClusterRow | None:
    """The EKS cluster whose endpoint ``server`` is."""
    wanted = server.rstrip("/").lower()
    return next((row for row in known if row.endpoint and row.endpoint.rstrip("/").lower() == wanted), None)


def _short(context: str) -> str:
    """``aws eks update-kubeconfig`` names contexts by ARN; on screen the cluster's name is enough."""
    return context.rsplit("/", 1)[-1] if context.startswith("arn:") else context


def _arn(arn: str) -> tuple[str, str, str]:
    """Partition, region, account of ``arn:aws:eks:eu-west-1:123456789012:cluster/name``."""
    parts = [*arn.split(":", 5), "", "", "", "", "", ""]
    return parts[1] or "aws", parts[3], parts[4]


def _auth_of(context: Context, options: Options, presign: Presign | None) -> tuple[Auth, Plugin | None]:
    """How the context's user logs in, in client-go's order: exec, token file, token, password, certificate alone."""
    clock, user = options.clock, context.user
    if user.exec is not None:
        request = recognise(user.exec.command, user.exec.args, dict(user.exec.env))
        ours = request is not None and request.profile in ("", options.profile) and not request.role_arn
        if presign is not None and request is not None and ours:
            return eks_auth(clock, presign, request), None
        plugin = Plugin(clock, user.exec, _cluster_info(context), directory=context.directory)
        return plugin.auth(), plugin
    if user.auth_provider:
        return Auth(clock, lambda: _provider_token(context)), None
    if user.token_file:
        return from_file(clock, user.token_file), None
    return fixed(clock, _static_header(user)), None


def _static_header(user: User) -> Secret | None:
    if user.token is not None:
        return Secret(f"Bearer {user.token.reveal()}")
    if user.basic is not None:
        return Secret("Basic " + base64.b64encode(user.basic.reveal().encode()).decode())
    return None


def _cluster_info(context: Context) -> dict[str, Any]:
    """``spec.cluster`` of an ExecCredential, for plugins that ask for it."""
    info: dict[str, Any] = {"server": context.server, "insecure-skip-tls-verify": context.insecure}
    if context.certificate_authority:
        info["certificate-authority-data"] = base64.b64encode(context.certificate_authority.encode()).decode()
    if context.tls_server_name:
        info["tls-server-name"] = context.tls_server_name
    return info


async def _provider_token(context: Context) -> Credential:
    """The token of an ``auth-provider`` (OIDC), by the library's own loader; a refreshed token is kept in memory only."""
    from kubernetes.aio.config.config_exception import ConfigException
    from kubernetes.aio.config.kube_config import load_kube_config_from_dict

    configuration = load_library()[0]()
    document = {
        "current-context": "one",
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
        # without its server, so that the loader writes no certificate to disk
        "clusters": [{"name": "one", "cluster": {"namespace": context.namespace}}],
        "users": [{"name": "one", "user": {"auth-provider": dict(context.user.auth_provider)}}],
    }
    try:
        await load_kube_config_from_dict(document, client_configuration=configuration)
    except (ConfigException, ValueError, KeyError, OSError) as error:
        words = f"no token from the auth-provider of user {context.user.name}: {error}"
        raise ApiError(Trouble.NO_CREDENTIALS, words, operation="connect") from error
    header = configuration.api_key.get("BearerToken")
    if not header:
        words = f"the auth-provider of user {context.user.name} is not supported; use an exec plugin"
        raise ApiError(Trouble.NO_CREDENTIALS, words, operation="connect")
    return Credential(Secret(header), 300.0)
