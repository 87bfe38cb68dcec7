"""Contacts as phones and address books write them: vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350), each card a record.

Notes (VNOTE) and saved text messages (VMSG) of phones are written alike, and read here too.

A card is one person, its owner, unless it names two: then none of it is tied to the rest. Whom it only names (a
spouse, an assistant, an agent's own card, a group's members) is somebody else. Read with `content_lines`, since
stricter libraries refuse whole files for one bad line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from scanner.blob import Blob
from scanner.formats.base import Format, Found
from scanner.formats.contacts.content_lines import Line, components, lines, unescape
from scanner.formats.contacts.vcard_messages import Message, messages
from scanner.formats.inline import Inline, strings
from scanner.formats.mail import encoded
from scanner.formats.several import apart, same
from scanner.formats.streams import Names
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role

_SKIPPED = frozenset(
    {
        "BEGIN", "END", "VERSION", "PRODID", "REV", "UID", "PHOTO", "LOGO", "SOUND", "KEY", "TZ", "GEO", "CLASS",
        "MAILER", "SOURCE", "X-ABUID", "LANG", "CLIENTPIDMAP", "X-ABADR", "X-IMAGETYPE", "X-IMAGEHASH",
        "X-SHARED-PHOTO-DISPLAY-PREF", "KIND", "X-ADDRESSBOOKSERVER-KIND", "X-ABSHOWAS", "CREATED", "X-RADICALE-NAME",
        "X-ABCROP-RECTANGLE",
    }
)  # fmt: skip
_GROUPS = frozenset({"group", "org", "organization", "location", "company", "application", "thing"})
_RELATED = re.compile(
    r"RELATED|SPOUSE|ASSISTANT|MANAGER|PARTNER|CHILD|PARENT|MOTHER|FATHER|SIBLING|BROTHER|SISTER|FRIEND|REFERRED|AGENT"
    r"|X-(?:EVOLUTION|KADDRESSBOOK|MS|ANDROID)-[A-Z-]*(?:SPOUSE|ASSISTANT|MANAGER)|EMERGENCY|X-RELATION"
)
_MEMBERS = frozenset({"MEMBER", "X-ADDRESSBOOKSERVER-MEMBER"})


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    data = blob.data()
    every = list(lines(data, keep_folds=b"VERSION:2.1" in data[:2048].upper()))
    inline = Inline(blob.limit)
    found = []
    for one in messages(every):
        if isinstance(one, Line):
            found.append(one)
        else:
            yield _message(one)
    spans = cards(found)
    loose = _outside(found, spans)
    if loose:
        yield Record((), "file", [(Role.BODY, loose)])
    for number, (start, end) in enumerate(spans, 1):
        yield record_of(found[start:end], number, inline)
        yield from inline.drained()


FORMAT = Format(
    "vcard",
    4,
    "own reader",
    _extract,
    records="`card N`, `message N` of saved text messages, `part photo.jpg`",
    entities="owner; related: spouses, assistants, agents, members; from and to of messages",
    editable="cards, saved messages; the person out of others' cards",
)


def record_of(card: list[Line], number: int, inline: Inline) -> Record:
    """The record of the Nth card; its first line is BEGIN. Its pictures are left in `inline`."""
    record = Record((f"card {number}",), "card")
    _read(card, record, Role.OWNER)
    names = Names()
    for line in card:
        if line.binary or line.value[:5].lower() == "data:":
            _file(line, record, inline, names)
    return record


_DATA = re.compile(r"data:([^;,]*)[^,]*,", re.IGNORECASE)
_MEDIA = {"PHOTO": "image/jpeg", "LOGO": "image/jpeg", "SOUND": "audio/sound"}


def _file(line: Line, record: Record, inline: Inline, names: Names) -> None:
    """A photo, logo, sound: a file of its own. A key or another value: so too if it begins as one, else its text."""
    link = _DATA.match(line.value)
    data, _ = encoded.base64(line.value[link.end() :].encode() if link else line.binary)
    if not data or inline.add(data, record.steps, _MEDIA.get(line.name), names.unique(line.name.lower())):
        return
    said = "\n".join(strings(data))
    if said:
        record.texts.append((Role.BODY, said))


def _message(message: Message) -> Record:
    record = Record(message.steps, message.kind)
    for role, one in message.cards:
        _read(one, record, role)
    if message.text:
        record.texts.append((Role.BODY, message.text))
    return record


# Which lines are whose


def cards(found: list[Line]) -> list[tuple[int, int]]:
    """The line ranges of the cards at top level, in order of BEGIN.

    A BEGIN inside a card opens a nested card only if it is an AGENT's, or if an END is there for both; otherwise the
    outer card lacks its END, and ends where the next begins: two persons are never made one.
    """
    closes = _closes(found)
    spans: list[tuple[int, int]] = []
    index = 0
    begins = [place for place, line in enumerate(found) if _is_begin(line)]
    for order, place in enumerate(begins):
        if place < index:
            continue
        following = begins[order + 1] if order + 1 < len(begins) else len(found)
        end = closes.get(place)
        stop = following if end is None or not _may_hold(found, begins, order, end) else end + 1
        spans.append((place, stop))
        index = stop
    return spans


def _closes(found: list[Line]) -> dict[int, int]:
    """Each BEGIN with its END; the innermost open BEGIN takes an END."""
    closes: dict[int, int] = {}
    still_open: list[int] = []
    for place, line in enumerate(found):
        if _is_begin(line):
            still_open.append(place)
        elif line.name == "END" and line.value.strip().upper() == "VCARD" and still_open:
            closes[still_open.pop()] = place
    return closes


def _may_hold(found: list[Line], begins: list[int], order: int, end: int) -> bool:
    """At most one card inside without the word AGENT: more look like a list with an END missing."""
    plain = 0
    for place in begins[order + 1 :]:
        if place > end:
            break
        plain += found[place - 1].name != "AGENT"
        if plain > 1:
            return False
    return True


def _is_begin(line: Line) -> bool:
    return line.name == "BEGIN" and line.value.strip().upper() == "VCARD"


def _outside(found: list[Line], spans: list[tuple[int, int]]) -> str:
    texts: list[str] = []
    place = 0
    for start, end in [*spans, (len(found), len(found))]:
        texts.extend(line.raw or line.value for line in found[place:start] if line.name not in ("BEGIN", "END"))
        place = end
    return "\n".join(text for text in texts if text.strip())


# One card


def _read(card: list[Line], record: Record, role: Role) -> None:
    """Add a card's persons and texts to `record`; cards inside it are persons of their own."""
    place = 1
    mine: list[Line] = []
    while place < len(card):
        if _is_begin(card[place]):
            end = _inner_end(card, place)
            _read(card[place:end], record, Role.RELATED)
            place = end
        else:
            mine.append(card[place])
            place += 1
    _read_own(mine, record, role)


