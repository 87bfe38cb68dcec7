"""The outcome of a quality run as tables, with the bars it must meet and the lines of what is wrong."""

from __future__ import annotations

from benchmarks.quality_run import Outcome
from benchmarks.quality_score import NAMES, OTHER, STRONG
from scanner.model import Tier

RECALL_NAMES, PRECISION_PROBABLE = 0.98, 0.98


def by_tier(outcome: Outcome) -> str:
    """Recall by what stands there, and precision by what was told."""
    score = outcome.score
    rows = [
        (
            what,
            *(str(score.count(what, None, end)) for end in ("found", "missed", "in a gap")),
            f"{score.recall(what):.4f}",
        )
        for what in (STRONG, NAMES, OTHER)
    ]
    told = [
        (
            tier.value,
            *(
                str(sum(n for key, n in score.told.items() if key[::2] == (tier.value, verdict)))
                for verdict in ("right", "possible", "wrong")
            ),
            f"{score.precision(tier):.4f}",
        )
        for tier in Tier
    ]
    return "\n\n".join(
        (
            _table(("what stands there", "found", "missed", "in a gap", "recall"), rows),
            _table(("told as", "the person's", "a namesake's or of a shared identifier", "wrong", "precision"), told),
        )
    )


def by_format(outcome: Outcome) -> str:
    """The same for each format."""
    score = outcome.score
    rows = []
    for kind in score.formats:
        count = sum(n for key, n in score.true.items() if key[1] == kind)
        told = sum(n for key, n in score.told.items() if key[1] == kind)
        recalls = (f"{score.recall(what, kind):.3f}" for what in (STRONG, NAMES))
        precisions = (f"{score.precision(tier, kind):.3f}" for tier in (Tier.CERTAIN, Tier.PROBABLE))
        rows.append((kind, str(count), *recalls, str(told), *precisions))
    head = ("format", "true records", "recall strong", "recall names", "told", "precision certain", "of probable")
    return _table(head, rows)


def by_start(outcome: Outcome) -> str:
    """What another start reaches of what the e-mail reaches."""
    rows = [
        (name, *map(str, (one.persons, one.wanted, one.reached, one.sure, one.short, len(one.unsaid), len(one.wrong))))
        for name, one in outcome.starts.items()
    ]
    head = ("start", "persons", "certain or probable from the e-mail", "reached", "as certain or probable")
    return _table((*head, "persons with less", "and not said why", "wrong"), rows)


def missed_bars(outcome: Outcome) -> list[str]:
    """Every bar that was not met."""
    score = outcome.score
    checks = {
        f"recall of strong identifiers is {score.recall(STRONG):.4f}, not 1": score.recall(STRONG) == 1,
        f"recall of names is {score.recall(NAMES):.4f}, below {RECALL_NAMES}": score.recall(NAMES) >= RECALL_NAMES,
        f"precision of certain is {score.precision(Tier.CERTAIN):.4f}, not 1": score.precision(Tier.CERTAIN) == 1,
        f"precision of probable is {score.precision(Tier.PROBABLE):.4f}, below {PRECISION_PROBABLE}": (
            score.precision(Tier.PROBABLE) >= PRECISION_PROBABLE
        ),
        f"{len(score.of('namesake'))} items of namesakes above possible": not score.of("namesake"),
    }
    starts = {
        f"from the {name} alone less was reached for {len(one.unsaid)} persons, and it was not said why": not one.unsaid
        for name, one in outcome.starts.items()
    } | {
        f"from the {name} alone {len(one.wrong)} findings were wrong": not one.wrong
        for name, one in outcome.starts.items()
    }
    return [text for text, met in (checks | starts).items() if not met]


def faults(outcome: Outcome) -> list[str]:
    """Every miss and every wrong one, a line each."""
    lines = [f"{sort}: {line}" for sort, line in sorted(outcome.score.lines)]
    for name, one in outcome.starts.items():
        lines += [f"from the {name}, {line}" for line in one.wrong]
        lines += [f"from the {name}, less and not said why: {line}" for line in one.unsaid]
    return lines


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
