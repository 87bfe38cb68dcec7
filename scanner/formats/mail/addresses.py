"""Address headers to entities: one for every `Name <address>` pair, whatever the sender's punctuation.

Works on the header as it stands, before RFC 2047 is decoded, since a decoded name may hold a comma. One pass over the
value with a pattern that never goes back, so ten thousand recipients cost ten thousand times one. What the grammar
misses is caught by a last look for anything that resembles an address.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

from scanner.formats.mail import encoded
from scanner.records import Entity, Fact, IdType, Role

# A quote or comment may have 400 characters: else a header of quotes that are never closed takes time by its square.
_TOKEN = re.compile(
    r'"((?:[^"\\]|\\.){0,400})"|\(((?:[^()\\]|\\.){0,400})\)|<([^<>]*)>|([,;:])|([^"(<,;:\s]+|["(<])|\s+',
    re.DOTALL,
)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'@]+@[^\s<>()\[\],;:\"'@]+")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SPACE = re.compile(r"\s+")
_TRIM = " \t\r\n'\"\\"


def entities(value: str, role: Role) -> list[Entity]:
    """The persons of one address header. `value` may be folded and may hold encoded words."""
    plain = _usual(value) if len(value) < _SHORT else _plain(value)
    if plain is not None:
        return [Entity(role, list(facts)) for facts in plain]
    found = [Entity(role, facts) for facts in pairs(value)]
    count = value.count("@")
    if count and count != sum(1 for entity in found for fact in entity.facts if fact.type is IdType.EMAIL):
        seen = {fact.value for entity in found for fact in entity.facts}
        missed = dict.fromkeys(_ADDRESS.findall(encoded.words(value)))
        found.extend(Entity(role, [Fact(IdType.EMAIL, one)]) for one in missed if one.strip(_TRIM) not in seen)
    return found


# One mailbox as nearly all are written: `Anna Ek <a@b.example>`, `"Ek, Anna" <a@b.example>` or `a@b.example`.
_PLAIN = re.compile(
    r"""\s*(?:(?:"([^"\\@=<>()]*)"|([A-Za-z0-9][A-Za-z0-9 .&/_+!-]*))?\s*<([A-Za-z0-9._+=/-]+@[A-Za-z0-9._-]+)>"""
    r"""|([A-Za-z0-9._+/-]+@[A-Za-z0-9._-]+))\s*"""
)


def _plain(value: str) -> list[list[Fact]] | None:
    """`pairs` of mailboxes that hold nothing odd, several times as fast; None for others."""
    match = _PLAIN.fullmatch(value)
    if match:
        return [_plain_facts(match)]
    if "," not in value:
        return None
    found = []
    for piece in value.split(","):  # a comma in quotes leaves half a quote, which is not plain
        match = _PLAIN.fullmatch(piece)
        if match is None:
            return None
        found.append(_plain_facts(match))
    return found


_SHORT = 100  # characters of a header that is worth remembering: the same persons write and read most mails
_usual = lru_cache(maxsize=4096)(_plain)
_EMAIL, _NAME = IdType.EMAIL, IdType.NAME


def _plain_facts(match: re.Match[str]) -> list[Fact]:
    quoted, words, angle, bare = match.groups()
    if bare:
        return [Fact(_EMAIL, bare)]
    name = quoted or words
    if name:
        if "  " in name or not name.isprintable():
            name = _SPACE.sub(" ", name)
        name = name.strip(_TRIM)
    return [Fact(_EMAIL, angle), Fact(_NAME, name)] if name else [Fact(_EMAIL, angle)]


def pairs(value: str) -> list[list[Fact]]:
    """The facts of each mailbox in a header value."""
    found: list[list[Fact]] = []
    box = _Box()
    for quoted, comment, angle, mark, word in _TOKEN.findall(value):
        if box.angle and (word or quoted or angle):  # two mailboxes without a comma
            box.flush(found)
        if word:
            box.words.append(word)
        elif mark:
            if mark == ":":
                box.colon()
            else:
                box.flush(found)
        elif angle:
            box.angle = angle
        elif comment:
            box.comments.append(comment)
        elif quoted:
            box.words.append(_ESCAPED.sub(r"\1", quoted) if "\\" in quoted else quoted)
    box.flush(found)
    return found


