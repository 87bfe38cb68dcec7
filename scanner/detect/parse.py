"""What a user or a register writes -> the canonical identifier. The same rules as for what is found in text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from scanner.detect.base import DetectSettings
from scanner.detect.customers import CustomerNumbers, normalise_customer
from scanner.detect.emails import email_keys, normalise_email
from scanner.detect.fold import fold
from scanner.detect.iban import normalise_iban
from scanner.detect.national import national_id, national_keys, problem
from scanner.detect.phones import Phones
from scanner.records import IdType

_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[\W_]+")
_ISO_DATE = re.compile(r"(\d{4})[-./]?(\d{2})[-./]?(\d{2})(?:[T ].*)?", re.ASCII | re.DOTALL)
_LOCAL_DATE = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", re.ASCII)
_MONTH_FIRST = frozenset({"US"})
_IBAN_LIKE = re.compile(r"[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}", re.ASCII)
_PHONE_LIKE = re.compile(r"[+(]?[\d ()./+-]{6,}", re.ASCII)


class InvalidIdentifier(ValueError):
    """What was typed points at nobody. The message says what is wrong, never the value."""


def normalise(type: IdType, raw: str, settings: DetectSettings, today: date | None = None) -> str | None:  # noqa: A002
    """The canonical value, or None if `raw` is not one valid identifier of the type. Idempotent; never raises."""
    if type is IdType.PHONE:
        return _phones(settings.region).normalise(raw)
    if type in (IdType.NATIONAL_ID, IdType.ORGANISATION_NUMBER):
        found = national_id(raw, today or date.today())
        return found[1] if found and found[0] is type else None
    if type is IdType.BIRTH_DATE:
        return _normalise_date(raw, settings.region)
    plain = _PLAIN_TYPES.get(type)  # what is only asked for (a number as text) has no canonical form
    return plain(raw) if plain is not None else None


def recognise(raw: str, settings: DetectSettings, today: date | None = None) -> list[tuple[IdType, str]]:
    """What a user typed on the command line may be, the most likely first; all of them are to be searched.

    Ten digits without a separator may be both: as a mobile number they are more likely a phone, otherwise a personal
    number. Raises InvalidIdentifier on nothing, one letter, only wildcards, and wrong check digits.
    """
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", raw)).strip()
    _refuse_empty(text)
    customer = _customers(settings).whole(text)
    found = [(IdType.CUSTOMER_NUMBER, customer)] if customer is not None else []
    if "@" in text or text[:7].lower() == "mailto:":
        email = normalise_email(text)
        if email is None:
            raise InvalidIdentifier("this is not an e-mail address: it needs a name, an @ and a domain with a dot")
        return [*found, (IdType.EMAIL, email)]
    found += _numbers(text, settings, today or date.today())
    if not found:
        _refuse_broken_number(text, today or date.today())
        found.append((IdType.NAME, _name(text)))
    return found


def lookup_keys(type: IdType, value: str, today: date | None = None) -> tuple[str, ...]:  # noqa: A002
    """The canonical values under which the same identifier may have been found, the value itself first.

    E-mail: without its plus tag, and for Gmail without dots. Personal numbers: the neighbouring centuries.
    """
    if type is IdType.EMAIL:
        return email_keys(value)
    if type is IdType.NATIONAL_ID:
        return national_keys(value, today or date.today())
    return (value,)


def normalise_name(raw: str) -> str | None:
    """A display name as given, NFC, spaces collapsed, quotes around it gone; None without two letters."""
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", raw)).strip()
    while len(text) > 1 and text[0] + text[-1] in ('""', "''", "“”", "<>"):
        text = text[1:-1].strip()
    if text[:2].isalpha() and len(text) > 1:  # nearly all; the rest are counted
        return text
    return text if sum(letter.isalpha() for letter in text) >= 2 else None


def _normalise_address(raw: str) -> str | None:
    words = _NOT_WORD.sub(" ", fold(raw)).split()
    text = fold(" ".join(words))
    return text if len(text) >= 5 and any(letter.isalpha() for letter in text) else None


def _normalise_city(raw: str) -> str | None:
    """Folded words; the shortest cities of Sweden have two letters."""
    text = fold(" ".join(_NOT_WORD.sub(" ", fold(raw)).split()))
    return text if sum(letter.isalnum() for letter in text) > 1 else None


def _normalise_date(raw: str, region: str) -> str | None:
    iso, local = _ISO_DATE.fullmatch(raw.strip()), _LOCAL_DATE.fullmatch(raw.strip())
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3])).isoformat()
        if local:
            first, second, year = int(local[1]), int(local[2]), int(local[3])
            is_month_first = second > 12 or (region.upper() in _MONTH_FIRST and first <= 12)
            day, month = (second, first) if is_month_first else (first, second)
            return date(year, month, day).isoformat()
    except ValueError:
        return None
    return None


_PLAIN_TYPES: dict[IdType, Callable[[str], str | None]] = {
    IdType.EMAIL: normalise_email,
    IdType.IBAN: normalise_iban,
    IdType.CUSTOMER_NUMBER: normalise_customer,
    IdType.NAME: normalise_name,
    IdType.ADDRESS: _normalise_address,
    IdType.CITY: _normalise_city,
}


@lru_cache(maxsize=16)
def _phones(region: str) -> Phones:
    return Phones(region)


@lru_cache(maxsize=16)
def _customers(settings: DetectSettings) -> CustomerNumbers:
    return CustomerNumbers(settings)


def _numbers(text: str, settings: DetectSettings, today: date) -> list[tuple[IdType, str]]:
    found: list[tuple[IdType, str]] = []
    number = national_id(text, today)
    if number is not None:
        found.append(number)
    phones = _phones(settings.region)
    phone = phones.normalise(text)
    has_own_separator = number is not None and not text.isdigit()
    if phone is not None and not has_own_separator:
        place = 0 if text.startswith("0") and phones.is_mobile(text) else len(found)
        found.insert(place, (IdType.PHONE, phone))
    iban = normalise_iban(text) if _IBAN_LIKE.fullmatch(text) else None
    if iban is not None:
        found.append((IdType.IBAN, iban))
    return found


def _refuse_empty(text: str) -> None:
    if not text:
        raise InvalidIdentifier("nothing was given to look for")
    if not any(letter.isalnum() for letter in text):
        raise InvalidIdentifier("only signs were given, no letter or digit: a search needs at least two letters")


def _refuse_broken_number(text: str, today: date) -> None:
    wrong = problem(text, today)
    if wrong is not None:
        raise InvalidIdentifier(f"this looks like a personal or organisation number, but {wrong}")
    if _IBAN_LIKE.fullmatch(text) and sum(letter.isdigit() for letter in text) >= 10:
        raise InvalidIdentifier("this looks like an IBAN, but its check digits or length are wrong")
    if _PHONE_LIKE.fullmatch(text):
        raise InvalidIdentifier("this looks like a phone number, but no such number can exist")


def _name(text: str) -> str:
    name = normalise_name(text)
    if name is None:
        wrong = "this is no known kind of number" if any(letter.isdigit() for letter in text) else "this is one letter"
        raise InvalidIdentifier(f"{wrong}, and a name needs at least two letters")
    if any(letter in "%*?" for letter in name):
        raise InvalidIdentifier("a name may not hold wildcards (% * ?)")
    return name
