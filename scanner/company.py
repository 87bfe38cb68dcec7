"""The company itself and its staff: they never widen a search and are no "other person", unless one is the subject."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from config.model import Config, Staff
from scanner.detect.base import DetectSettings
from scanner.detect.names import same_name
from scanner.detect.parse import normalise
from scanner.records import IdType

Values = frozenset[tuple[IdType, str]]

# Local parts that nobody reads: no person, whoever's name stands beside them.
_ROBOTS = frozenset({"noreply", "no-reply", "donotreply", "do-not-reply", "mailer-daemon", "postmaster"})
# Local parts that name a desk, not a person; an address with one is shared wherever it stands.
_DESKS = frozenset(
    {
        *("info", "kontakt", "contact", "support", "kundtjanst", "kundservice", "order", "orders", "faktura"),
        *("fakturor", "invoice", "ekonomi", "economy", "admin", "office", "kontor", "reception", "hej", "hello"),
        *("mail", "post", "sales", "salj", "forsaljning", "noreply", "no-reply", "donotreply", "webmaster"),
        *("postmaster", "abuse", "hr", "jobb", "jobs", "career", "press", "marketing", "service", "shop", "butik"),
        *("bokning", "booking", "styrelsen"),
    }
)
_REMEMBERED = 10_000  # facts; the same few stand in every record


class Company:
    """Pure look-ups over `[company]` and `[[staff]]`. All values are normalised ones."""

    def __init__(
        self,
        *,
        domains: Iterable[str] = (),
        emails: Iterable[str] = (),
        phones: Iterable[str] = (),
        names: Iterable[str] = (),
        shared: Iterable[str] = (),
        staff: Iterable[Values] = (),
        subject: Iterable[tuple[IdType, str]] = (),
        subject_on_staff: bool = False,
    ) -> None:
        """`shared` holds e-mails and phones that many use; what is in `subject` is never the company's.

        `staff` says which of the values belong to one and the same member of staff. `subject_on_staff`: the subject is,
        or was, one of the company's people.
        """
        self.subject_on_staff = subject_on_staff
        self._domains = frozenset(domain.lower() for domain in domains)
        self._values = {IdType.EMAIL: frozenset(emails), IdType.PHONE: frozenset(phones)}
        self._names = tuple(names)
        self._shared = frozenset(shared)
        self._staff = tuple(staff)
        self._subject = frozenset(subject)
        self._known: dict[tuple[IdType, str], bool] = {}

    @classmethod
    def of(cls, config: Config, detect: DetectSettings) -> Company:
        """The company as configured."""
        company, staff = config.company, config.staff
        return cls(
            domains=company.domains,
            emails=_all(IdType.EMAIL, (raw for one in staff for raw in one.emails), detect),
            phones=_all(IdType.PHONE, [*company.phones, *(raw for one in staff for raw in one.phones)], detect),
            names=[name for name in (company.name, *(one.name for one in staff)) if name],
            shared=[
                *_all(IdType.EMAIL, company.shared, detect),
                *_all(IdType.PHONE, [*company.shared, *company.phones], detect),
            ],
            staff=[_person(one, frozenset(_all(IdType.PHONE, company.phones, detect)), detect) for one in staff],
        )

    def without(self, subject: Sequence[tuple[IdType, str]]) -> Company:
        """The same company where the subject is no longer one of its people, with all that the configuration knows."""
        own = set(subject)
        for one in self._staff:
            if _is_of(one, subject):
                own |= one
        own_names = [value for kind, value in own if kind is IdType.NAME]
        return Company(
            domains=self._domains,
            emails=self._values[IdType.EMAIL],
            phones=self._values[IdType.PHONE],
            names=[name for name in self._names if not any(same_name(name, own) for own in own_names)],
            shared=self._shared,
            staff=self._staff,
            subject={(kind, value) for kind, value in own if value not in self._shared} | set(subject),
            subject_on_staff=self._is_on_staff(subject),
        )

    def _is_on_staff(self, subject: Sequence[tuple[IdType, str]]) -> bool:
        """By a value of one of the staff, or an own address in the company's domains (a leaver's too).

        By the name alone only where nothing else is known: a customer may be called the same.
        """
        if any(_is_of(one, subject) for one in self._staff):
            return True
        emails = [value for kind, value in subject if kind is IdType.EMAIL]
        if any(self.is_domain(one) and not self.is_shared(IdType.EMAIL, one) for one in emails):
            return True
        names = [value for kind, value in subject if kind is IdType.NAME]
        staff = [value for one in self._staff for kind, value in one if kind is IdType.NAME]
        return len(names) == len(subject) and any(same_name(name, other) for name in names for other in staff)

    def is_ours(self, kind: IdType, value: str) -> bool:
        """True for the company's own domains, its staff's values and its shared ones."""
        known = self._known.get((kind, value))
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[kind, value] = self._is_ours(kind, value)
        return known

    def _is_ours(self, kind: IdType, value: str) -> bool:
        if (kind, value) in self._subject:
            return False
        if value in self._shared or value in self._values.get(kind, ()):
            return True
        if kind is IdType.EMAIL:
            return self.is_domain(value)
        return kind is IdType.NAME and any(same_name(value, name) for name in self._names)

    def is_shared(self, kind: IdType, value: str) -> bool:
        """True for values that are configured as shared, and for addresses of a desk (info@, order@)."""
        if value in self._shared or (
            kind is IdType.PHONE and (kind, value) not in self._subject and value in self._values[kind]
        ):
            return True
        return kind is IdType.EMAIL and value.partition("@")[0] in _DESKS

    def is_company(self, kind: IdType, value: str) -> bool:
        """True for what is the company's own rather than one of its people's: its name, desks, the switchboard."""
        people = {fact for one in self._staff for fact in one}
        if kind is IdType.EMAIL:
            return self.is_shared(kind, value)
        if kind is IdType.NAME:
            return not any(kind is other and same_name(value, name) for other, name in people)
        return (kind, value) not in people

    def is_nobody(self, kind: IdType, value: str) -> bool:
        """True for an address that no person reads (noreply@)."""
        return kind is IdType.EMAIL and value.partition("@")[0] in _ROBOTS

    def is_nobodys(self, kind: IdType, value: str) -> bool:
        """True for what joins no two entries to one person: the company's own, a desk's or a shared one, a robot's."""
        return self.is_ours(kind, value) or self.is_shared(kind, value) or self.is_nobody(kind, value)

    def is_domain(self, email: str) -> bool:
        """True for an address in one of the company's domains, the subject's own too."""
        domain = email.rpartition("@")[2]
        return any(domain == own or domain.endswith("." + own) for own in self._domains)


def _person(one: Staff, company_phones: frozenset[str], detect: DetectSettings) -> Values:
    phones = [phone for phone in _all(IdType.PHONE, one.phones, detect) if phone not in company_phones]
    emails = _all(IdType.EMAIL, one.emails, detect)
    return frozenset(
        [
            (IdType.NAME, one.name),
            *((IdType.EMAIL, value) for value in emails),
            *((IdType.PHONE, value) for value in phones),
        ]
    )


def _is_of(one: Values, subject: Sequence[tuple[IdType, str]]) -> bool:
    """True where the subject is this member of staff. A name alone may be a customer's: it settles nothing."""
    return any(fact in one for fact in subject if fact[0] is not IdType.NAME)


def _all(kind: IdType, raws: Iterable[str], detect: DetectSettings) -> list[str]:
    return [value for raw in raws if (value := normalise(kind, raw, detect))]
