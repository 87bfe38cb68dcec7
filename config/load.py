"""Reads the configuration file: a frozen Config, or one ConfigError with every problem and its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config import sections
from config.backups import backups
from config.document import parse, read_text
from config.include import INCLUDE, included
from config.lines import find_lines
from config.log import health, log
from config.model import Config, unknown
from config.named import Known, Taken
from config.notify import notify
from config.policies import Policies
from config.problems import Problems, check
from config.registers import registers
from config.rules import Rules
from config.schedules import schedules
from config.smtp import smtp
from config.sources import sources
from connectors.errors import ConfigError

_ONE = (
    *("agent", "company", "read", "ocr", "limits", "detect", "erase", "cases", "smtp"),
    *("schedule", "notify", "log", "health"),
)
_MANY = ("staff", "source", "backup", "hold", "cull", "policy", "register")
TABLES = (*_ONE, *_MANY)


def load(path: Path) -> Config:
    """The settings in the file, complete and checked; it does no I/O beyond reading it and what it includes.

    Raises ConfigError whose `problems` are all problems found, each `FILE:LINE: WHERE: WHAT`, never with the value
    of a secret. Problems of reading the file or of its syntax come alone, for nothing else can be said then.
    """
    text = read_text(path)
    document = parse(str(path), text)
    if not document:
        raise ConfigError([f"{path}: is empty: it needs at least one [[source]]. `gallra init DIR` writes an example"])
    problems = Problems(str(path), find_lines(text))
    absolute = path.absolute()
    _refuse_unknown(document, problems)
    agent, base = sections.agent(document, absolute.parent, problems), absolute.parent
    times = schedules(document, problems)
    known, taken = Known(document), Taken()
    read, hands = sources(document, base, known, taken, times.sources, problems)
    copies, providers = backups(document, base, known, taken, read, times.sources, problems)
    rules = Rules(known)
    policies = Policies(rules, document)
    rules.read(document, problems)
    policies.read(document, problems)
    others = []
    for one in included(document, path.parent, problems):
        rules.read(one.document, one.problems)
        policies.read(one.document, one.problems)
        others.append(one.problems)
    found = Config(
        path=absolute,
        agent=agent,
        company=sections.company(document, agent.region, problems),
        staff=sections.staff(document, agent.region, problems),
        sources=read,
        limits=sections.limits(document, problems),
        detect=sections.detect(document, problems),
        read=sections.read(document, problems),
        ocr=sections.ocr(document, base, problems),
        erase=sections.erase(document, base, problems),
        cases=sections.cases(document, problems),
        holds=tuple(rules.holds),
        culls=tuple(rules.culls),
        policies=tuple(policies.policies),
        registers=registers(document, known, problems),
        backups=copies,
        hands=(*hands, *providers),
        smtp=smtp(document, problems),
        schedules=times,
        notify=notify(document, problems),
        log=log(document, base, (*read, *(one.source for one in copies)), problems),
        health=health(document, base, problems),
    )
    check([problems, *others])
    return found


def _refuse_unknown(document: Mapping[str, Any], problems: Problems) -> None:
    for name, value in document.items():
        if name not in TABLES and name != INCLUDE:
            what = "table" if isinstance(value, dict | list) else "key"
            problems.add((name,), unknown(what, name, (*TABLES, INCLUDE)))