def _inner_end(card: list[Line], start: int) -> int:
    depth = 0
    for place in range(start, len(card)):
        depth += _is_begin(card[place]) - (card[place].name == "END")
        if depth == 0:
            return place + 1
    return len(card)


def _read_own(mine: list[Line], record: Record, role: Role) -> None:
    group = any(
        line.name in ("KIND", "X-ADDRESSBOOKSERVER-KIND", "X-ABSHOWAS") and line.value.strip().lower() in _GROUPS
        for line in mine
    )
    owner = Entity(role, [])
    record.entities.append(owner)
    texts: list[str] = []
    for line in mine:
        if line.binary or line.name in _SKIPPED or line.value[:5].lower() == "data:":
            continue
        _read_line(line, owner, record, texts, group)
    owner.facts = _once(owner.facts)
    place = next(place for place, one in enumerate(record.entities) if one is owner)
    parts = [Entity(role, [fact]) for fact in owner.facts] if not group and _is_of_several(mine) else apart(owner)
    record.entities[place : place + 1] = [one for one in parts if one.facts]
    if texts:
        record.texts.append((Role.BODY, "\n".join(texts)))


def _is_of_several(mine: list[Line]) -> bool:
    """True where a card has two persons' names, END and BEGIN between them lost: whose the rest is, none can tell."""
    for kind in ("FN", "N"):
        said = [line for line in mine if line.name == kind and "ALTID" not in line.parameters]
        names = [facts[-1].value for line in said if (facts := _OWN[kind](line.value))]
        if any(not same(names[0], name) for name in names[1:]):
            return True
    return False


def _once(facts: list[Fact]) -> list[Fact]:
    """Each fact once; a name in another case is the same name."""
    kept: dict[tuple[IdType, str], Fact] = {}
    for fact in facts:
        kept.setdefault((fact.type, fact.value.casefold() if fact.type is IdType.NAME else fact.value), fact)
    return list(kept.values())


def _read_line(line: Line, owner: Entity, record: Record, texts: list[str], group: bool) -> None:
    read = _OWN.get(line.name)
    if read is not None and not (group and line.name in ("FN", "N")):
        facts = read(line.value)
        owner.facts.extend(facts)
        texts.extend(_beside(line))
        if facts:
            return
    if line.name == "X-ANDROID-CUSTOM":
        _android(line.value, owner, record, texts)
    elif line.name == "AGENT" and "BEGIN:VCARD" in line.value.upper():
        inner = list(lines(unescape(line.value).encode()))
        _read(inner, record, Role.RELATED)
    elif line.name in _MEMBERS or _RELATED.search(line.name):
        _related(line, record)
    else:
        text = unescape(line.raw or line.value).strip()
        if text.strip(";") and not _LABEL.fullmatch(text):
            texts.append(text)
        if read is None:
            texts.extend(_beside(line))


