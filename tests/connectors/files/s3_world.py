"""Buckets for the suite. The witness looks into the server's own store; it shares no code with the connector."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from connectors.base import Connector
from connectors.conformance import World
from connectors.files.s3 import S3
from tests.servers.moto import Moto
from tests.servers.proxy import Proxy

T = TypeVar("T")

_NAMES = (
    "*", "[x]", "-rf", "100%_", "a\nb", "..", "a/../b", "/lead", "a//b", "it's \"x\"", "räksmörgås",
    "ra\u0308ksmo\u0308rga\u030as", "a;b!c", "%2e%2e", "a+b?c#d&e=f",
)  # fmt: skip


def settings(port: int, bucket: str, **more: Any) -> dict[str, Any]:
    """All options, as the configuration would give them."""
    filled = {option.name: None if option.required else option.default for option in S3.options}
    return filled | {
        "endpoint": f"http://127.0.0.1:{port}", "bucket": bucket, "access_key": "id", "secret_key": "secret",
        "path_style": True, "timeout": 10, "connections": 40, **more,
    }  # fmt: skip


class StoreWitness:
    def __init__(self, server: Moto, bucket: str, prefix: str, *, versioned: bool) -> None:
        self._server, self._bucket, self._prefix, self._versioned = server, bucket, prefix, versioned

    def items(self) -> dict[str, bytes]:
        return {path: content for path, _, content in self._all() if path.startswith(self._prefix)}

    def marks(self) -> dict[str, str]:
        return {}

    def attributes(self) -> dict[str, str]:
        shown = {}
        for key, versions in self._server.versions(self._bucket).items():
            if versions[0][1] is not None and key.startswith(self._prefix):
                one = self._server.object(self._bucket, key)
                shown[key] = f"{one.metadata.get('content-type')} {one.storage_class}"
        return shown

    def surroundings(self) -> dict[str, bytes]:
        near = {path: content for path, _, content in self._all() if not path.startswith(self._prefix)}
        return near | {f"upload {id_} of {key}": b"" for id_, key in self._server.uploads(self._bucket).items()}

    def _all(self) -> Iterator[tuple[str, str, bytes]]:
        for key, versions in self._server.versions(self._bucket).items():
            for number, (id_, content) in enumerate(versions):
                if content is not None:
                    yield key if number == 0 else f"{key};version={id_}", id_, content


class S3World(World):
    """A bucket that never kept versions."""

    status = ""
    subject = "källa/Maja Blomqvist/offert.txt"
    neighbours: tuple[str, ...] = (
        "källa/Maja Blomqvist/offert.txt2", "källa/Maja Blomqvist/Offert.txt", "källa/Maja Blomqvist",
        "källa/Maja Blomqvistsson/offert.txt", "källa/Maja Blomqvist/offert.txt/",
    )  # fmt: skip
    hostile: tuple[str, ...] = tuple(f"källa/{name}" for name in _NAMES)
    ways_to_vanish = ("cut off", "gone", "emptied")
    refuses_whole = True

    def __init__(self, server: Moto, proxy: Proxy) -> None:
        self._server, self._proxy = server, proxy
        self.bucket = server.bucket(self.status)
        for number, key in enumerate((self.subject, *self.neighbours, *self.hostile)):
            content = b"Maja Blomqvist in both\n" if number < 2 else f"content {number}\n".encode()
            self._lay(
                key, content, "text/plain" if number % 2 else "text/csv", "STANDARD_IA" if number % 3 else "STANDARD"
            )
        for outside in ("källa2/offert.txt", "offert.txt", "källa"):
            server.put(self.bucket, outside, b"another's\n")
        server.put(self.bucket, "källa/tom/", b"")

    def _lay(self, key: str, content: bytes, kind: str, storage: str) -> None:
        self._server.put(self.bucket, key, content, kind, storage)

    @property
    def witness(self) -> StoreWitness:
        return _WithoutFolders(self._server, self.bucket, "källa/", versioned=bool(self.status))

    def connect(self) -> Connector:
        return S3(self.source, settings(self._proxy.port, self.bucket, prefix="källa/"))

    def change(self, path: str) -> None:
        """New bytes under the same name, and the old ones purged: the suite knows one content an address."""
        id_, content = self._server.versions(self.bucket)[path][0]
        assert content is not None
        self._server.put(self.bucket, path, content + b"and more, by a colleague\n")
        if self.status:
            self._server.purge(self.bucket, path, id_)

    def delete(self, path: str) -> None:
        self._server.purge(self.bucket, path, self._server.versions(self.bucket)[path][0][0])

    @contextmanager
    def vanished(self, way: str) -> Iterator[None]:
        if way == "cut off":
            with self._proxy.cut():
                yield
            return
        buckets = self._server.store.buckets
        whole = buckets[self.bucket]
        keys = whole.keys
        if way == "gone":
            del buckets[self.bucket]
        else:
            whole.keys = type(keys)()
        try:
            yield
        finally:
            whole.keys = keys
            buckets[self.bucket] = whole

    def refused(self, path: str, ask: Callable[[Connector], T]) -> T:
        """A policy that denies all of the bucket: S3 lists a key whose object it does not give."""
        with self._server.gate.hook(lambda _: (403, "AccessDenied")), self.connect() as connector:
            return ask(connector)


class _WithoutFolders(StoreWitness):
    def items(self) -> dict[str, bytes]:
        return {path: content for path, content in super().items().items() if content or not path.endswith("/")}


class VersionedWorld(S3World):
    """A bucket that keeps versions: some keys have an older one, and one lies under a delete marker."""

    status = "Enabled"
    hostile = tuple(f"källa/{name}" for name in ("*", "a\nb", "..", "a//b", "a;b!c"))

    def __init__(self, server: Moto, proxy: Proxy) -> None:
        self._older: list[str] = []
        super().__init__(server, proxy)
        hidden = server.put(self.bucket, "källa/gömd.txt", b"deleted by a colleague\n")
        server.hide(self.bucket, "källa/gömd.txt")
        self.neighbours = (*self.neighbours, *self._older, f"källa/gömd.txt;version={hidden}")

    def _lay(self, key: str, content: bytes, kind: str, storage: str) -> None:
        if key != self.subject:
            older = self._server.put(self.bucket, key, b"older " + content)
            if key in self.neighbours:
                self._older.append(f"{key};version={older}")
        super()._lay(key, content, kind, storage)
