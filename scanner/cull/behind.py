"""Whether a case must be searched again before anybody relies on what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.blind import known_sources, searched, source_gaps, whole_sources
from scanner.cull.rules import rule_of, sources_of
from scanner.model import Case
from scanner.today import today
from scanner.uncovered import is_told

if TYPE_CHECKING:
    from scanner.workspace import Workspace


def is_behind(work: Workspace, case: Case) -> bool:
    """True where a source was scanned or grew old since, or the rules or what a backup covers were changed."""
    config, backups = work.config, case.request.backups
    if case.rules != work.rules_for(case.number, case.cull) or not is_told(case.gaps, config, asked=backups):
        return True
    places = config.places if backups else config.sources
    rule = rule_of(config, case.cull) if case.cull else None
    names = sources_of(config, rule) if rule is not None else [one.name for one in places]
    with work.index() as index:
        known = known_sources(index, names)
    now = {one.source: one.scanned_at for one in searched(known, [one for one in places if one.name in names])}
    gaps = source_gaps(known, today(), config.agent.stale_after_days)
    before = {one.source: one.scanned_at for one in case.searched}
    return now != before or whole_sources(gaps) != whole_sources(case.gaps)
