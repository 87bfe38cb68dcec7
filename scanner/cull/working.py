"""Searching by a rule in one installation, and taking what is found into the rule's case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from config.build import readers_of
from config.model import CullRule
from scanner.blind import known_sources, moments, searched, settled, source_gaps
from scanner.cull.rules import rule_of, sources_of
from scanner.model import Case, Searched, State
from scanner.supervise import Failure, Supervisor
from scanner.today import today

if TYPE_CHECKING:  # these need every reader, which `find` needs not
    from scanner.cull.look import CullTask, Seen
    from scanner.cull.search import Culled
    from scanner.workspace import Workspace

Found = tuple["Culled", list[Searched]]


def look_for(work: Workspace, case: Case) -> Found:
    """What the case's rule says may go now. A rule that is configured no more says that nothing may."""
    from scanner.cull.search import Culled, search  # noqa: PLC0415 - see above

    rule = rule_of(work.config, case.cull)
    case.request.backups = False  # what is in them leaves when they expire
    case.rules = work.rules_for(case.number, case.cull)
    if rule is None:
        return Culled(case.cull), []
    names = sources_of(work.config, rule)
    hold = partial(work.hold, work.standing(case.number))
    kept = {one.locator for one in case.findings if one.state is State.KEPT}
    with work.index() as index:
        before = moments(index, names)
        found = search(rule, index, names, partial(_looked, work, rule, names), hold, kept)
        known, after = known_sources(index, names), moments(index, names)
    found.gaps += source_gaps(known, today(), work.config.agent.stale_after_days)
    sources = [one for one in work.config.sources if one.name in names]
    return found, settled(searched(known, sources), before, after)


def search_into(work: Workspace, case: Case, *, grow: bool = False) -> Culled:
    """Search again and take what is found into the case; `grow`: new items too, though it has run. Saves nothing."""
    from scanner.cull.taking import take  # noqa: PLC0415 - see above

    found, told = look_for(work, case)
    with work.index() as index:
        take(case, found, told, lambda item: index.item_by_path(item.source, item.path) is not None, grow=grow)
    return found


def _looked(
    work: Workspace, rule: CullRule, names: Iterable[str], tasks: Iterable[CullTask]
) -> Iterator[tuple[CullTask, Seen]]:
    from scanner.cull.look import FAILED, Judge, LookSettings, make_look_job  # noqa: PLC0415 - see above
    from scanner.workspace import workers  # noqa: PLC0415 - which imports this

    wanted = list(tasks)
    if not wanted:
        return
    settings = LookSettings(work.reader(), Judge(rule, today()))
    job = partial(make_look_job, settings)
    with Supervisor(job, workers(), settings.reader.limits, chunk=8) as supervisor:
        for task, result in supervisor.run(wanted, readers_of(work.config, names)):
            yield task, FAILED if isinstance(result, Failure) else result
