"""The last session's rows, shown grey in the first frame: which file is theirs, when it is read and when written.

What is kept and how is the store's matter (``tui.store.warm``); this module knows the settings. Reading happens before the
first frame, writing every few minutes and at the end, and only when something was live: a session that never connected
leaves the file as it was.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping

from config import Settings
from tui.store import Store
from tui.store.warm import WarmReport, WarmStart

LOG = logging.getLogger("pierhead.warm")

SAVE_SECONDS = 300.0
MIB = 1024 * 1024


def place_of(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """Profile, region and context as they are known before anything was asked, for the name of the file.

    What decides which account answers counts as profile: a role, an endpoint, and the access key of an environment without
    a profile (as a hash, since the file holds this text), so that rows of one account never greet another.
    """
    aws, kubernetes = settings.aws, settings.kubernetes
    profile = aws.profile or environment.get("AWS_PROFILE", "") or environment.get("AWS_DEFAULT_PROFILE", "")
    access_key = environment.get("AWS_ACCESS_KEY_ID", "")
    if not profile and access_key:
        profile = "key " + hashlib.sha256(access_key.encode()).hexdigest()[:16]
    endpoint = aws.endpoint_url or environment.get("AWS_ENDPOINT_URL", "")
    kubeconfig = kubernetes.kubeconfig or environment.get("KUBECONFIG", "")
    return {
        "profile": " ".join(part for part in (profile, aws.role_arn, endpoint) if part),
        "region": aws.region or environment.get("AWS_REGION", "") or environment.get("AWS_DEFAULT_REGION", ""),
        "context": " ".join(part for part in (kubernetes.context, kubernetes.cluster, kubeconfig) if part),
    }


class LastSession:
    """One session's dealings with the file; without ``cache.warm_start`` it does nothing."""

    def __init__(self, settings: Settings, store: Store, *, environment: Mapping[str, str] | None = None) -> None:
        self._environment = dict(os.environ if environment is None else environment)
        self._store = store
        self.file = self._file(settings) if settings.cache.warm_start else None

    def _file(self, settings: Settings) -> WarmStart:
        limit = int(settings.cache.max_mib * MIB)
        return WarmStart(settings.cache_dir, limit=limit, **place_of(settings, self._environment))

    def load(self) -> WarmReport:
        """Put the rows into the store, before the first frame. Never raises for what the file holds."""
        if self.file is None:
            return WarmReport(reason="off by cache.warm_start")
        report = self.file.load(self._store)
        if report.reason:
            LOG.info("no rows of an earlier session: %s", report.reason)
        return report

    def saved(self, kind: str) -> float | None:
        """When the rows of ``kind`` that are not live yet were live last, epoch seconds; None where all are live."""
        if self.file is None or not self._store.warm_count(kind):
            return None
        return self.file.saved(kind)

    def save(self, settings: Settings) -> int:
        """Write what is known now, under the place that ``settings`` names now (it may have been switched).

        Gives the bytes written: 0 where nothing was live or it cannot be written, which the log says and nobody waits for.
        """
        if self.file is None or not self._store.has_live():
            return 0
        target = self._file(settings)
        if target.path == self.file.path:
            target = self.file
        try:
            return target.save(self._store)
        except OSError as error:
            LOG.warning("the rows of this session were not kept: %s", error)
            return 0
