"""A CalDAV and CardDAV server over real HTTP, with state, that behaves badly when it is told to."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from xml.etree import ElementTree as ET

from tests.standins.dav_answers import A, Answers, C, D, element, error, gone, multistatus
from tests.standins.dav_store import BOOK, CALENDAR, Store

PASSWORD = "not-a-real-secret"
CUT = -1  # in place of a status: the line is cut and nothing is answered
_ALLPROP = (D + "resourcetype", D + "getetag", D + "displayname", D + "getcontenttype", D + "getcontentlength")


@dataclass
class Asked:
    """One request. `body` and `headers` are as they came."""

    method: str
    path: str
    headers: Message
    body: bytes


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Mood:
    """For as many `times` as it says, requests that fit get its answer; `done`: after the request was carried out."""

    method: str
    answer: Answer
    path: str = ""
    times: int = 1
    done: bool = False

    def fits(self, asked: Asked) -> bool:
        return self.times > 0 and asked.method == self.method and self.path in asked.path


class DavServer:
    """Runs in a thread of this process. `requests` is all it was asked, `moods` what it will do of its own."""

    features = "1, 3, access-control, calendar-access, addressbook"
    schedules = False

    def __init__(self) -> None:
        self.store = Store()
        self.answers = Answers(self.store, schedules=self.schedules)
        self.requests: list[Asked] = []
        self.moods: list[Mood] = []
        self.keeps = False  # DELETE is answered with 204, and nothing is done
        self.page: int | None = None  # members in one answer to sync-collection
        dav = self

        class Handler(_Handler):
            server_side = dav

        self._http = _Http(("127.0.0.1", 0), Handler)
        self.port = int(self._http.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}/"
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def refuse(self, method: str, status: int, path: str = "", times: int = 1, **headers: str) -> None:
        """The next `times` such requests get this status; underscores in header names are hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.moods.append(Mood(method, Answer(status, headers=named), path, times))

    def lose_answer(self, method: str) -> None:
        """The next such request is carried out, and its answer never arrives."""
        self.moods.append(Mood(method, Answer(CUT), done=True))

    def asked(self, method: str) -> list[Asked]:
        return [one for one in self.requests if one.method == method]

    def answer(self, asked: Asked) -> Answer:
        """What is answered to a request, with its effect. Under the store's lock."""
        mood = next((one for one in self.moods if one.fits(asked)), None)
        if mood is not None:
            mood.times -= 1
            if not mood.done:
                return mood.answer
        user = self._user(asked)
        if user is None:
            return Answer(401, headers={"WWW-Authenticate": 'Basic realm="standin"'})
        answer = self._verbs().get(asked.method, _no)(asked, user)
        return mood.answer if mood is not None else answer

    def written(self, asked: Asked, owner: str, before: bytes | None, after: bytes | None) -> None:
        """Something in a collection of this user came, changed or went."""

    def _verbs(self) -> dict[str, Callable[[Asked, str], Answer]]:
        return {
            "OPTIONS": lambda *_: Answer(200, headers={"Allow": "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, REPORT"}),
            "GET": self._get,
            "HEAD": self._get,
            "PUT": self._put,
            "DELETE": self._delete,
            "PROPFIND": self._propfind,
            "REPORT": self._report,
        }

    def _user(self, asked: Asked) -> str | None:
        word, _, rest = asked.headers.get("Authorization", "").partition(" ")
        if word != "Basic":
            return None
        user, _, password = base64.b64decode(rest).decode().partition(":")
        return user if user in self.store.addresses and password == PASSWORD else None

    def _get(self, asked: Asked, _: str) -> Answer:
        if asked.path.startswith("/.well-known/"):
            return Answer(301, headers={"Location": "/"})
        data = self.store.resources.get(asked.path)
        if data is None:
            return Answer(404)
        kind = "text/calendar" if asked.path.startswith("/calendars/") else "text/vcard"
        return Answer(200, data, {"ETag": self.store.etag(asked.path), "Content-Type": f"{kind}; charset=utf-8"})

    def _fails(self, asked: Asked) -> bool:
        """Whether a condition of the request does not hold (RFC 9110, 13.1)."""
        there = asked.path in self.store.resources
        match = asked.headers.get("If-Match")
        if match is not None and not (there and match in ("*", self.store.etag(asked.path))):
            return True
        return asked.headers.get("If-None-Match") == "*" and there

    def _put(self, asked: Asked, _: str) -> Answer:
        around = self.store.around(asked.path)
        if around is None or around.kind not in (CALENDAR, BOOK):
            return Answer(409)
        if self._fails(asked):
            return Answer(412)
        if not asked.body.startswith(b"BEGIN:"):
            return Answer(403, error(C + "valid-calendar-data"), {"Content-Type": "application/xml"})
        before = self.store.resources.get(asked.path)
        self.store.put(asked.path, asked.body)
        if around.kind == CALENDAR:
            self.written(asked, around.owner, before, asked.body)
        return Answer(201 if before is None else 204, headers={"ETag": self.store.etag(asked.path)})

    def _delete(self, asked: Asked, _: str) -> Answer:
        around = self.store.around(asked.path)
        if asked.path in self.store.collections:
            return Answer(403)
        if around is None or asked.path not in self.store.resources:
            return Answer(404)
        if self._fails(asked):
            return Answer(412)
        if self.keeps:
            return Answer(204)
        before = self.store.resources[asked.path]
        self.store.drop(asked.path)
        if around.kind == CALENDAR:
            self.written(asked, around.owner, before, None)
        return Answer(204)

    def _propfind(self, asked: Asked, user: str) -> Answer:
        if asked.path.startswith("/.well-known/"):
            return Answer(301, headers={"Location": "/"})
        root = asked.path == "/" or asked.path.startswith("/principals/")
        if not root and asked.path not in self.store.collections and asked.path not in self.store.resources:
            return Answer(404)
        paths = [asked.path]
        if asked.headers.get("Depth") == "1":
            paths += [one.path for one in self.store.inner(asked.path)] + self.store.members(asked.path)
        wanted = _wanted(ET.fromstring(asked.body)) if asked.body else _ALLPROP
        return _multi(*(self.answers.response(path, wanted, user) for path in paths))

    def _report(self, asked: Asked, user: str) -> Answer:
        if asked.path not in self.store.collections:
            return Answer(404)
        root = ET.fromstring(asked.body)
        wanted = _wanted(root)
        if root.tag == D + "sync-collection":
            return self._sync(asked.path, root, wanted, user)
        if root.tag in (C + "calendar-multiget", A + "addressbook-multiget"):
            hrefs = [one.text or "" for one in root.findall(D + "href")]
        elif root.tag in (C + "calendar-query", A + "addressbook-query"):
            hrefs = self.store.members(asked.path)
        else:
            return Answer(403, error(D + "supported-report"), {"Content-Type": "application/xml"})
        known = self.store.resources
        return _multi(*(self.answers.response(one, wanted, user) if one in known else gone(one) for one in hrefs))

    def _sync(self, path: str, root: ET.Element, wanted: tuple[str, ...], user: str) -> Answer:
        token = (root.findtext(D + "sync-token") or "").strip()
        place = self.answers.place(token) if token else 0
        if place is None:
            return Answer(403, error(D + "valid-sync-token"), {"Content-Type": "application/xml"})
        changed = list(self.store.since(path, place).items())
        shown = changed if token else [(one, there) for one, there in changed if there]
        parts, end = shown[: self.page], self.answers.token()
        truncated = self.page is not None and len(shown) > self.page
        if truncated:
            end = self.answers.token().rpartition("/")[0] + f"/{self._last(parts[-1][0])}"
        made = [self.answers.response(one, wanted, user) if there else gone(one) for one, there in parts]
        made += [gone(path, "507 Insufficient Storage")] if truncated else []
        return _multi(*made, element(D + "sync-token", text=end))

    def _last(self, href: str) -> int:
        """The place right after the last change of a resource."""
        return max(place for place, (one, _) in enumerate(self.store.history, start=1) if one == href)


def _no(*_: object) -> Answer:
    return Answer(405)


def _wanted(root: ET.Element) -> tuple[str, ...]:
    prop = root.find(D + "prop")
    return tuple(one.tag for one in prop) if prop is not None else _ALLPROP


def _multi(*parts: ET.Element) -> Answer:
    return Answer(207, multistatus(*parts), {"Content-Type": "application/xml; charset=utf-8"})


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A line that was cut is nobody's fault here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_side: DavServer

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._do
        raise AttributeError(name)

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def _do(self) -> None:
        dav = self.server_side
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, self.path, self.headers, body)
        with dav.store.lock:
            dav.requests.append(asked)
            answer = dav.answer(asked)
        if answer.status == CUT:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer.status)
        self.send_header("DAV", dav.features)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