_LABEL = re.compile(r"_\$!<[A-Za-z -]*>!\$_")  # Apple's words for home, mother, anniversary
_DULL = frozenset(
    {
        "TYPE", "ENCODING", "CHARSET", "VALUE", "PREF", "LANGUAGE", "ALTID", "PID", "INDEX", "GEO", "TZ", "MEDIATYPE",
        "CALSCALE", "SORT-AS", "LEVEL", "X-ABCROP-RECTANGLE", "X-SERVICE-TYPE", "DERIVED",
    }
)  # fmt: skip


def _beside(line: Line) -> Iterator[str]:
    """What parameters say: the label of an address, somebody's name on a network."""
    for name, values in line.parameters.items():
        if name not in _DULL:
            yield from (value for value in values if value)


def _related(line: Line, record: Record) -> None:
    value = unescape(line.value).strip()
    fact = _typed(value, phone="PHONE" in line.name or "TEL" in line.name)
    if fact:
        record.entities.append(Entity(Role.RELATED, [fact]))


def _typed(value: str, *, phone: bool = False) -> Fact | None:
    """What somebody else's single value is: an address, a number, a name; a link to another card is nothing."""
    scheme, _, rest = value.partition(":")
    scheme = scheme.lower()
    if scheme == "urn":
        uid = unquote(rest.rpartition(":")[2])
        return Fact(IdType.EMAIL, uid) if "@" in uid else None  # of programs that make UIDs of addresses
    if scheme in ("http", "https", "data", "ldap", "cid") or not value:
        return None
    if scheme == "mailto":
        return Fact(IdType.EMAIL, unquote(rest.split("?", 1)[0]))
    if scheme == "tel":
        return Fact(IdType.PHONE, unquote(rest.split(";", 1)[0]))
    if "@" in value:
        return Fact(IdType.EMAIL, value)
    return Fact(IdType.PHONE if phone else IdType.NAME, value)


def _android(value: str, owner: Entity, record: Record, texts: list[str]) -> None:
    """`vnd.android.cursor.item/relation;Name;14;...`: Android's own kinds of data."""
    kind, *rest = components(value)
    first = rest[0] if rest else ""
    if not any(rest):
        return
    if first and kind.endswith("/relation"):
        record.entities.append(Entity(Role.RELATED, [Fact(IdType.NAME, first)]))
    elif first and kind.endswith("/contact_event") and len(rest) > 1 and rest[1] == "3":
        owner.facts.append(Fact(IdType.BIRTH_DATE, first))
    else:
        texts.append("\n".join(part for part in rest if part and not (part.isdigit() and len(part) < 5)))


# The owner's properties


def _names(value: str) -> list[Fact]:
    name = " ".join(unescape(value).split())
    if "@" in name and " " not in name:
        return [Fact(IdType.EMAIL, name)]
    return [Fact(IdType.NAME, name)] if name else []


def _structured_name(value: str) -> list[Fact]:
    family, given, additional = ([_joined(part) for part in components(value)] + ["", "", ""])[:3]
    short = " ".join(part for part in (given, family) if part)
    full = " ".join(part for part in (given, additional, family) if part)
    return [Fact(IdType.NAME, name) for name in dict.fromkeys((short, full)) if name and (short or not family)]


def _joined(part: str) -> str:
    return " ".join(part.replace(",", " ").split())


def _emails(value: str) -> list[Fact]:
    value = "".join(unescape(value).split())
    if value[:7].lower() == "mailto:":
        value = unquote(value[7:].split("?", 1)[0])
    return [Fact(IdType.EMAIL, value)] if value else []


def _phones(value: str) -> list[Fact]:
    value = unescape(value).strip()
    if value[:4].lower() == "tel:":
        value = unquote(value[4:].split(";", 1)[0])
    return [Fact(IdType.PHONE, value)] if value else []


def _address(value: str) -> list[Fact]:
    parts = (components(value) + [""] * 7)[:7]
    box, extended, street, city, _, code, _ = (" ".join(part.split()) for part in parts)
    joined = " ".join(part for part in (street, extended, box, code, city) if part)
    return [Fact(IdType.ADDRESS, joined)] if street or box or extended else []


def _birthday(value: str) -> list[Fact]:
    value = unescape(value).strip()
    return [Fact(IdType.BIRTH_DATE, value)] if value else []


def _messaging(value: str) -> list[Fact]:
    scheme = value.partition(":")[0].lower()
    fact = _typed(unescape(value).strip()) if scheme in ("mailto", "tel") else None
    if fact:
        return [fact]
    rest = unquote(unescape(value).strip().partition(":")[2] or value)
    return [Fact(IdType.EMAIL, rest)] if "@" in rest and " " not in rest else []


_OWN = {
    "FN": _names,
    "N": _structured_name,
    "EMAIL": _emails,
    "X-EMAIL": _emails,
    "TEL": _phones,
    "X-TEL": _phones,
    "ADR": _address,
    "BDAY": _birthday,
    "IMPP": _messaging,
    "X-JABBER": _messaging,
    "X-MSN": _messaging,
}
