"""What must be so between a phone and the other sources.

A phone's newest export may be changed by nobody but its holder: gallra takes a newer one without the person for the
proof that the contact was deleted on the phone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from config.lines import Place
from config.model import Source, unknown
from config.names import folded
from config.problems import Problems
from config.reach import in_reach

_KIND = "phone"


def phones(
    found: Sequence[tuple[int, Source]], names: Sequence[str], document: Mapping[str, Any], problems: Problems
) -> tuple[Source, ...]:
    """The sources, with each phone's `syncs` as the source that it means is written; what is wrong is noted.

    `found` are the sources with their places in the file; `names` those of all, of sources too that have a problem.
    """
    known = {folded(name): name for name in names}
    kinds = {folded(one["name"]): one.get("kind") for one in document.get("source", []) if _is_named(one)}
    sources = []
    for index, source in found:
        settings = source.settings
        if source.kind == _KIND:
            place: Place = ("source", index)
            label = f'[[source]] "{source.name}"'
            syncs = settings.get("syncs")
            told = _wrong_account(syncs, known, kinds) if syncs else None
            if told is not None:
                problems.add((*place, "syncs"), f"{label} syncs: {told}")
            for other in [] if syncs else _overlapping(source, [one for _, one in found]):
                problems.add((*place, "exports"), f"{label} exports: {other}")
            settings = {**settings, "syncs": known.get(folded(syncs), syncs)} if syncs else settings
        sources.append(replace(source, settings=settings))
    return tuple(sources)


def _is_named(one: object) -> bool:
    return isinstance(one, dict) and isinstance(one.get("name"), str)


def _wrong_account(syncs: str, known: Mapping[str, str], kinds: Mapping[str, Any]) -> str | None:
    if folded(syncs) not in known:
        return unknown("source", syncs, known.values())
    if kinds.get(folded(syncs)) == _KIND:
        return "must be the source of the account, not a phone"
    return None


def _overlapping(phone: Source, sources: Sequence[Source]) -> list[str]:
    exports, others = phone.settings["exports"], [one for one in sources if one is not phone]
    return [
        _shares(other)
        for one in others
        for other in in_reach(exports, [one], "exports" if one.kind == _KIND else "path")
    ]


def _shares(other: Source) -> str:
    if other.kind == _KIND:
        return f'shares its folder with the phone "{other.name}": each phone needs a folder of its own'
    return (
        f'is in reach of the source "{other.name}", which would change the exports: use a folder outside of it, or '
        "leave it out there with exclude"
    )
