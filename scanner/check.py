"""Looks a source over before it is relied on: reached, not empty, allowed to erase. Changes nothing at the source."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from config.build import connect
from config.lines import find_lines, line_of
from config.model import Config, Source
from config.secrets import file_path, resolve_lines
from connectors import registry
from connectors.base import Connector, GapReason, LeftOut
from connectors.errors import ConfigError, ConnectorError
from connectors.layers import role_of
from connectors.manual import Follows
from connectors.roles import ByHand
from scanner.check_running import running_advice, running_problems
from scanner.check_sample import Sampler, Seen
from scanner.limits import Limits

_FOLDERS = 5000  # that are looked at in a source, at most: a check is no scan
_KEYS = ("the key", "the ledger's key")
_NO_EXPORT = "no export lies there yet, so nobody knows what is on the phone: ask its holder for one of all contacts"
_EVENTS = 1000  # of a scope's walk that are looked at, at most


@dataclass(slots=True)
class SourceCheck:
    """What one look at a source gave. `problems` are sentences; `error` says why the source was not reached."""

    source: str
    kind: str
    reached: bool = False
    error: str | None = None
    exit_code: int = 0
    items: bool | None = None  # is there anything at all? None: not reached
    erases: bool = False
    limits: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()  # what the source told of itself
    follows: str = ""  # the source that it changes with, and so has no items of its own
    problems: list[str] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)
    left_out: tuple[LeftOut, ...] = ()


def check_source(source: Source, *, known: bool, sampler: Sampler | None = None) -> SourceCheck:
    """Open the source, see its scopes and their first items, and ask the system whether it may be written.

    `known`: the index has items of it, so that an empty one counts as not reached (design: 3, invariant 8). With a
    `sampler`, a few items are read, to tell what no scan will be able to read.
    """
    found = SourceCheck(source.name, source.kind)
    try:
        connector = connect(source, hasty=True)
        connector.expect_items = known
        try:
            _look(connector, found, sampler.limits.blob if sampler is not None else Limits().blob)
        finally:
            connector.close()
        found.reached = True
    except ConfigError as error:
        found.error, found.exit_code = "; ".join(error.problems), error.exit_code
    except ConnectorError as error:
        found.error, found.exit_code = str(error), error.exit_code
    if found.reached:
        found.problems += _not_writable(source)
        if sampler is not None:
            sampler.read(source.name, found.seen)
    return found


def config_problems(config: Config) -> list[str]:
    """What is wrong between the settings: state that would be searched, a state folder that others can read."""
    problems = []
    state = config.agent.state.resolve()
    for source, folder in _folders(config):
        if state == folder or folder in state.parents:
            problems.append(
                f"the state folder lies in the source {source.name}: set [agent] state to a folder outside of it"
            )
    if state.is_dir() and stat.S_IMODE(state.stat().st_mode) & 0o077:
        problems.append("others than its owner can look into the state folder: run chmod 700 on it")
    return problems + running_problems(config)


def reading_problems(config: Config) -> list[str]:
    """What keeps items from being read as the settings ask: passwords that cannot be had, OCR that is not there."""
    problems = []
    try:
        resolve_lines(config.read.passwords, config.base)
    except ConfigError as error:
        problems += [f"[read] passwords: {one}; mend it, or take the reference out" for one in error.problems]
    if config.ocr.enabled:
        from scanner import pictures  # noqa: PLC0415 - only who reads pictures needs it

        found = pictures.problem(config.ocr)
        problems += [f"{_line(config, 'ocr', found.key)}[ocr] {found.key}: {found.text}"] if found else []
    return problems


def config_advice(config: Config) -> list[str]:
    """What works, and would be better otherwise."""
    advice = []
    if not config.company.domains:
        advice.append("[company] domains is empty: the company's own addresses count as other persons'")
    if not config.staff:
        advice.append("no [[staff]]: employees count as other persons, and fewer items can be removed whole")
    if not config.holds:
        advice.append(
            "no [[hold]] is set: invoices and receipts that the law keeps would be erased. For the Swedish rules put "
            'include = ["builtin:retention-se"] before the first table'
        )
    for what, path in _own_files(config):
        if path.parent == config.agent.state.resolve().parent and what in _KEYS:
            advice.append(
                f"{what} lies beside the state folder: who copies the folder above them has both. Keep it elsewhere"
            )
        advice += [
            f"{what} lies in the source {source.name}: it is not searched, but in reach. Keep it elsewhere"
            for source, folder in _folders(config)
            if folder in path.parents
        ]
    folders = list(_folders(config))
    for source, folder in folders:
        if folder in config.path.resolve().parents:
            advice.append(f"{config.path.name} lies in the source {source.name}: what it says of your staff is found")
        if folder.is_mount() and not source.settings.get("sentinel", True):
            advice.append(
                f"{source.name} is a mounted share without a sentinel: when it is gone, only its emptiness tells"
            )
        advice += [
            f"{source.name} lies in {other.name}: what is in it is found twice"
            for other, above in folders
            if other is not source and (above in folder.parents or (above == folder and other.name < source.name))
        ]
    return advice + running_advice(config)


def _own_files(config: Config) -> Iterator[tuple[str, Path]]:
    """The keys and the statistics, where they are files: what they are called and where they are."""
    for name, reference in zip(_KEYS, (config.agent.key, config.agent.ledger_key), strict=True):
        path = file_path(reference, config.base)
        if path is not None:
            yield name, path.resolve()
    if config.erase.statistics is not None:
        yield "the file of [erase] statistics", config.erase.statistics.resolve()


def _line(config: Config, table: str, key: str) -> str:
    """`gallra.toml:12: `, the line of a key or of its table, as problems of the file itself are told."""
    try:
        text = config.path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError):  # it was there a moment ago
        return ""
    return f"{config.path.name}:{line_of(find_lines(text), (table, key))}: "


def _look(connector: Connector, found: SourceCheck, largest: int) -> None:
    capabilities = connector.open()
    found.limits, found.facts, found.erases = capabilities.limits, capabilities.facts, capabilities.removes
    role = role_of(connector, Follows)
    found.follows = role.follows if role is not None else ""
    if not capabilities.removes:
        found.problems.append("this source does not let anything be erased")
    found.items = False
    seen = found.seen
    for scope in connector.scopes():
        events = iter(connector.walk(scope))
        for event in islice(events, _EVENTS):
            seen.take(event, largest)
        seen.cut = next(events, None) is not None or seen.cut  # asked for, a walk that is whole can tell what it left
    found.items = seen.items > 0
    found.left_out = connector.left_out()
    denied = seen.gaps[GapReason.DENIED]
    if denied:
        found.problems.append(f"{denied} parts may not be read by this account")
    if not found.items and not found.follows:
        handed = role_of(connector, ByHand) is not None
        found.problems.append(_NO_EXPORT if handed else "there is nothing in it: is it the right place?")


def _not_writable(source: Source) -> list[str]:
    """Folders that this account may not write: erasing a file needs that of its folder. Only for sources on disk."""
    closed: list[str] = []
    looked = 0
    for folder in _paths(source):
        for path in islice(_all_folders(folder), _FOLDERS):
            looked += 1
            if not os.access(path, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
                closed.append(os.path.relpath(path, folder))
    if not closed:
        return []
    return [f"{len(closed)} of {looked} folders may not be written: nothing in them can be erased; first: {closed[0]}"]


def _all_folders(top: Path) -> Iterator[str]:
    for folder, below, _ in os.walk(top):
        below.sort()
        yield folder


def _folders(config: Config) -> Iterator[tuple[Source, Path]]:
    for source in config.sources:
        for folder in _paths(source):
            yield source, folder


def _paths(source: Source) -> Iterator[Path]:
    """The folders on this machine that a source's settings name, links followed."""
    for option in registry.load(source.kind).options:
        value: Any = source.settings.get(option.name)
        if option.path and isinstance(value, str | os.PathLike) and value:
            yield Path(value).resolve()
