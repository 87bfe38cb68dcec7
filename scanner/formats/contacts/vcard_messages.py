"""Notes and text messages as phones save them (.vnt, .vmg), cut out of the lines around them.

By the samples of Nokia, Sony Ericsson and Samsung, after IrMC 1.1: a VMSG holds the sender's card, then envelopes
(VENV) with the receivers' cards, the innermost with the text (VBODY).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from scanner.formats.contacts.content_lines import Line, unescape
from scanner.records import Role

_KINDS = {"VMSG": "message", "VNOTE": "card"}
_DULL = frozenset(
    {"VERSION", "BEGIN", "END", "DCREATED", "LAST-MODIFIED", "X-IRMC-LUID", "X-IRMC-STATUS", "X-IRMC-BOX"}
)


@dataclass(slots=True)
class Message:
    """One message or note: its text, and the cards in it by what their persons did."""

    steps: tuple[str, ...]
    kind: str
    cards: list[tuple[Role, list[Line]]] = field(default_factory=list)
    text: str = ""


def messages(found: list[Line]) -> Iterator[Message | Line]:
    """The lines as they come, with those of each message put together."""
    numbers = dict.fromkeys(_KINDS, 0)
    place = 0
    while place < len(found):
        name = _begins(found[place])
        if name not in _KINDS:
            yield found[place]
            place += 1
            continue
        end = next((at for at in range(place + 1, len(found)) if _is_edge(found[at], name)), len(found))
        numbers[name] += 1
        yield _read(found[place + 1 : end], name, numbers[name])
        place = end + (end < len(found) and found[end].name == "END")


def _is_edge(line: Line, name: str) -> bool:
    """Its END, or the BEGIN of the next: its own END is missing then."""
    return line.name in ("BEGIN", "END") and line.value.strip().upper() == name


def _begins(line: Line) -> str:
    return line.value.strip().upper() if line.name == "BEGIN" else ""


def _read(inside: list[Line], name: str, number: int) -> Message:
    kind = _KINDS[name]
    message = Message((f"{kind} {number}",) if kind == "message" else (f"part note {number}",), kind)
    texts: list[str] = []
    card: list[Line] | None = None
    enveloped = False
    for line in inside:
        begins = _begins(line)
        if begins == "VCARD":
            card = [line]
            message.cards.append((Role.TO if enveloped else Role.FROM, card))
        elif card is not None:
            card.append(line)
            card = None if line.name == "END" else card
        elif line.name not in _DULL:
            texts.append(_said(line))
        enveloped = enveloped or begins == "VENV"
    message.text = "\n".join(text for text in texts if text)
    return message


def _said(line: Line) -> str:
    """A line of a body may look like a property: `Hej Vera: ring mig`."""
    if line.raw:
        return line.raw.strip()
    text = unescape(line.value).strip()
    plain = line.parameters or line.name in ("TEXT", "BODY", "SUBJECT", "SUMMARY", "DATE") or line.name.startswith("X-")
    return text if plain else f"{line.name}: {text}"
