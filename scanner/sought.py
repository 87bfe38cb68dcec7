"""What is sought of a subject in the index: the tokens and words of the identifiers, and what each is good for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from scanner.asked_text import words_of_text
from scanner.detect.names import NameMatcher, Strength, same_name
from scanner.detect.national import birth_date
from scanner.detect.parse import lookup_keys
from scanner.identity.facts import STRONG
from scanner.identity.look import tokens_of
from scanner.index.seal import Sealer
from scanner.model import SubjectId
from scanner.records import IdType
from scanner.second_facts import Proving
from scanner.strangers import Elsewhere

_PLACES = frozenset({IdType.ADDRESS, IdType.CITY})  # where many live: they find nobody, and stand beside a name


class Sought:
    """The subject's identifiers, ready to be looked for."""

    def __init__(self, subject: Sequence[SubjectId], sealer: Sealer) -> None:
        """`subject` with all that was added; nothing is looked up yet."""
        self.subject = subject
        self.names = [one.value for one in subject if one.type is IdType.NAME]
        self.matcher = NameMatcher(self.names) if self.names else None
        self._strengths: dict[str, Strength] = {}
        self.words = self.matcher.tokens() if self.matcher else []
        self.loose = self.matcher.loose_tokens() if self.matcher else []
        self.spelt = [words for one in subject if one.type is IdType.TEXT for words in words_of_text(one.value)]
        self.strong: dict[int, SubjectId] = {}
        self.weak: dict[int, SubjectId] = {}
        self.searched: set[int] = set()
        self.values = {(one.type, key) for one in subject for key in lookup_keys(one.type, one.value)}
        self.given = {(one.type, key) for one in subject if one.given for key in lookup_keys(one.type, one.value)}
        self.contested = False  # no name is known, and the identifiers stand with the names of several
        self.elsewhere: Elsewhere | None = None
        self.proving: Proving | None = None
        emails = {one.value for one in subject if one.type is IdType.EMAIL}
        self.mailboxes = {value for value in emails if value == untagged(value)}  # with all their tags
        self.phones: set[str] = set()  # as ten digits: in a text without separators they may pass for a personnummer
        for one in subject:
            if one.type is IdType.NAME:
                continue
            first, *other = tokens_of(sealer, one)
            strong = one.type in STRONG and not one.shared
            (self.strong if strong else self.weak)[first] = one
            # Another spelling of an address is the same mailbox, but who asks for one tag of it (familjen+anna@) asks
            # not for all of it; and a personnummer of another century may be somebody's.
            same = strong and one.type is not IdType.NATIONAL_ID and "+" not in one.value.partition("@")[0]
            (self.strong if same else self.weak).update(dict.fromkeys(other, one))
            if one.type is IdType.NATIONAL_ID:
                born = SubjectId(IdType.BIRTH_DATE, birth_date(one.value), given=False)
                self.weak.update(dict.fromkeys(tokens_of(sealer, born), born))
            if one.type in STRONG or (one.given and one.type not in _PLACES):
                self.searched.update((first, *other))
            if one.type is IdType.PHONE:
                self.phones.add("0" + one.value[3:])

    def strength_of(self, name: str) -> Strength:
        """How surely a name that stands with other facts of its bearer is the subject's."""
        known = self._strengths.get(name)
        if known is None:
            known = self._strengths[name] = self._strength_of(name)
        return known

    def _strength_of(self, name: str) -> Strength:
        assert self.matcher is not None
        found = self.matcher.strength(name)
        if found is Strength.NONE and " " in name and any(same_name(name, own) for own in self.names):
            return Strength.WEAK  # by one of several given names: "Karin Andersson" for Anna Karin
        return found

    @cached_property
    def at_home(self) -> bool:
        """True where every address of the subject is a home's: a look does not tell which of them it saw."""
        return all(map(self.proves, (one for one in self.subject if one.type is IdType.ADDRESS)))

    def proves(self, one: SubjectId) -> bool:
        """True where the identifier, which is not the subject's alone, says with the name who it is."""
        return self.proving is not None and self.proving.proves(one)


def untagged(email: str) -> str:
    """An address without its tag: anna+shop@x.se is the mailbox anna@x.se."""
    local, _, domain = email.partition("@")
    return f"{local.partition('+')[0]}@{domain}"
