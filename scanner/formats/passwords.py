"""How many of the passwords that are given a reader tries, and what it says where none of them fits."""

from __future__ import annotations

from typing import Final

MOST: Final = 64  # for one file: a try costs up to a second


def tried(keys: tuple[str, ...], most: int = MOST) -> tuple[str, ...]:
    """The first ones, each once; `most` is for who can afford fewer."""
    return tuple(dict.fromkeys(keys))[: min(most, MOST)]


def refused(what: str, keys: tuple[str, ...], most: int = MOST) -> str:
    """The detail of a gap: `zip member: none of the 3 passwords given opens it`. Only `what` where none was given."""
    given, count = len(dict.fromkeys(keys)), len(tried(keys, most))
    if not given:
        return what
    if count < given:
        return f"{what}: only {count} of {given} passwords were tried"
    return f"{what}: " + (
        "the password given does not open it" if given == 1 else f"none of the {given} passwords given opens it"
    )
