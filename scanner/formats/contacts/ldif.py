"""Address books and directories as LDIF (RFC 2849): each entry a card, with its person and those it refers to.

Folded lines are joined and base64 values decoded; what a URL value points at is not fetched. The attributes are those
of inetOrgPerson (RFC 2798), of Thunderbird's address book and of Active Directory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanner.blob import Blob
from scanner.formats import charset
from scanner.formats.base import Format, Found
from scanner.formats.inline import Inline, strings
from scanner.formats.mail import encoded
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role

_NAMES = frozenset({"cn", "commonname", "displayname", "name", "mozillafullname", "gecos", "fullname"})
_EMAILS = frozenset(
    {
        "mail", "email", "rfc822mailbox", "mozillasecondemail", "secondemail", "mailalternateaddress", "othermailbox",
        "emailaddress", "mailforwardingaddress", "userprincipalname", "proxyaddresses", "maillocaladdress",
        "mailroutingaddress", "evolutionemail", "calcaluri",
    }
)  # fmt: skip
_PHONES = frozenset(
    {
        "telephonenumber", "mobile", "mobiletelephonenumber", "homephone", "hometelephonenumber", "pager",
        "pagertelephonenumber", "cellphone", "othertelephone", "othermobile", "otherhomephone", "workphone", "carphone",
        "ipphone", "primaryphone", "businessphone", "mozillacellphone", "xmozillaphone",
    }
)  # fmt: skip
_OTHERS = frozenset(
    {"manager", "secretary", "assistantname", "seealso", "owner", "roleoccupant", "managername", "directreports"}
)
_MEMBERS = frozenset({"member", "uniquemember", "memberuid", "memberof", "mozillamember"})
_ADDRESSES = (
    (("street", "streetaddress", "mozillaworkstreet2"), ("postalcode", "zip"), ("l", "locality", "localityname")),
    (
        ("homestreet", "mozillahomestreet", "mozillahomestreet2"),
        ("mozillahomepostalcode",),
        ("mozillahomelocalityname",),
    ),
)
_FREE_ADDRESSES = frozenset({"postaladdress", "homepostaladdress", "registeredaddress"})
_BIRTHS = frozenset({"dateofbirth", "birthdate", "schacdateofbirth"})
_NUMBERS = frozenset({"norEduPersonNIN".lower(), "personnummer", "schacpersonaluniqueid", "personalidentitynumber"})
_DULL = frozenset({"objectclass", "changetype", "objectguid", "objectsid", "entryuuid", "modifytimestamp", "version"})
_GROUPS = frozenset({"groupofnames", "groupofuniquenames", "group", "organization", "organizationalunit", "domain"})
_LINE = re.compile(r"([A-Za-z0-9.-]+(?:;[^:<]*)?):(:|<)?[ \t]*(.*)\Z", re.DOTALL)


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    inline = Inline(blob.limit)
    loose: list[str] = []
    for number, entry in enumerate(_entries(charset.decode(blob.data()), loose), 1):
        yield _record(entry, (f"card {number}",), inline)
        yield from inline.drained()
    if loose:
        yield Record((), "file", [(Role.BODY, "\n".join(loose))])


FORMAT = Format(
    "ldif",
    1,
    "own reader",
    _extract,
    records="`card N`",
    entities="owner; related: managers, secretaries, members",
    limits="what a URL value points at",
)


@dataclass(slots=True)
class _Entry:
    """One entry: its attributes as (lower-case name, bytes or text), in order."""

    values: list[tuple[str, str | bytes]] = field(default_factory=list)

    def texts(self, *names: str) -> list[str]:
        """The text values of these attributes."""
        return [value for name, value in self.values if name in names and isinstance(value, str) and value.strip()]


def _entries(content: str, loose: list[str]) -> Iterator[_Entry]:
    """The entries; comments and lines that are no attribute go to `loose`, or to the entry that they stand in."""
    entry: _Entry | None = None
    for line in _unfolded(content):
        if not line.strip():
            if entry is not None:
                yield entry
            entry = None
            continue
        match = None if line.startswith("#") else _LINE.match(line)
        if match is None:
            if line != "-":
                _note(entry, line.lstrip("# "), loose)
            continue
        name = match[1].partition(";")[0].lower()
        if name == "version" and entry is None:
            continue
        if name == "dn" and entry is not None and entry.texts("dn"):  # the blank line between them is missing
            yield entry
            entry = None
        entry = entry or _Entry()
        entry.values.append((name, _value(match[2], match[3])))
    if entry is not None:
        yield entry


def _note(entry: _Entry | None, text: str, loose: list[str]) -> None:
    if not text:
        return
    if entry is None:
        loose.append(text)
    else:
        entry.values.append(("", text))


def _unfolded(content: str) -> Iterator[str]:
    """Lines with their folds (a line break and one space) joined; a comment folds too."""
    held: list[str] = []
    for line in content.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line[:1] == " " and held and held[0]:
            held.append(line[1:])
            continue
        if held:
            yield "".join(held)
        held = [line]
    yield "".join(held)


def _value(mark: str | None, value: str) -> str | bytes:
    """Base64 as text where it is text (UTF-8, or what old programs wrote), else as bytes."""
    if mark != ":":
        return value.rstrip()
    data = encoded.base64(value.encode("ascii", "ignore"))[0]
    return data if charset.is_binary(data) else charset.decode(data)


# One entry


def _record(entry: _Entry, steps: tuple[str, ...], inline: Inline) -> Record:
    record = Record(steps, "card")
    classes = {value.strip().lower() for value in entry.texts("objectclass")}
    group = bool(classes & _GROUPS) and "person" not in classes
    owner = Entity(Role.OWNER, [] if group else _names(entry))
    texts: list[str] = []
    for name, value in entry.values:
        if isinstance(value, bytes):
            if not inline.add(value, steps):
                texts.extend(strings(value))
            continue
        for fact in _facts(name, value.strip()):
            owner.facts.append(fact)
        if name in _OTHERS or name in _MEMBERS:
            record.entities.extend(_referred(value))
        if name not in _DULL and value.strip():
            texts.append(_plain(value) if name == "dn" or name in _OTHERS or name in _MEMBERS else value.strip())
    owner.facts.extend(_addresses(entry))
    owner.facts = list(dict.fromkeys(owner.facts))
    if owner.facts:
        record.entities.insert(0, owner)
    if texts:
        record.texts.append((Role.BODY, "\n".join(texts)))
    return record


def _names(entry: _Entry) -> list[Fact]:
    names = [" ".join(value.split()) for value in entry.texts(*_NAMES)]
    given, family = entry.texts("givenname", "gn"), entry.texts("sn", "surname")
    if given and family:
        names.append(f"{given[0].strip()} {family[0].strip()}")
    return [Fact(IdType.NAME, name) for name in dict.fromkeys(names) if "@" not in name]


def _facts(name: str, value: str) -> Iterator[Fact]:
    if not value:
        return
    if name in _EMAILS:
        scheme, colon, rest = value.partition(":")
        email = rest if colon and scheme.lower() in ("smtp", "mailto") else value  # Exchange: `SMTP:vera@...`
        if "@" in email:
            yield Fact(IdType.EMAIL, email)
    elif name in _PHONES:
        yield Fact(IdType.PHONE, value)
    elif name in _FREE_ADDRESSES:
        yield Fact(IdType.ADDRESS, " ".join(value.replace("$", " ").split()))  # RFC 4517, 3.3.28
    elif name in _BIRTHS:
        yield Fact(IdType.BIRTH_DATE, value)
    elif name in _NUMBERS:
        yield Fact(IdType.NATIONAL_ID, value.rpartition(":")[2])


def _addresses(entry: _Entry) -> Iterator[Fact]:
    for parts in _ADDRESSES:
        street, *rest = ([value.strip() for name in names for value in entry.texts(name)] for names in parts)
        if street:
            yield Fact(IdType.ADDRESS, " ".join([*street, *(value for values in rest for value in values)]))


_RDN = re.compile(r"(?:^|[,+;])\s*([A-Za-z][A-Za-z0-9.-]*)\s*=\s*((?:[^,+;\\\"]|\\.|\"[^\"]*\")*)")
_HEX = re.compile(r"((?:\\[0-9a-fA-F]{2})+)|\\(.)")


def _referred(value: str) -> Iterator[Entity]:
    """Whom a distinguished name (RFC 4514) is about: `cn=Vera Ek,mail=vera@...`; or a name that stands for itself."""
    parts = [(kind.lower(), _plain(one)) for kind, one in _RDN.findall(value)]
    if not parts and value.strip():
        kind = IdType.EMAIL if "@" in value else IdType.NAME
        yield Entity(Role.RELATED, [Fact(kind, value.strip())])
        return
    facts: list[Fact] = []
    for kind, one in parts:
        if kind == "cn" and one and not any(fact.type is IdType.NAME for fact in facts):
            facts.append(Fact(IdType.NAME, one))
        elif kind in ("mail", "email", "e", "emailaddress") and "@" in one:
            facts.append(Fact(IdType.EMAIL, one))
    if facts:
        yield Entity(Role.RELATED, facts)


def _plain(value: str) -> str:
    return _HEX.sub(_unescaped, value.strip().strip('"')).strip()


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return charset.decode(bytes.fromhex(match[1].replace("\\", "")))
    return match[2]
