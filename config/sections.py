"""The tables about the installation and the company: agent, company, staff, limits, detect, read, ocr."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import phonenumbers
import re2

from config.fields import TYPE_NAMES, Table, table, tables, wrong_domain, wrong_email
from config.model import LIMIT_KEYS, Agent, Company, Detect, Ocr, Read, Staff, unknown
from config.problems import Problems
from config.secrets import file_path, wrong_reference

LANGUAGES = ("sv", "en")
_LARGEST = 1 << 53  # what every number in JSON and every system call can hold
_MONTH_DAY = re.compile(r"([0-9]{2})-([0-9]{2})")
_TRAINED = re.compile(r"(?:script/)?[A-Za-z]+(?:_[A-Za-z]+)*")  # "swe", "chi_sim", "script/Latin"
_PROBE = "A0 å-b_9"  # words, digits, marks and their borders: where an expression that matches nothing shows itself


def agent(document: Mapping[str, Any], base: Path, problems: Problems) -> Agent:
    """The `[agent]` table."""
    found = table(document, "agent", problems)
    found.refuse_unknown(("state", "key", "region", "language"))
    state = base / found.checked("state", ".gallra", wrong_path)
    key = found.checked("key", "file:gallra.key", wrong_reference)
    key_file = file_path(key, base)
    if key_file is not None and key_file.resolve().is_relative_to(state.resolve()):
        found.problem("must lie outside the state folder: whoever copies that folder would have the key too", "key")
    return Agent(
        state=state,
        key=key,
        region=found.checked("region", "SE", _wrong_region),
        language=found.checked("language", "sv", _wrong_language),
    )


def company(document: Mapping[str, Any], region: str, problems: Problems) -> Company:
    """The `[company]` table. `region` is where phone numbers without a prefix are from."""
    found = table(document, "company", problems)
    found.refuse_unknown(("name", "domains", "financial_year_end", "phones", "shared"))
    phone = _phone_check(region)
    return Company(
        name=found.text("name", ""),
        domains=tuple(domain.lower() for domain in found.texts("domains", wrong_domain)),
        financial_year_end=found.checked("financial_year_end", "12-31", _wrong_month_day),
        phones=found.texts("phones", phone),
        shared=found.texts("shared", lambda text: wrong_email(text) if "@" in text else phone(text)),
    )


def staff(document: Mapping[str, Any], region: str, problems: Problems) -> tuple[Staff, ...]:
    """Every `[[staff]]`."""
    return tuple(_one_staff(found, _phone_check(region)) for found in tables(document, "staff", problems))


def limits(document: Mapping[str, Any], problems: Problems) -> dict[str, int | float]:
    """The `[limits]` that are set."""
    found = table(document, "limits", problems)
    found.refuse_unknown(LIMIT_KEYS)
    numbers = {name: _number(found, name, wanted) for name, wanted in LIMIT_KEYS.items()}
    return {name: value for name, value in numbers.items() if value is not None}


def detect(document: Mapping[str, Any], problems: Problems) -> Detect:
    """The `[detect]` table."""
    found = table(document, "detect", problems)
    found.refuse_unknown(("customer_number",))
    return Detect(customer_number=found.texts("customer_number", wrong_pattern))


def read(document: Mapping[str, Any], problems: Problems) -> Read:
    """The `[read]` table. References are checked for their form; what they lead to is looked up when it is needed."""
    found = table(document, "read", problems)
    found.refuse_unknown(("passwords",))
    return Read(passwords=found.texts("passwords", wrong_reference))


def ocr(document: Mapping[str, Any], base: Path, problems: Problems) -> Ocr:
    """The `[ocr]` table."""
    found = table(document, "ocr", problems)
    found.refuse_unknown(("enabled", "languages", "pages", "seconds", "data"))
    usual = Ocr()
    languages = found.texts("languages", _wrong_trained)
    if found.values.get("languages") == []:
        found.problem('is empty: name at least one, as in ["swe", "eng"]', "languages")
    data = found.text("data", "")
    if "\0" in data:
        found.problem("must be a path; it holds a NUL", "data")
        data = ""
    return Ocr(
        enabled=_flag(found, "enabled", default=False),
        languages=tuple(dict.fromkeys(languages)) or usual.languages,
        pages=int(_number(found, "pages", int) or usual.pages),
        seconds=float(_number(found, "seconds", float) or usual.seconds),
        data=str(base / Path(data).expanduser()) if data else "",
    )


def wrong_path(text: str) -> str | None:
    """What is wrong with a path, or None. Whether it exists is for the source to say."""
    return "must be a path; it is empty or holds a NUL" if not text or "\0" in text else None


def wrong_pattern(text: str) -> str | None:
    """What is wrong with a regular expression, or None. One that matches nothing at all would be found everywhere."""
    options = re2.Options()
    options.log_errors = False
    try:
        pattern = re2.compile(text, options)
    except (re2.error, UnicodeError):
        return "is not a regular expression that re2 knows (no look-around, no back-references)"
    if pattern.search("") or any(match.start() == match.end() for match in pattern.finditer(_PROBE)):
        return "matches the empty text, and so would be found everywhere"
    return None


def _one_staff(found: Table, phone: Callable[[str], str | None]) -> Staff:
    found.refuse_unknown(("name", "emails", "phones"))
    name = found.text("name", "")
    if "name" not in found.values:
        found.problem('key "name" is missing')
    elif isinstance(found.values["name"], str) and not name.strip():
        found.problem("is empty", "name")
    return Staff(name=name, emails=found.texts("emails", wrong_email), phones=found.texts("phones", phone))


def _wrong_region(text: str) -> str | None:
    if text in phonenumbers.SUPPORTED_REGIONS:
        return None
    return unknown("country", text, phonenumbers.SUPPORTED_REGIONS).partition("; known:")[0] + (
        "" if text.upper() not in phonenumbers.SUPPORTED_REGIONS else f' (write "{text.upper()}")'
    )


def _wrong_language(text: str) -> str | None:
    return None if text in LANGUAGES else unknown("language", text, LANGUAGES)


def _wrong_month_day(text: str) -> str | None:
    match = _MONTH_DAY.fullmatch(text)
    try:
        if match:
            date(2000, int(match[1]), int(match[2]))  # a leap year: 02-29 is the last day of February
            return None
    except ValueError:
        pass
    return 'must be a month and a day that exists, as in "12-31"'


def _phone_check(region: str) -> Callable[[str], str | None]:
    def wrong(text: str) -> str | None:
        try:
            if phonenumbers.is_possible_number(phonenumbers.parse(text, region)):
                return None
        except phonenumbers.NumberParseException:
            pass
        return f"does not look like a phone number (one without a prefix is read as from {region})"

    return wrong


def _wrong_trained(text: str) -> str | None:
    return None if _TRAINED.fullmatch(text) else 'must be the name of a Tesseract data file, as in "swe"'


def _flag(found: Table, name: str, *, default: bool) -> bool:
    value = found.values.get(name, default)
    if isinstance(value, bool):
        return value
    found.problem(f"must be {TYPE_NAMES[bool]}", name)
    return default


def _number(found: Table, name: str, wanted: type) -> int | float | None:
    """The number at the key, None where it is not set or not a good one (which is noted)."""
    value = found.values.get(name)
    if value is None:
        return None
    said = _wrong_limit(value, wanted)
    if said is not None:
        found.problem(said, name)
        return None
    number: int | float = wanted(value)
    return number


def _wrong_limit(value: object, wanted: type) -> str | None:
    kinds = (int, float) if wanted is float else (int,)
    if isinstance(value, bool) or not isinstance(value, kinds):
        return "must be a number" if wanted is float else "must be a whole number"
    if not math.isfinite(value) or not 0 < value <= _LARGEST:
        return f"must be above 0 and at most {_LARGEST}"
    return None
