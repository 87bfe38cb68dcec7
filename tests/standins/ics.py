"""iCalendar read by hand, for witnesses and stand-ins: components with their properties, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Property:
    name: str
    params: dict[str, str]
    value: str

    @property
    def address(self) -> str:
        """A calendar user's address, comparable."""
        return self.value.strip().lower().removeprefix("mailto:")


@dataclass
class Component:
    name: str
    properties: list[Property] = field(default_factory=list)
    inner: list[Component] = field(default_factory=list)

    def first(self, name: str) -> Property | None:
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> list[Property]:
        return [one for one in self.properties if one.name == name]

    @property
    def instance(self) -> str:
        """The RECURRENCE-ID; nothing for the master."""
        found = self.first("RECURRENCE-ID")
        return found.value if found is not None else ""


def components(data: bytes) -> list[Component]:
    """The events and to-dos of a calendar object."""
    root = Component("")
    stack = [root]
    for line in unfolded(data):
        one = _property(line)
        if one.name == "BEGIN":
            stack.append(Component(one.value.upper()))
            stack[-2].inner.append(stack[-1])
        elif one.name == "END":
            stack.pop()
        elif one.name:
            stack[-1].properties.append(one)
    return [one for top in root.inner for one in top.inner if one.name in ("VEVENT", "VTODO", "VJOURNAL")]


def unfolded(data: bytes) -> list[str]:
    """Logical lines (RFC 5545 3.1)."""
    text = data.decode("utf-8").replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    return [line for line in text.split("\n") if line]


def _property(line: str) -> Property:
    parts, quoted, start = [], False, 0
    for place, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif not quoted and sign in ";:":
            parts.append(line[start:place])
            start = place + 1
            if sign == ":":
                break
    name, *params = parts or [line]
    split = (one.partition("=") for one in params)
    return Property(name.upper(), {key.upper(): value.strip('"') for key, _, value in split}, line[start:])
