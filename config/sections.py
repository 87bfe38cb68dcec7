"""The tables about the installation and the company: agent, company, staff, limits, detect, read, ocr, erase, cases."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import phonenumbers
import re2

from config.fields import Table, table, tables, wrong_domain, wrong_email
from config.model import LIMIT_KEYS, Agent, Cases, Company, Detect, Erase, Ocr, Read, Staff, unknown
from config.problems import Problems
from config.secrets import file_path, wrong_reference

LANGUAGES = ("sv", "en")
_STALE_DAYS = 7
_LONGEST_KEPT = 3650  # days: the file names a person who asked to be forgotten
_MONTH_DAY = re.compile(r"([0-9]{2})-([0-9]{2})")
_TRAINED = re.compile(r"(?:script/)?[A-Za-z]+(?:_[A-Za-z]+)*")  # "swe", "chi_sim", "script/Latin"
_PROBE = "A0 å-b_9"  # words, digits, marks and their borders: where an expression that matches nothing shows itself


def agent(document: Mapping[str, Any], base: Path, problems: Problems) -> Agent:
    """The `[agent]` table."""
    found = table(document, "agent", problems)
    found.refuse_unknown(("state", "key", "ledger_key", "region", "language", "stale_after_days"))
    state = base / found.checked("state", ".gallra", wrong_path)
    key = found.checked("key", "file:gallra.key", wrong_reference)
    ledger_key = found.checked("ledger_key", "file:gallra-ledger.key", wrong_reference)
    _check_outside(found, "key", key, state, base)
    _check_outside(found, "ledger_key", ledger_key, state, base)
    if _place(key, base) == _place(ledger_key, base):
        found.problem('must be another key than "key": it outlives the index that "key" opens', "ledger_key")
    return Agent(
        state=state,
        key=key,
        region=found.checked("region", "SE", _wrong_region),
        language=found.checked("language", "sv", wrong_language),
        ledger_key=ledger_key,
        stale_after_days=int(found.number("stale_after_days", int, _LONGEST_KEPT) or _STALE_DAYS),
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
    numbers = {name: found.number(name, wanted) for name, wanted in LIMIT_KEYS.items()}
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
        enabled=found.flag("enabled", default=False),
        languages=tuple(dict.fromkeys(languages)) or usual.languages,
        pages=int(found.number("pages", int) or usual.pages),
        seconds=float(found.number("seconds", float) or usual.seconds),
        data=str(base / Path(data).expanduser()) if data else "",
    )


def erase(document: Mapping[str, Any], base: Path, problems: Problems) -> Erase:
    """The `[erase]` table."""
    found = table(document, "erase", problems)
    found.refuse_unknown(("max_items_per_run", "max_items_per_source", "statistics"))
    usual = Erase()
    statistics = found.checked("statistics", "", _wrong_csv) if "statistics" in found.values else ""
    return Erase(
        max_items_per_run=int(found.number("max_items_per_run", int) or usual.max_items_per_run),
        max_items_per_source=int(found.number("max_items_per_source", int, zero=True) or 0),
        statistics=base / Path(statistics).expanduser() if statistics else None,
    )


def cases(document: Mapping[str, Any], problems: Problems) -> Cases:
    """The `[cases]` table."""
    found = table(document, "cases", problems)
    found.refuse_unknown(("identity_check", "keep_days"))
    days = found.number("keep_days", int, _LONGEST_KEPT, zero=True)
    return Cases(
        identity_check=found.flag("identity_check", default=False),
        keep_days=Cases().keep_days if days is None else int(days),
    )


def wrong_path(text: str) -> str | None:
    """What is wrong with a path, or None. Whether it exists is for the source to say."""
    return "must be a path; it is empty or holds a NUL" if not text or "\0" in text else None


def wrong_language(text: str) -> str | None:
    """What is wrong with a language of letters, or None."""
    return None if text in LANGUAGES else unknown("language", text, LANGUAGES)


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


def _check_outside(found: Table, name: str, reference: str, state: Path, base: Path) -> None:
    file = file_path(reference, base)
    if file is not None and file.resolve().is_relative_to(state.resolve()):
        found.problem("must lie outside the state folder: whoever copies that folder would have the key too", name)


def _place(reference: str, base: Path) -> str:
    """Where the reference leads: two ways to write one file are the same place."""
    file = file_path(reference, base)
    return reference if file is None else str(file.resolve())


def _wrong_csv(text: str) -> str | None:
    return wrong_path(text) or (None if text.lower().endswith(".csv") else 'must be the path of a ".csv" file')


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
