"""The company itself and its staff: they never widen a search and are no "other person", unless one is the subject."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from config.model import Config
from scanner.detect.base import DetectSettings
from scanner.detect.names import same_name
from scanner.detect.parse import normalise
from scanner.records import IdType

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
        subject: Iterable[tuple[IdType, str]] = (),
    ) -> None:
        """`shared` holds e-mails and phones that many use; what is in `subject` is never the company's."""
        self._domains = frozenset(domain.lower() for domain in domains)
        self._values = {IdType.EMAIL: frozenset(emails), IdType.PHONE: frozenset(phones)}
        self._names = tuple(names)
        self._shared = frozenset(shared)
        self._subject = frozenset(subject)

    @classmethod
    def of(cls, config: Config, detect: DetectSettings) -> Company:
        """The company as configured."""
        company, staff = config.company, config.staff
        return cls(
            domains=company.domains,
            emails=_all(IdType.EMAIL, (raw for one in staff for raw in one.emails), detect),
            phones=_all(IdType.PHONE, [*company.phones, *(raw for one in staff for raw in one.phones)], detect),
            names=[name for name in (company.name, *(one.name for one in staff)) if name],
            shared=[*_all(IdType.EMAIL, company.shared, detect), *_all(IdType.PHONE, company.shared, detect)],
        )

    def without(self, subject: Sequence[tuple[IdType, str]]) -> Company:
        """The same company where the subject is no longer one of its people."""
        own_names = [value for kind, value in subject if kind is IdType.NAME]
        return Company(
            domains=self._domains,
            emails=self._values[IdType.EMAIL],
            phones=self._values[IdType.PHONE],
            names=[name for name in self._names if not any(same_name(name, own) for own in own_names)],
            shared=self._shared,
            subject=subject,
        )

    def is_ours(self, kind: IdType, value: str) -> bool:
        """True for the company's own domains, its staff's values and its shared ones."""
        if (kind, value) in self._subject:
            return False
        if value in self._shared or value in self._values.get(kind, ()):
            return True
        if kind is IdType.EMAIL:
            return self._in_domain(value)
        return kind is IdType.NAME and any(same_name(value, name) for name in self._names)

    def is_shared(self, kind: IdType, value: str) -> bool:
        """True for values that are configured as shared, and for addresses of a desk (info@, order@)."""
        if value in self._shared or (
            kind is IdType.PHONE and (kind, value) not in self._subject and value in self._values[kind]
        ):
            return True
        return kind is IdType.EMAIL and value.partition("@")[0] in _DESKS

    def _in_domain(self, email: str) -> bool:
        domain = email.rpartition("@")[2]
        return any(domain == own or domain.endswith("." + own) for own in self._domains)


def _all(kind: IdType, raws: Iterable[str], detect: DetectSettings) -> list[str]:
    return [value for raw in raws if (value := normalise(kind, raw, detect))]
