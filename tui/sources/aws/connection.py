"""One profile and region of AWS: every call of the sources, the actions and the logs goes through ``call``.

It spends the quota's tokens by priority, counts, reads the answer as wanted, turns errors into ours, and renews credentials
that have expired: once, by one caller, while the others wait. What stays broken is tried again by one call every few
seconds, so that an expired session costs nothing and everything goes on by itself when it works again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from logging import Logger, getLogger
from typing import TYPE_CHECKING, Any

from tui.model import Clock, Scope
from tui.model.errors import ApiError, Trouble
from tui.sources.aws import loading
from tui.sources.aws import session as sdk
from tui.sources.aws.decode import OURS, How, Reading, before_parse, reading
from tui.sources.aws.directory import ClusterDirectory
from tui.sources.aws.errors import Place, translate
from tui.sources.aws.gate import CredentialGate
from tui.sources.aws.guard import ReadGuard
from tui.sources.aws.limits import Limits, Priority, note_throttling
from tui.sources.backoff import CREDENTIALS

if TYPE_CHECKING:
    from tui.sources.aws.session import AwsSession, SessionPlan

IN_FLIGHT = 8
RENEW_PAUSE_S = 5.0

Hook = tuple[str, Callable[..., Any]]


class AwsConnection:
    """Made by the hub; ``open`` once before anything else. ``ask``: how to ask for an MFA code, None while nobody can.

    ``hooks``: further botocore events, for tests that answer calls themselves.
    """

    def __init__(
        self,
        plan: SessionPlan,
        *,
        clock: Clock,
        guard: ReadGuard,
        share: float = 0.25,
        ask: Callable[[str], Awaitable[str | None]] | None = None,
        hooks: tuple[Hook, ...] = (),
        log: Logger | None = None,
    ) -> None:
        self.plan = plan
        self.guard = guard
        self.ask = ask
        self.gate = CredentialGate(clock)
        self.region = plan.region
        self.partition = "aws"
        self.account = ""
        self.caller = ""
        self._clock = clock
        self._share = share
        self._hooks: tuple[Hook, ...] = (
            ("before-call", guard.before_call),
            ("before-parse", before_parse),
            ("response-received", note_throttling),
            *hooks,
        )
        self._log = log or getLogger("pierhead.sources.aws")
        self.limits = Limits(clock, plan.region, share=share)
        self.directory = ClusterDirectory()
        self._session: AwsSession | None = None
        self._retired: list[AwsSession] = []
        self._caught: tuple[type[Exception], ...] = ()
        self._place = Place(profile=plan.profile, region=plan.region)
        self._flight = asyncio.Semaphore(IN_FLIGHT)
        self._renewing = asyncio.Lock()
        self._generation = 0
        self._renewed = float("-inf")
        self._may_ask = True

    # -- where and who ------------------------------------------------------------------------------------------------

    @property
    def owner(self) -> str:
        """Who owns the rows: ``aws:prod@eu-west-1``."""
        return f"aws:{self.plan.profile or 'default'}@{self.region}"

    @property
    def scope(self) -> Scope:
        """The account and region."""
        return Scope(self.owner, self.partition, self.account, self.region)

    def cluster_scope(self, cluster_arn: str) -> Scope:
        """One ECS or EKS cluster."""
        return Scope(self.owner, self.partition, self.account, self.region, cluster_arn)

    # -- opening and closing ------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Sign in and find out who we are. Raises ApiError, and may be tried again."""
        await self.sign_in()
        await self.who()

    async def sign_in(self) -> None:
        """Import the SDK, get credentials, find the region. Raises ApiError, and may be tried again."""
        await asyncio.to_thread(loading.load_sdk)
        self._caught = sdk.caught()
        fresh = await self._signed_in()
        await self._replace(fresh)
        await self._locate(fresh)

    async def who(self) -> None:
        """Set ``account`` and ``caller`` (GetCallerIdentity). Raises ApiError."""
        who = await self.call("sts", "GetCallerIdentity", priority=Priority.ACTION)
        self.account = str(who.get("Account", ""))
        self.caller = str(who.get("Arn", ""))

    async def _signed_in(self) -> AwsSession:
        """A new session that has credentials."""
        try:
            session = sdk.AwsSession(self.plan, self._hooks)
            uses_sso = any(name.startswith("sso_") for name in session.scoped)
            self._place = Place(self.plan.profile or session.profile, self.region, True, uses_sso)
            await session.credentials(self._asking)
        except self._caught as error:
            raise translate(error, "", self._place) from error
        self._may_ask = True
        return session

    async def _asking(self, serial: str) -> str | None:
        """Ask for an MFA code, but not again and again by ourselves: a person who closed the dialog wants peace."""
        if self.ask is None or not self._may_ask:
            return None
        self._may_ask = False
        return await self.ask(serial)

    async def _locate(self, session: AwsSession) -> None:
        try:
            self.region = await session.region()
        except self._caught as error:
            raise translate(error, "", self._place) from error
        if not self.region:
            raise ApiError(Trouble.INVALID, "no region is set", hint="give --region, set AWS_REGION, or choose one with :region")
        self.partition = session.partition(self.region)
        known = self.plan.loopback_only or self.region in await session.regions()
        self._place = Place(self._place.profile, self.region, known, self._place.uses_sso)
        self.limits = Limits(self._clock, self.region, share=self._share)

    async def close(self) -> None:
        """Close connections; calls under way fail."""
        self.limits.close()
        for session in (*self._retired, self._session):
            if session is not None:
                await session.close()
        self._retired.clear()
        self._session = None

    async def regions(self) -> list[str]:
        """Regions to choose from, also where the profile is wrong."""
        await asyncio.to_thread(loading.load_sdk)
        session = self._session or sdk.AwsSession(sdk.SessionPlan(access=("", "")))
        return await session.regions()

    # -- calls --------------------------------------------------------------------------------------------------------

    async def call(
        self,
        service: str,
        operation: str,
        params: Mapping[str, Any] | None = None,
        *,
        priority: Priority = Priority.VISIBLE,
        how: How = Reading.FULL,
        attempts: int = 2,
        renew: bool = True,
        region: str = "",
    ) -> dict[str, Any]:
        """Call ``operation`` and give its answer. Raises ApiError.

        ``attempts`` 1 and ``renew`` False: what is sent is sent once, whatever comes back (writes). ``region``: another than
        the connection's (a log group may lie elsewhere).
        With a narrow Struct the answer is for ``decode.answer_of``; with RAW ``answer[decode.OURS]`` is the JSON body.
        """
        self.gate.enter()
        generation = self._generation
        try:
            answer = await self._once(service, operation, params or {}, priority, how, attempts, region)
        except ApiError as error:
            if error.trouble not in CREDENTIALS or not renew:
                raise
            answer = await self._again(error, generation, service, operation, params or {}, priority, how, attempts, region)
        self.gate.passed()
        return answer

    async def _again(self, error: ApiError, generation: int, *call: Any) -> dict[str, Any]:
        """Renew the credentials and call once more; what fails then is remembered for a while."""
        try:
            if not await self._renew(generation):
                raise error
            return await self._once(*call)
        except ApiError as still:
            if still.trouble in CREDENTIALS:
                self.gate.close(still)
            raise

    def retry_now(self) -> None:
        """The user asked for it: try broken credentials at once, and ask for MFA codes again."""
        self.gate.probe_now()
        self._renewed = float("-inf")
        self._may_ask = True

    async def _once(
        self,
        service: str,
        operation: str,
        params: Mapping[str, Any],
        priority: Priority,
        how: How,
        attempts: int,
        region: str,
    ) -> dict[str, Any]:
        name = f"{service}:{operation}"
        session = self._session
        if session is None:
            raise ApiError(Trouble.NO_CREDENTIALS, "not connected to AWS", operation=name)
        self.guard.check(name)
        bucket = self.limits.bucket(service, operation)
        before = self.gate.broken
        await bucket.acquire(priority)
        async with self._flight:
            self.gate.check(before)
            self.limits.count(service, operation)
            began = self._clock.monotonic()
            failed = True
            try:
                with bucket.blamed():
                    client = await session.client(service, region or self.region, attempts)
                    with reading(name, how):
                        answer: dict[str, Any] = await sdk.method_of(client, operation)(**params)
                failed = False
            except self._caught as error:
                raise translate(error, name, self._place) from error
            finally:
                bucket.done(self._clock.monotonic() - began, failed=failed)
        return answer

    async def _renew(self, generation: int) -> bool:
        """Sign in again unless somebody just did; False where that was tried a moment ago. Raises ApiError."""
        async with self._renewing:
            if self._generation != generation:
                return True
            now = self._clock.monotonic()
            if self._session is None or now - self._renewed < RENEW_PAUSE_S:
                return False
            self._renewed = now
            await self._replace(await self._signed_in())
            self._generation += 1
            return True

    async def _replace(self, fresh: AwsSession) -> None:
        """Use ``fresh`` from now on. Calls under way keep the session that they have until the next is replaced."""
        before, self._session = self._session, fresh
        retired, self._retired = self._retired, [before] if before is not None else []
        for session in retired:
            await session.close()

    async def pages(
        self, service: str, operation: str, params: Mapping[str, Any], items: str, **options: Any
    ) -> list[dict[str, Any]]:
        """All ``items`` of a listing in ``nextToken`` (or ``NextToken``, ``Marker``) style, by botocore's parser."""
        found: list[dict[str, Any]] = []
        more: dict[str, Any] = {}
        while True:
            answer = await self.call(service, operation, {**params, **more}, **options)
            found += answer.get(items) or ()
            more = _next_page(answer)
            if not more:
                return found

    async def raw(self, service: str, operation: str, params: Mapping[str, Any], **options: Any) -> bytes:
        """The body of the answer as it came (JSON protocols only)."""
        answer = await self.call(service, operation, params, how=Reading.RAW, **options)
        body: bytes = answer.get(OURS, b"{}")
        return body

    async def presign(self, cluster: str, region: str = "") -> str:
        """A presigned GetCallerIdentity URL that names an EKS cluster. Raises ApiError where credentials are broken."""
        if self._session is None:
            raise ApiError(Trouble.NO_CREDENTIALS, "not connected to AWS", operation="sts:GetCallerIdentity")
        try:
            return await self._session.presign_caller_identity(cluster, region or self.region)
        except self._caught as error:
            raise translate(error, "sts:GetCallerIdentity", self._place) from error

    def allow(self, reads: Iterable[str]) -> None:
        """Let more declared reads pass in read-only mode."""
        self.guard.allow(reads)


def _next_page(answer: Mapping[str, Any]) -> dict[str, Any]:
    names = (("nextToken", "nextToken"), ("NextToken", "NextToken"), ("NextMarker", "Marker"), ("Marker", "Marker"))
    return next(({wanted: answer[given]} for given, wanted in names if answer.get(given)), {})
