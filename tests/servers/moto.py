"""An S3 server in a thread of the test runner (moto), with a gate before it at which faults and meetings are made."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote
from wsgiref.types import StartResponse, WSGIEnvironment

from tests.servers.common import missing

Hook = Callable[["Request"], tuple[int, str] | None]  # what to answer instead, as status and S3's word; None: go on
_NUMBERS = itertools.count(1)
_NEWLINE = "\u2424"  # moto's routes know no newline in a key: this stands for it behind the gate
_RAW = _NEWLINE.encode()


class Request:
    """What a hook may look at."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.method = str(environ["REQUEST_METHOD"])
        path = str(environ["PATH_INFO"]).encode("latin-1").decode("utf-8", "replace")
        self.bucket, _, self.key = path.lstrip("/").partition("/")
        self.query = str(environ.get("QUERY_STRING") or "")
        self.headers = {
            name[5:].replace("_", "-").lower(): str(environ[name]) for name in environ if name[:5] == "HTTP_"
        }

    def asks(self, word: str) -> bool:
        """True where the query has that name."""
        return word in (part.partition("=")[0] for part in self.query.split("&"))


class Gate:
    """A WSGI application before another one."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.hooks: list[Hook] = []
        self.seen: list[Request] = []
        self.watching = False

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        if self.watching:
            self.seen.append(request)
        for hook in list(self.hooks):
            answer = hook(request)
            if answer is not None:
                return _refuse(request, *answer, start)
        environ["PATH_INFO"] = str(environ["PATH_INFO"]).replace("\n", _RAW.decode("latin-1"))
        environ["QUERY_STRING"] = str(environ["QUERY_STRING"]).replace("%0A", "%E2%90%A4")
        for name in ("RAW_URI", "REQUEST_URI"):
            environ[name] = str(environ.get(name) or "").replace("%0A", "%E2%90%A4")
        return _newlines_back(self._inner, environ, start)

    @contextmanager
    def hook(self, hook: Hook) -> Iterator[None]:
        """The hook is asked at every request in the block."""
        self.hooks.append(hook)
        try:
            yield
        finally:
            self.hooks.remove(hook)

    @contextmanager
    def watched(self) -> Iterator[list[Request]]:
        """The requests made in the block."""
        self.watching, self.seen = True, []
        try:
            yield self.seen
        finally:
            self.watching = False


def _refuse(request: Request, status: int, code: str, start: StartResponse) -> list[bytes]:
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>by the test</Message></Error>'.encode()
    if request.method == "HEAD":
        body = b""
    start(f"{status} Refused", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
    return [body]


def _newlines_back(inner: Any, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    told: list[Any] = []

    def keep(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        told[:] = [status, headers]

    body = b"".join(inner(environ, keep))
    status, headers = told
    if _RAW in body and any(name.lower() == "content-type" and "xml" in value for name, value in headers):
        body = body.replace(_RAW, b"&#10;")
        headers = [pair for pair in headers if pair[0].lower() != "content-length"]
        headers.append(("Content-Length", str(len(body))))
    start(status, headers)
    return [body]


class Moto:
    """The server. `port` is on loopback; `gate` is before it; the store is looked into by `versions`."""

    def __init__(self) -> None:
        try:
            from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
            from werkzeug.serving import WSGIRequestHandler, make_server
        except ImportError:
            missing("moto")

        class Quiet(WSGIRequestHandler):
            def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
                """Nothing on the runner's terminal."""

        self.gate = Gate(DomainDispatcherApplication(create_backend_app))
        self.gate.hooks.append(self._no_such_upload)
        self._server = make_server("127.0.0.1", 0, self.gate, threaded=True, request_handler=Quiet)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _no_such_upload(self, request: Request) -> tuple[int, str] | None:
        """What S3 says of an upload that is no more; moto breaks."""
        wanted = decoded(request.query, "uploadId")
        buckets = self.store.buckets
        if not wanted or request.bucket not in buckets or wanted in buckets[request.bucket].multiparts:
            return None
        return 404, "NoSuchUpload"

    @property
    def store(self) -> Any:
        """What the server holds, by its own objects."""
        from moto.backends import get_backend

        return get_backend("s3")["123456789012"]["aws"]

    def bucket(self, status: str = "", *, lock: bool = False) -> str:
        """A new bucket, with the word for its versioning."""
        name = f"bucket-{next(_NUMBERS)}"
        self.store.create_bucket(name, "us-east-1")
        if lock:
            self.store.get_bucket(name).object_lock_enabled = True
        if status or lock:
            self.store.put_bucket_versioning(name, status or "Enabled")
        return name

    def put(self, bucket: str, key: str, content: bytes, kind: str = "text/plain", storage: str = "STANDARD") -> str:
        """Lay an object, as a colleague would; gives its version id."""
        made = self.store.put_object(bucket, _inside(key), content, storage=storage)
        made.set_metadata({"content-type": kind}, replace=True)
        return str(made.version_id)

    def purge(self, bucket: str, key: str, version: str) -> None:
        """Take one version away for good."""
        self.store.delete_object(bucket, _inside(key), version_id=version)

    def hide(self, bucket: str, key: str) -> str:
        """Delete as most programs do: where versions are kept, that lays a marker; gives its id."""
        _, told = self.store.delete_object(bucket, _inside(key))
        return str(told.get("version-id", ""))

    def versions(self, bucket: str) -> dict[str, list[tuple[str, bytes | None]]]:
        """By key: ids and contents, the newest first; None is a delete marker's content."""
        from moto.s3.models import FakeDeleteMarker

        keys = self.store.get_bucket(bucket).keys
        return {
            key.replace(_NEWLINE, "\n"): [
                (str(one.version_id), None if isinstance(one, FakeDeleteMarker) else one.value)
                for one in reversed(keys.getlist(key))
            ]
            for key in list(keys)
        }

    def object(self, bucket: str, key: str) -> Any:
        """The current object, as the server has it."""
        return self.store.get_object(bucket, _inside(key))

    def uploads(self, bucket: str) -> dict[str, str]:
        """Uploads that were not finished: key by id."""
        return {
            id_: one.key_name.replace(_NEWLINE, "\n") for id_, one in self.store.get_bucket(bucket).multiparts.items()
        }


def _inside(key: str) -> str:
    return key.replace("\n", _NEWLINE)


def decoded(query: str, name: str) -> str:
    """A value of a query; empty where it has none of that name."""
    found = (part.partition("=")[2] for part in query.split("&") if part.partition("=")[0] == name)
    return unquote(next(found, ""))
