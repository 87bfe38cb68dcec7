"""From an address to the collections of an account (RFC 6764, RFC 5397, RFC 4791, RFC 6352)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from connectors.base import ItemKind
from connectors.dav import hrefs, xml
from connectors.dav.hrefs import Hostile, path_of, same
from connectors.dav.http import Http
from connectors.dav.xml import APPLE, CAL, CARD, DAV, NEXTCLOUD, Response
from connectors.errors import ConnectorError, Denied, NotFound, ProtocolBroken, Unreachable

_TOKEN, _CTAG = DAV + "sync-token", APPLE + "getctag"
_COMPONENTS = CAL + "supported-calendar-component-set"
_REPORTS, _RIGHTS = DAV + "supported-report-set", DAV + "current-user-privilege-set"
_USED, _FREE = DAV + "quota-used-bytes", DAV + "quota-available-bytes"
_RETENTION = NEXTCLOUD + "trash-bin-retention-duration"
_ADDRESSES, _INBOX = CAL + "calendar-user-address-set", CAL + "schedule-inbox-URL"
_TYPE, _NAME, _OWNER, _ID = DAV + "resourcetype", DAV + "displayname", DAV + "owner", DAV + "resource-id"
_PROPS = (
    _TYPE, _NAME, _TOKEN, _CTAG, _COMPONENTS, _REPORTS, _RIGHTS, _OWNER, _ID, _USED, _FREE, _RETENTION,
)  # fmt: skip
_NOT_ALL = "the server does not show all of the account: nobody can tell what is there"
_NOT_YOURS = "the account may not look there: is the path in url right, and is it this account's?"
_NOTHING = "the account is not found there: is url right?"


@dataclass(frozen=True, slots=True)
class Flavour:
    """What tells calendars from address books."""

    well_known: str
    home: str  # the property of a principal that names where its collections are
    type: str  # the resource type of a collection
    data: str
    report: str
    media_type: str
    ending: str
    item: ItemKind
    one: str  # words for people
    many: str


CALENDARS = Flavour(
    "/.well-known/caldav", CAL + "calendar-home-set", CAL + "calendar", CAL + "calendar-data",
    CAL + "calendar-multiget", "text/calendar", ".ics", ItemKind.EVENT, "calendar", "calendars",
)  # fmt: skip
ADDRESS_BOOKS = Flavour(
    "/.well-known/carddav", CARD + "addressbook-home-set", CARD + "addressbook", CARD + "address-data",
    CARD + "addressbook-multiget", "text/vcard", ".vcf", ItemKind.CONTACT, "address book", "addressbooks",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Collection:
    """A calendar, an address book, an inbox of invitations or a trash bin, as the server last told of it."""

    path: str  # ends with a slash
    name: str
    types: frozenset[str] = frozenset()
    token: str = ""
    ctag: str = ""
    identity: str = ""
    components: tuple[str, ...] = ()
    rights: frozenset[str] | None = None  # None: not told
    reports: frozenset[str] = frozenset()
    owner: str = ""
    used: str = ""
    free: str = ""
    retention: str = ""

    @property
    def is_trash(self) -> bool:
        """Where Nextcloud lays what is deleted. It can be queried, not listed."""
        return NEXTCLOUD + "trash-bin" in self.types

    @property
    def is_inbox(self) -> bool:
        """Where invitations arrive (RFC 6638, 2.2)."""
        return CAL + "schedule-inbox" in self.types

    def may(self, *any_of: str) -> bool:
        """Whether the account has one of the rights, or nobody knows (RFC 3744, 3)."""
        wanted = {DAV + "all", DAV + "write", *(DAV + one for one in any_of)}
        return self.rights is None or bool(wanted & self.rights)


@dataclass(slots=True)
class Account:
    """What discovery found. With `fixed`, the address is that of one collection, and there is nothing else."""

    flavour: Flavour
    principal: str = ""
    homes: list[str] = field(default_factory=list)
    inbox: str = ""
    fixed: str = ""
    addresses: frozenset[str] = frozenset()
    unseen: int = 0  # of what the homes list, how much lies elsewhere
    refused: list[str] = field(default_factory=list)  # paths that the homes list and the account may not look at


def discover(http: Http, flavour: Flavour) -> Account:
    """The account at the address. Raises Denied, Unreachable."""
    try:
        return _found(http, flavour)
    except Denied as error:
        raise Denied(_NOT_YOURS) if error.args[0] == of_status(403).args[0] else error from None


def _found(http: Http, flavour: Flavour) -> Account:
    if http.path == "/":
        return _by_well_known(http, flavour) or _by_address(http, flavour, "/") or _nothing()
    return _by_address(http, flavour, http.path) or _by_well_known(http, flavour) or _nothing()


def collections(http: Http, account: Account) -> list[Collection]:
    """All collections of the account, of whatever type, once each. Raises where one home does not list them."""
    if account.fixed:
        return [look(http, account.fixed), *_trash_beside(http, account)]
    found: dict[tuple[bytes, ...], Collection] = {}
    account.unseen, account.refused = 0, []
    for home in account.homes:
        try:
            answers, _ = http.responses("PROPFIND", home, xml.propfind(*_PROPS), "1")
        except NotFound:
            raise Unreachable(_NOT_ALL) from None
        for answer in answers:
            at = _known(http, [answer.href])
            if answer.status != 200 and (answer.status >= 500 or (at and same(at, home))):
                raise Unreachable(_NOT_ALL)  # cut short (RFC 4918, 11.5), or one that fails for now: never gone
            if one := _collection(http, answer):
                found.setdefault(hrefs.key(one.path), one)
            elif answer.status in (401, 403) and at:
                account.refused.append(_slashed(at))
            elif answer.status != 200 or (_TYPE in answer.props and DAV + "collection" in answer.props[_TYPE].tags):
                account.unseen += 1
    if account.inbox and not any(one.is_inbox for one in found.values()):
        with suppress(NotFound):  # some servers name one that they make when the first invitation comes
            inbox = look(http, account.inbox)
            found.setdefault(hrefs.key(inbox.path), inbox)
    return list(found.values())


def _trash_beside(http: Http, account: Account) -> list[Collection]:
    """The trash bin of the home that a single calendar is in: what is erased may come to lie there."""
    try:
        found = look(http, hrefs.parent(account.fixed) + "trashbin/") if account.flavour is CALENDARS else None
    except (NotFound, Denied, ProtocolBroken):
        return []
    return [found] if found is not None and found.is_trash else []


def look(http: Http, path: str) -> Collection:
    """One collection as it is now. Raises NotFound."""
    one = _collection(http, props_of(http, path, *_PROPS))
    if one is None:
        raise NotFound("there is no collection")
    return one


def props_of(http: Http, path: str, *names: str) -> Response:
    """What the server says of one address. Raises NotFound, Denied, ProtocolBroken where it speaks of another."""
    answers, _ = http.responses("PROPFIND", path, xml.propfind(*names), "0")
    if len(answers) != 1:
        raise ProtocolBroken("the server answers for something else than it was asked for")
    if answers[0].status != 200:
        raise of_status(answers[0].status)
    return answers[0]


def of_status(status: int) -> ConnectorError:
    """What a status inside a multistatus means."""
    from connectors.dav.http import Reply, failure  # noqa: PLC0415

    return failure(Reply(status, {}))


def addresses_of(http: Http, principal: str) -> frozenset[str]:
    """The calendar addresses of a principal, in lower case; none where it cannot be seen."""
    try:
        return _addresses(props_of(http, path_of(principal, http.origin), _ADDRESSES))
    except (Hostile, NotFound, Denied, ProtocolBroken):
        return frozenset()


def _by_well_known(http: Http, flavour: Flavour) -> Account | None:
    try:
        return _by_address(http, flavour, http.led(flavour.well_known))
    except NotFound:
        return None


def _by_address(http: Http, flavour: Flavour, path: str) -> Account | None:
    """What the address is: a collection, a principal, a home, or something that names the principal."""
    wanted = (_TYPE, flavour.home, DAV + "current-user-principal", _ADDRESSES, _INBOX, *_PROPS)
    try:
        found = props_of(http, path, *dict.fromkeys(wanted))
    except (NotFound, ProtocolBroken):
        return None
    types = found.props.get(_TYPE)
    principal = _first(http, found, DAV + "current-user-principal")
    if types and flavour.type in types.tags:
        at = _known(http, [found.href]) or path
        return Account(flavour, principal, fixed=_slashed(at), addresses=_of(http, principal))
    if not _homes(found, flavour) and principal and not same(principal, path):
        principal = http.to(found.props[DAV + "current-user-principal"].hrefs[0])
        found = props_of(http, principal, flavour.home, _ADDRESSES, _INBOX)
    if not _homes(found, flavour):
        return None
    inbox = found.props.get(_INBOX) if flavour is CALENDARS else None
    homes = [_slashed(http.to(href)) for href in _homes(found, flavour)]
    at = _slashed(_known(http, inbox.hrefs)) if inbox and _known(http, inbox.hrefs) else ""
    return Account(flavour, principal or path, list(dict.fromkeys(homes)), at, addresses=_addresses(found))


def _nothing() -> Account:
    raise Unreachable(_NOTHING)


def _homes(found: Response, flavour: Flavour) -> tuple[str, ...]:
    prop = found.props.get(flavour.home)
    return tuple(href for href in prop.hrefs if href) if prop else ()


def _of(http: Http, principal: str) -> frozenset[str]:
    return addresses_of(http, principal) if principal else frozenset()


def _first(http: Http, found: Response, name: str) -> str:
    """The path that a property names; for another host's, only that there is one."""
    prop = found.props.get(name)
    if not prop or not prop.hrefs or not prop.hrefs[0]:
        return ""
    return _known(http, prop.hrefs) or prop.hrefs[0]


