"""What was seen of the person in a record, ordered to be told in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scanner.model import Evidence
from scanner.records import IdType, Role


def by_role(evidence: Sequence[Evidence]) -> list[tuple[Role, list[Evidence]]]:
    """What was seen in each role, each type once, surest first; the text comes last."""
    fields = {one.type for one in evidence if one.role is not Role.BODY}
    roles: dict[Role, dict[IdType, Evidence]] = {}
    for one in sorted(evidence, key=lambda one: bool(one.how)):
        if one.role is not Role.BODY or one.type not in fields:
            roles.setdefault(one.role, {}).setdefault(one.type, one)
    types, order = list(IdType), list(Role)
    found = [(role, [told[one] for one in sorted(told, key=types.index)]) for role, told in roles.items()]
    return sorted(found, key=lambda pair: (pair[0] is Role.BODY, order.index(pair[0])))


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end
