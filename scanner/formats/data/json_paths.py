"""Paths of keys to the words of a table header: `["kontakt", "e-post"]` is a column as `Kontakt e-post` would be."""

from __future__ import annotations

from functools import lru_cache

from scanner.formats.header import Columns, columns
from scanner.formats.header_labels import tokens
from scanner.formats.header_words import BENIGN, FIELDS, RELATED, SOFT, Part

# Keys that only hold others (JSON:API, CRM exports): they say nothing of whose the values are.
_WRAPPERS = frozenset(
    {
        "attributes", "data", "fields", "properties", "profile", "item", "node", "value", "values", "people", "info",
        "details", "uppgifter", "kontaktuppgifter", "record", "entry", "result", "source", "body", "payload",
        "information", "basic",
    }
)  # fmt: skip
_SINGLE = {
    "emails": "email",
    "mails": "email",
    "email addresses": "email",
    "mail addresses": "email",
    "epostadresser": "email",
    "epost adresser": "email",
    "phones": "phone",
    "phone numbers": "phone",
    "telephones": "phone",
    "telefoner": "telefon",
    "mobiles": "mobile",
    "business phones": "business phone",
    "home phones": "home phone",
    "addresses": "address",
    "adresser": "adress",
    "names": "name",
    "birthdays": "birthday",
    "postal addresses": "address",
    "contact info": "contact",
    "contact information": "contact",
    "contact details": "contact",
    "personal info": "person",
    "personal information": "person",
    "personal details": "person",
    "personuppgifter": "person",
}
_CONTAINERS = frozenset(words for words in _SINGLE.values() if words in FIELDS) - {"person", "contact"}
_NAMES = frozenset({Part.FULL, Part.GIVEN, Part.MIDDLE, Part.FAMILY})
_PLACES = frozenset({Part.STREET, Part.POSTCODE, Part.CITY, Part.FORMATTED})
_FAMILIES = (_NAMES, _PLACES, frozenset({Part.EMAIL}), frozenset({Part.PHONE}))
_WHOLE_NAMES = frozenset({"full", "formatted", "display", "unstructured name", "text"})


@lru_cache(maxsize=4096)
def folded(key: str) -> str:
    """A key as header words are written, many of a thing as one."""
    words = " ".join(tokens(key))
    return _SINGLE.get(words, words)


def is_container(key: str) -> bool:
    """True for keys whose list belongs to the person around it: her addresses, numbers and names."""
    return folded(key) in _CONTAINERS


def is_known(key: str) -> bool:
    """True where a key says what a value is or whose; what is not known may be somebody's name or number."""
    words = folded(key)
    return words in FIELDS or any(word in RELATED or word in SOFT or word in BENIGN for word in words.split())


def is_others(key: str) -> bool:
    """True where a key says that what it holds is about others than the person around it (`children`)."""
    words = folded(key).split()
    return any(word in RELATED or word.removesuffix("s") in RELATED for word in words)


@lru_cache(maxsize=8192)
def phrase(path: tuple[str, ...]) -> str:
    """The header that a path of keys amounts to, without what only wraps; "" where nothing is left."""
    parts = [words for key in path if (words := folded(key))]
    last = parts[-1:]
    parts = [words for words in parts[:-1] if words not in _WRAPPERS] + last
    if len(parts) < 2:
        return " ".join(parts)
    above, own = parts[-2:]
    if above == "name" and own in _WHOLE_NAMES:
        parts[-2:] = ["name"]
    elif above == "name" and f"{own} name" in FIELDS:
        parts[-2:] = [f"{own} name"]
    elif own in _WRAPPERS:
        parts[-2:] = [above]
    elif f"{above} {own}" not in FIELDS and _related(FIELDS.get(above), FIELDS.get(own)):
        parts[-2:] = [own]
    return " ".join(parts)


def _related(above: Part | None, own: Part | None) -> bool:
    return any(above in family and own in family for family in _FAMILIES)


MOST = 200
"""Columns; what has more is no person's record."""


@lru_cache(maxsize=512)
def phrases(paths: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The headers of a record's paths, in their order."""
    return tuple(phrase(path) for path in paths)


@lru_cache(maxsize=512)
def table(headers: tuple[str, ...]) -> Columns | None:
    """What a record with these columns tells of persons; None where it tells nothing."""
    if not headers or len(headers) > MOST:
        return None
    found = columns(headers)
    return found if found is not None and found.groups else None


@lru_cache(maxsize=512)
def names_owner(headers: tuple[str, ...]) -> bool:
    """True where a record with these columns says who it is about."""
    found = table(headers)
    return found is not None and any(group.bears_owner for group in found.groups)