def _known(http: Http, given: Iterable[str]) -> str:
    for href in given:
        try:
            return path_of(href, http.origin)
        except Hostile:
            continue
    return ""


def _addresses(found: Response) -> frozenset[str]:
    prop = found.props.get(_ADDRESSES)
    return frozenset(href.lower() for href in prop.hrefs if ":" in href) if prop else frozenset()


def _collection(http: Http, found: Response) -> Collection | None:
    """The collection that the server tells of; None for what is none, or lies elsewhere."""
    types = found.props.get(_TYPE)
    if found.status != 200 or types is None or DAV + "collection" not in types.tags:
        return None
    try:
        path = _slashed(path_of(found.href, http.origin))
    except Hostile:
        return None
    rights, reports, owner = (found.props.get(one) for one in (_RIGHTS, _REPORTS, _OWNER))
    components = found.props.get(_COMPONENTS)
    identity = found.props.get(_ID)
    return Collection(
        path,
        found.text(_NAME) or hrefs.name_of(path),
        types.tags,
        found.text(_TOKEN),
        found.text(_CTAG),
        identity.hrefs[0] if identity and identity.hrefs else "",
        tuple(name.upper() for name in components.names) if components else (),
        rights.tags if rights else None,
        reports.tags if reports else frozenset(),
        owner.hrefs[0] if owner and owner.hrefs else "",
        found.text(_USED),
        found.text(_FREE),
        found.text(_RETENTION),
    )


def _slashed(path: str) -> str:
    return path if path.endswith("/") else path + "/"
