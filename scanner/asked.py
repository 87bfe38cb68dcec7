"""From what somebody typed to the given identifiers of a subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from connectors.errors import ConfigError
from scanner.detect.base import DetectSettings
from scanner.detect.parse import InvalidIdentifier, normalise, recognise
from scanner.model import SubjectId
from scanner.records import IdType


def asked(words: Sequence[str], typed: Mapping[IdType, Iterable[str]], settings: DetectSettings) -> list[SubjectId]:
    """The given identifiers, each once. `words` tell their type by themselves, `typed` were named by an option.

    Raises ConfigError (exit code 2) with every value that cannot be searched for, by its place and not by its text.
    """
    problems: list[str] = []
    found: dict[tuple[IdType, str], SubjectId] = {}
    for place, word in enumerate(words, start=1):
        try:
            for kind, value in recognise(word, settings):
                found[kind, value] = SubjectId(kind, value, given=True)
        except InvalidIdentifier as error:
            problems.append(f"PERSON number {place}: {error}")
    for kind, raws in typed.items():
        for raw in raws:
            _typed(kind, raw, settings, found, problems)
    if not found and not problems:
        problems.append('say whom to look for, as in: gallra find anna@example.se "Anna Andersson"')
    if problems:
        raise ConfigError(problems)
    return list(found.values())


def _typed(
    kind: IdType,
    raw: str,
    settings: DetectSettings,
    found: dict[tuple[IdType, str], SubjectId],
    problems: list[str],
) -> None:
    value = normalise(kind, raw, settings)
    if not value:
        problems.append(f"--{_OPTIONS[kind]}: this is no valid {kind.value.replace('_', ' ')}; check it for a slip")
        return
    if kind is IdType.NAME and any(letter in "%*?" for letter in value):
        problems.append(f"--{_OPTIONS[kind]}: a name may not hold wildcards (% * ?)")
        return
    found[kind, value] = SubjectId(kind, value, given=True)


_OPTIONS = {
    IdType.NAME: "name",
    IdType.EMAIL: "email",
    IdType.PHONE: "phone",
    IdType.NATIONAL_ID: "id",
    IdType.CUSTOMER_NUMBER: "customer",
}
