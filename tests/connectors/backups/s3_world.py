"""Buckets for the suite of backups. The witness looks into the server's own store; it shares no code with gallra."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connectors.backups.conformance import BackupWorld
from connectors.backups.s3 import S3Versions
from tests.servers.moto import Moto
from tests.servers.proxy import Proxy

FIRST = datetime(2020, 11, 20, 3, tzinfo=UTC)


def settings(port: int, bucket: str, **more: Any) -> dict[str, Any]:
    """All options, as the configuration would give them."""
    filled = {option.name: None if option.required else option.default for option in S3Versions.options}
    return filled | {
        "endpoint": f"http://127.0.0.1:{port}", "bucket": bucket, "access_key": "id", "secret_key": "secret",
        "path_style": True, "timeout": 10, "connections": 40, **more,
    }  # fmt: skip


def lay(server: Moto, bucket: str, key: str, content: bytes, at: datetime) -> str:
    """A version as if it had been written then; gives its id."""
    id_ = server.put(bucket, key, content)
    _newest(server, bucket, key).last_modified = at.replace(tzinfo=None)
    return id_


def hide(server: Moto, bucket: str, key: str, at: datetime) -> str:
    """A delete marker as if it had been laid then; gives its id."""
    id_ = server.hide(bucket, key)
    marker = _newest(server, bucket, key)
    marker.name  # noqa: B018 - a marker knows its key
    marker.last_modified = at.replace(tzinfo=None)
    return id_


def _newest(server: Moto, bucket: str, key: str) -> Any:
    return server.store.get_bucket(bucket).keys.getlist(key.replace("\n", "\u2424"))[-1]


class S3VersionsWorld(BackupWorld):
    """A bucket that keeps versions; each state was written whole on a day of its own."""

    ways_to_break = ("cut off", "gone", "refused")

    def __init__(self, server: Moto, proxy: Proxy) -> None:
        self._server, self._proxy = server, proxy
        self.bucket = server.bucket("Enabled", lock=True)
        before: set[str] = set()
        for number, state in enumerate(self.states()):
            at = FIRST + timedelta(days=number)
            for path, data in state.items():
                lay(server, self.bucket, self.inside(path), data, at)
            for path in before - set(state):
                hide(server, self.bucket, self.inside(path), at)
            before = set(state)
        lay(server, self.bucket, "källa2/ett.txt", b"outside the prefix\n", FIRST)

    def allows(self, path: str) -> bool:
        try:
            return bool(path.encode())
        except UnicodeEncodeError:
            return False

    def inside(self, path: str) -> str:
        return f"källa/{path}"

    def connect(self) -> S3Versions:
        return S3Versions(self.source, settings(self._proxy.port, self.bucket, prefix="källa/"))

    def restored(self) -> list[dict[str, bytes]]:
        days: dict[date, dict[str, bytes]] = {}
        for key, one in self._all():
            days.setdefault(one.last_modified.date(), {})[key.removeprefix("källa/")] = one.value
        return [days[day] for day in sorted(days)]

    def labels(self) -> list[str]:
        return [day.isoformat() for day in sorted({one.last_modified.date() for _, one in self._all()})]

    def attributes(self) -> list[dict[str, str]]:
        days: dict[date, dict[str, str]] = {}
        for key, one in self._all():
            told = f"{one.version_id} {one.last_modified} {one.metadata} {one.storage_class}"
            days.setdefault(one.last_modified.date(), {})[key.removeprefix("källa/")] = told
        return [days[day] for day in sorted(days)]

    def readable(self, needle: bytes) -> bool:
        held = self._server.versions(self.bucket)
        stored = [content for versions in held.values() for _, content in versions if content is not None]
        names = [name.encode() for name in (*held, *self._server.uploads(self.bucket).values())]
        return any(needle in one for one in (*stored, *names))

    @contextmanager
    def broken(self, way: str) -> Iterator[None]:
        if way == "cut off":
            with self._proxy.cut():
                yield
        elif way == "refused":
            with self._server.gate.hook(lambda _: (403, "AccessDenied")):
                yield
        else:
            buckets = self._server.store.buckets
            whole = buckets.pop(self.bucket)
            try:
                yield
            finally:
                buckets[self.bucket] = whole

    def lock(self, path: str) -> date:
        until = datetime(2099, 1, 31, 12, tzinfo=UTC)
        for key, one in self._all():
            if key == self.inside(path):
                one.lock_mode, one.lock_until = "COMPLIANCE", until.strftime("%Y-%m-%dT%H:%M:%SZ")
        return until.date()

    def _all(self) -> Iterator[tuple[str, Any]]:
        """Every version with content below the prefix, as the server has it."""
        from moto.s3.models import FakeDeleteMarker

        keys = self._server.store.get_bucket(self.bucket).keys
        for key in list(keys):
            for one in keys.getlist(key):
                if not isinstance(one, FakeDeleteMarker) and key.startswith("källa/"):
                    yield key.replace("\u2424", "\n"), one