class _Box:
    """One mailbox while it is read."""

    __slots__ = ("angle", "comments", "words")

    def __init__(self) -> None:
        self.words: list[str] = []
        self.comments: list[str] = []
        self.angle = ""

    def colon(self) -> None:
        """A group's name ends here (RFC 5322, 3.4), or a `mailto:`: neither is a person's name."""
        self.words.clear()

    def flush(self, found: list[list[Fact]]) -> None:
        """Add what was read to `found`, and begin anew."""
        if self.angle or self.words:
            name = " ".join(self.words)
            if self.angle:
                found.extend(_with_angle(name, self.angle, self.comments))
            else:
                found.extend(_bare(name, self.comments))
        if self.words:
            self.words = []
        if self.comments:
            self.comments = []
        self.angle = ""


def _with_angle(name: str, angle: str, comments: list[str]) -> list[list[Fact]]:
    address = _clean_address(angle)
    name = _clean_name(name) or (_clean_name(comments[0]) if comments else "")
    facts = [Fact(IdType.EMAIL, address)] if "@" in address else []
    if "@" in name:
        if _fold(name) == address.lower():
            return [facts]
        apart = _in_name(name, address)
        return [facts, *apart] if facts else apart
    if name:
        facts.append(Fact(IdType.NAME, name))
    return [facts] if facts else []


def _bare(text: str, comments: list[str]) -> list[list[Fact]]:
    decoded = encoded.words(text) if "=?" in text else text
    if decoded != text and "<" in decoded and "=?" not in decoded:  # the whole mailbox was one encoded word
        return pairs(decoded)
    text = decoded.strip(_TRIM)
    if "@" not in text:
        name = _clean_name(text)
        return [[Fact(IdType.NAME, name)]] if name else []
    text = text.replace("<", " ").replace(">", " ")  # a bracket without its other half
    text = _AROUND_AT.sub("@", text)
    boxes = [word.strip(_TRIM) for word in text.split() if "@" in word]
    if len(boxes) != 1:
        return [[Fact(IdType.EMAIL, _clean_address(box))] for box in boxes]
    name = _clean_name(" ".join(word for word in text.split() if "@" not in word))
    name = name or (_clean_name(comments[0]) if comments else "")
    facts = [Fact(IdType.EMAIL, _clean_address(boxes[0]))]
    if name and "@" not in name:
        facts.append(Fact(IdType.NAME, name))
    return [facts]


_AROUND_AT = re.compile(r"(?<!\s)\s+@\s*|@\s+")


def _in_name(name: str, address: str) -> list[list[Fact]]:
    """An address shown as a name: `"Anna (anna@a.example)" <list@b.example>` is Anna's, not the list's."""
    others = [one for one in _ADDRESS.findall(name) if one.lower() != address.lower()]
    rest = _clean_name(_BRACKETS.sub(" ", _ADDRESS.sub(" ", name)))
    if any(mark in name for mark in "<,;"):  # a quote that was not closed took in another mailbox
        return [[Fact(IdType.EMAIL, other)] for other in others] + ([[Fact(IdType.NAME, rest)]] if rest else [])
    if not others:
        return [[Fact(IdType.EMAIL, address), Fact(IdType.NAME, rest)]] if rest and "@" not in rest else []
    first = [Fact(IdType.EMAIL, others[0])]
    if rest and "@" not in rest:
        first.append(Fact(IdType.NAME, rest))
    return [first, *([Fact(IdType.EMAIL, other)] for other in others[1:])]


_BRACKETS = re.compile(r"[()<>\[\]]")


def _clean_address(text: str) -> str:
    if "=?" in text:
        text = encoded.words(text)
    text = _SPACE.sub("", text) if any(map(str.isspace, text)) else text
    if text[:7].lower() == "mailto:":
        text = unquote(text[7:].split("?", 1)[0])
    if text.startswith("@") and ":" in text:  # an obsolete route (RFC 5322, 4.4)
        text = text.rsplit(":", 1)[1]
    return text.strip(_TRIM + "<>,;")


def _clean_name(text: str) -> str:
    if "=?" in text:
        text = encoded.words(text)
    return _SPACE.sub(" ", text).strip(_TRIM)


def _fold(name: str) -> str:
    return name.strip(_TRIM + "<>()").lower()
