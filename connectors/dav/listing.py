"""What is in one collection: all of it, or what changed since a sync token (RFC 6578)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from connectors.base import GapReason, Strength, Version
from connectors.dav import xml
from connectors.dav.account import Collection, of_status
from connectors.dav.hrefs import Hostile, is_child, path_of, same
from connectors.dav.http import Http
from connectors.dav.xml import DAV, NEXTCLOUD, Response
from connectors.errors import Changed, ConnectorError, Denied, NotFound, ProtocolBroken, Unreachable, Unsupported

ETAG, _SIZE, _TYPE = DAV + "getetag", DAV + "getcontentlength", DAV + "resourcetype"
CALENDAR_OF_TRASH = NEXTCLOUD + "calendar-uri"
_PAGES = 100_000  # far more than any account has; ends a server that never does
_OUTSIDE = "the server names an address outside of the collection"
_FOLDER = "a folder inside the collection is not looked into"


@dataclass(frozen=True, slots=True)
class Met:
    """One thing of a collection: an item (with a version), one that is gone, or what may not be looked at."""

    path: str
    version: Version | None = None
    size: int | None = None
    gap: GapReason | None = None
    detail: str = ""


def version_of(etag: str) -> Version:
    """Strong, weak (`W/"..."`), or none where the server gives no ETag (RFC 9110, 8.8.3)."""
    if not etag:
        return Version("", Strength.NONE)
    return Version(etag, Strength.WEAK if etag[:2] in ("W/", "w/") else Strength.STRONG)


def everything(http: Http, collection: Collection) -> list[Met]:
    """Every item of the collection, by one PROPFIND; by a query where it is a trash bin. Raises NotFound, Denied."""
    names = (ETAG, _SIZE, _TYPE)
    if collection.is_trash:
        at = collection.path + "objects/"
        answers, _ = http.responses("REPORT", at, xml.all_of_calendar(*names, CALENDAR_OF_TRASH), "1")
        _refuse_short([answer for answer in answers if _is(http, answer, at)])
        return [met for answer in answers if (met := _met(http, at, answer))]
    answers, _ = http.responses("PROPFIND", collection.path, xml.propfind(*names), "1")
    own = [answer for answer in answers if _is(http, answer, collection.path)]
    if not own:
        raise Unreachable("the server does not list the collection as it should")
    _refuse_short(own)
    return [met for answer in answers if (met := _met(http, collection.path, answer))]


def _refuse_short(own: Sequence[Response]) -> None:
    """A status of the collection itself says that the list is not all of it (RFC 4918, 11.5; RFC 6578, 3.6)."""
    if any(answer.status != 200 for answer in own):
        raise Unreachable("the server does not list all of the collection")


def changes(http: Http, collection: Collection, token: str) -> tuple[list[Met], str] | None:
    """What changed since the token, and the new token; None where the server does not know the token any more.

    A truncated answer (507 on the collection itself; RFC 6578, 3.6) is asked on.
    """
    found: dict[str, Met] = {}
    for _ in range(_PAGES):
        try:
            body = xml.sync(token, ETAG, _SIZE, _TYPE)
            answers, after = http.responses("REPORT", collection.path, body, "0")
        except (Changed, Denied, NotFound, ProtocolBroken, Unsupported):
            return None  # 403 valid-sync-token, 412, 409, 410, or no such report: a full walk tells
        more = False
        for answer in answers:
            if _is(http, answer, collection.path):
                if answer.status not in (200, 507):
                    return None
                more = more or answer.status == 507
            elif met := _met(http, collection.path, answer):
                found.pop(met.path, None)
                found[met.path] = met
        if not after or (more and after == token):
            return None
        if not more:
            return list(found.values()), after
        token = after
    return None


def cursor_of(collection: Collection, token: str = "") -> str | None:
    """Where a later walk can go on: a sync token, else a ctag; with the collection's id, where it has one."""
    if token or collection.token:
        return json.dumps(["sync", token or collection.token, collection.identity])
    return json.dumps(["ctag", collection.ctag, collection.identity]) if collection.ctag else None


def read_cursor(cursor: str | None, collection: Collection) -> tuple[str, str]:
    """Its kind and value; two empty texts for what was not given out for this collection."""
    try:
        kind, value, identity = json.loads(cursor or "")
    except (ValueError, TypeError):
        return "", ""
    fine = kind in ("sync", "ctag") and isinstance(value, str) and value and identity == collection.identity
    return (kind, value) if fine else ("", "")


def one(http: Http, path: str) -> Met:
    """One item as the server tells of it now. Raises NotFound, Denied, ProtocolBroken, Unreachable."""
    answers, _ = http.responses("PROPFIND", path, xml.propfind(ETAG, _SIZE, _TYPE), "0")
    if len(answers) != 1:
        raise ProtocolBroken("the server answers for something else than it was asked for")
    answer = answers[0]
    if answer.status != 200:
        raise of_status(answer.status)
    if not _answers_for(answer.href, path) or _is_folder(answer):
        raise ProtocolBroken("the server answers for something else than it was asked for")
    return Met(path, version_of(answer.text(ETAG)), _size(answer))


def _answers_for(href: str, path: str) -> bool:
    """Whether an answer is for the path that was asked for; a proxy may have changed the host in it."""
    try:
        return same(urlsplit(href).path, path)
    except ValueError:
        return False


def _is(http: Http, answer: Response, path: str) -> bool:
    try:
        return same(path_of(answer.href, http.origin), path)
    except Hostile:
        return False


def _met(http: Http, at: str, answer: Response) -> Met | None:
    """One answer of a list; None for the collection itself."""
    try:
        path = path_of(answer.href, http.origin)
    except Hostile:
        return _outside(at, answer)
    if same(path, at):
        return None
    if not is_child(path, at) and not (_is_folder(answer) and is_child(path.rstrip("/"), at)):
        return _outside(at, answer)
    if _is_folder(answer):
        return Met(path, gap=GapReason.UNREADABLE, detail=_FOLDER)
    if answer.status in (404, 410):
        return Met(path)
    if answer.status != 200:
        return Met(path, gap=_reason(of_status(answer.status)), detail="")
    return Met(path, version_of(answer.text(ETAG)), _size(answer))


def _reason(error: ConnectorError) -> GapReason:
    return GapReason.DENIED if isinstance(error, Denied) else GapReason.UNREADABLE


def _outside(at: str, answer: Response) -> Met:
    """A hostile address, told as one part of a path that no request will ever hold."""
    return Met(f"{at}%2F{quote(answer.href, safe='')}", gap=GapReason.UNREADABLE, detail=_OUTSIDE)


def _is_folder(answer: Response) -> bool:
    types = answer.props.get(_TYPE)
    return types is not None and DAV + "collection" in types.tags


def _size(answer: Response) -> int | None:
    text = answer.text(_SIZE)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
