"""How a session comes to credentials without ever touching the terminal.

botocore's chain stays as it is but for two providers, made anew with arguments that they take: the one for assumed roles
gets a prompter that returns a code asked for beforehand (its own would stop the program and write over the screen), the
one for ``credential_process`` runs the program through ``programs.run_program``. Called by ``session.py`` only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from tui.model.errors import ApiError, Trouble
from tui.sources.programs import run_program

if TYPE_CHECKING:
    from tui.sources.aws.session import SessionPlan

Ask = Callable[[str], Awaitable[str | None]]


class MfaAnswers:
    """Codes that were asked for, by the device's serial number; each is used once."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}

    async def ask(self, serial: str, ask: Ask | None) -> None:
        """Have the code for ``serial`` ready. Raises ApiError when there is nobody to ask, or no code was given."""
        if serial in self._codes:
            return
        code = await ask(serial) if ask is not None else None
        if not code:
            why = f"the role wants an MFA code of {serial}"
            raise ApiError(Trouble.NO_CREDENTIALS, why, hint="ctrl-r asks for it")
        self._codes[serial] = code.strip()

    def prompter(self, prompt: str) -> str:
        """botocore's synchronous prompter: the code for the device that ``prompt`` names."""
        for serial in tuple(self._codes):
            if serial in prompt:
                return self._codes.pop(serial)
        raise ApiError(Trouble.EXPIRED, "a new MFA code is needed", hint="ctrl-r asks for it")


def mfa_serials(profiles: Mapping[str, Mapping[str, Any]], profile: str) -> list[str]:
    """The MFA devices on the way from ``profile`` to its source credentials."""
    found: list[str] = []
    seen: set[str] = set()
    while profile and profile not in seen:
        seen.add(profile)
        section = profiles.get(profile, {})
        if "role_arn" in section and section.get("mfa_serial"):
            found.append(str(section["mfa_serial"]))
        profile = str(section.get("source_profile", "")) if "role_arn" in section else ""
    return found


class Completed:
    """A program that has ended, in the form that aiobotocore's process provider reads."""

    def __init__(self, status: int, stdout: bytes, stderr: bytes) -> None:
        self.returncode = status
        self._output = (stdout, stderr)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Standard output and standard error."""
        return self._output


async def popen(*command: str, stdout: object = None, stderr: object = None) -> Completed:
    """``create_subprocess_exec`` for credential_process: no terminal, 30 s, ended as a group."""
    output = await run_program(command, what=f"credential_process {command[0]}")
    return Completed(output.status, output.stdout, output.stderr)


def wire(session: Any, plan: SessionPlan, answers: MfaAnswers) -> None:
    """Put our arguments into the session's chain of credential providers."""
    from aiobotocore.credentials import (
        AioAssumeRoleProvider,
        AioCanonicalNameCredentialSourcer,
        AioProcessProvider,
        AioProfileProviderBuilder,
    )

    class Builder(AioProfileProviderBuilder):  # type: ignore[misc]
        """Makes the providers of a source profile, ``credential_process`` among them."""

        def _create_process_provider(self, profile_name: str) -> Any:
            return AioProcessProvider(profile_name=profile_name, load_config=lambda: session.full_config, popen=popen)

    resolver = session.get_component("credential_provider")
    by_method = {provider.METHOD: provider for provider in resolver.providers}
    name = session.profile or "default"
    region = plan.region or session.get_config_variable("region") or "us-east-1"
    sources = [by_method[method] for method in ("env", "container-role", "iam-role") if method in by_method]
    cache: dict[str, Any] = {}
    replaced = {
        "custom-process": AioProcessProvider(profile_name=name, load_config=lambda: session.full_config, popen=popen),
        "assume-role": AioAssumeRoleProvider(
            load_config=lambda: session.full_config,
            client_creator=client_creator(session, region),
            cache=cache,
            profile_name=name,
            prompter=answers.prompter,
            credential_sourcer=AioCanonicalNameCredentialSourcer(sources),
            profile_provider_builder=Builder(session, cache=cache, region_name=region),
        ),
    }
    resolver.providers[:] = [replaced.get(provider.METHOD, provider) for provider in resolver.providers]
    if plan.role_arn:
        resolver.providers.insert(0, role_provider(session, plan, region, tuple(resolver.providers)))


def client_creator(session: Any, region: str) -> Callable[..., Any]:
    """What botocore's providers make their clients with."""

    def create(service: str, **arguments: Any) -> Any:
        return session.create_client(service, **{"region_name": region, **arguments})

    return create


def role_provider(session: Any, plan: SessionPlan, region: str, others: tuple[Any, ...]) -> Any:
    """A provider that assumes ``plan.role_arn`` with whatever the rest of the chain finds."""
    from aiobotocore.credentials import (
        AioAssumeRoleCredentialFetcher,
        AioCredentialResolver,
        AioDeferredRefreshableCredentials,
    )

    class Role:
        """botocore's interface of a provider."""

        METHOD = "settings-role"
        CANONICAL_NAME = None

        async def load(self) -> Any:
            source = await AioCredentialResolver(providers=list(others)).load_credentials()
            if source is None:
                return None
            extra = {"RoleSessionName": plan.role_session_name}
            if plan.external_id:
                extra["ExternalId"] = plan.external_id
            fetcher = AioAssumeRoleCredentialFetcher(
                client_creator=client_creator(session, region),
                source_credentials=source,
                role_arn=plan.role_arn,
                extra_args=extra,
                cache={},
            )
            return AioDeferredRefreshableCredentials(fetcher.fetch_credentials, self.METHOD)

    return Role()
