"""From what somebody typed to the given identifiers of a subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from connectors.errors import ConfigError
from scanner.asked_text import as_written
from scanner.detect.base import DetectSettings
from scanner.detect.parse import InvalidIdentifier, normalise, recognise
from scanner.identity.facts import STRONG
from scanner.model import SubjectId
from scanner.records import IdType

Typed = Mapping[IdType, Iterable[str]]
Tell = Callable[[str], None]

OPTIONS = {
    IdType.NAME: "name",
    IdType.EMAIL: "email",
    IdType.PHONE: "phone",
    IdType.NATIONAL_ID: "id",
    IdType.CUSTOMER_NUMBER: "customer",
    IdType.CITY: "city",
    IdType.ADDRESS: "address",
}
_TEXT = "the check digit of this personnummer is wrong: it is searched as text, and what is found is only possible"


def asked(words: Sequence[str], typed: Typed, settings: DetectSettings) -> list[SubjectId]:
    """The given identifiers, each once. `words` tell their type by themselves, `typed` were named by an option.

    Raises ConfigError (exit code 2) with every value that cannot be searched for, by its place and not by its text.
    """
    return list(placed(words, typed, settings, lambda _: None))


def placed(words: Sequence[str], typed: Typed, settings: DetectSettings, tell: Tell) -> dict[SubjectId, str]:
    """The given identifiers, each with its place in the command line: `PERSON number 2`, `--email number 1`.

    `tell` is told of what is searched otherwise than it was meant. Raises as `asked`.
    """
    problems: list[str] = []
    found: dict[SubjectId, str] = {}
    for number, word in enumerate(words, start=1):
        place = f"PERSON number {number}"
        try:
            for kind, value in recognise(word, settings):
                found.setdefault(SubjectId(kind, value, given=True), place)
        except InvalidIdentifier as error:
            _take_text(word, place, f"{place}: {_helped(str(error), settings)}", found, problems, tell)
    for kind, raws in typed.items():
        values = list(raws)
        for number, raw in enumerate(values, start=1):
            place = f"--{OPTIONS[kind]}" + (f" number {number}" if len(values) > 1 else "")
            _typed(kind, raw, place, settings, found, problems, tell)
    problems += _nobody(found) if not problems else []
    if problems:
        raise ConfigError(problems)
    return found


def also_meant(word: str, place: str, settings: DetectSettings) -> list[SubjectId]:
    """The strong identifiers that a person takes, or rules out. Raises ConfigError, naming the place."""
    try:
        found = [SubjectId(kind, value, given=True) for kind, value in recognise(word, settings) if kind in STRONG]
    except InvalidIdentifier as error:
        raise ConfigError([f"{place}: {_helped(str(error), settings)}"]) from None
    if not found:
        raise ConfigError([f"{place}: give an e-mail address, a phone, a personnummer or a customer number"])
    return found


def _nobody(found: Iterable[SubjectId]) -> list[str]:
    kinds = {one.type for one in found}
    if not kinds:
        return ['say whom to look for, as in: gallra find anna@example.se "Anna Andersson"']
    if kinds <= {IdType.CITY, IdType.ADDRESS}:
        return ["a city or an address alone points at nobody: give the name too"]
    return []


def _typed(
    kind: IdType,
    raw: str,
    place: str,
    settings: DetectSettings,
    found: dict[SubjectId, str],
    problems: list[str],
    tell: Tell,
) -> None:
    if kind in (IdType.CITY, IdType.ADDRESS):
        kind, value = _home(raw, settings)
    else:
        value = normalise(kind, raw, settings) or ""
    wrong = _wrong(kind, raw, value, settings)
    if not wrong:
        found.setdefault(SubjectId(kind, value, given=True), place)
    elif kind is IdType.NATIONAL_ID:
        _take_text(raw, place, f"{place}: {wrong}", found, problems, tell)
    else:
        problems.append(f"{place}: {wrong}")


def _take_text(raw: str, place: str, wrong: str, found: dict[SubjectId, str], problems: list[str], tell: Tell) -> None:
    """A personnummer with a wrong check digit is searched as it is written; all else that is wrong is refused."""
    text = as_written(raw)
    if text is None:
        problems.append(wrong)
        return
    tell(f"{place}: {_TEXT}")
    found.setdefault(SubjectId(IdType.TEXT, text, given=True), place)


def _home(raw: str, settings: DetectSettings) -> tuple[IdType, str]:
    """A postal address, or only the city of one: that has no number, and points at nobody by itself."""
    kind = IdType.ADDRESS if any(letter.isdigit() for letter in raw) else IdType.CITY
    return kind, normalise(kind, raw, settings) or ""


def _wrong(kind: IdType, raw: str, value: str, settings: DetectSettings) -> str:
    """What is wrong with what an option was given; nothing where it can be searched for."""
    if any(letter in "%*?" for letter in raw) and kind in (IdType.NAME, IdType.CITY, IdType.ADDRESS):
        return f"{_article(kind)} may not hold wildcards (% * ?)"
    if value:
        return ""
    if not raw.strip():
        return "nothing was given to look for"
    if kind is IdType.NAME:
        return "this is no name: a name needs at least two letters"
    return _helped(f"this is no valid {kind.value.replace('_', ' ')}; check it for a slip", settings)


def _helped(problem: str, settings: DetectSettings) -> str:
    """A phone that the region does not have may be another country's."""
    if "phone" not in problem:
        return problem
    region = settings.region
    return f"{problem}. Without a country code it is read as a number of {region}; write others as +47... or 0047..."


def _article(kind: IdType) -> str:
    return "an address" if kind is IdType.ADDRESS else f"a {kind.value}"
