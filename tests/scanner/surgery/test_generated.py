"""Two hundred made-up files of each editable format, through the whole engine: what left, and that nothing else did.

Each has 1 to 500 records, of which 20 leave. The judges are other programs' parsers (`witnesses`) and the makers' own
knowledge of their bytes. A tenth, of smaller files, runs always; the rest by `make prove`.
"""

from __future__ import annotations

import random

import pytest

from scanner.blob import Blob
from scanner.limits import Limits
from scanner.surgery import registry
from scanner.surgery.base import CannotEdit
from scanner.surgery.operate import operate
from tests.scanner.surgery import witnesses
from tests.scanner.surgery.trials import MAKERS, Trial

ALWAYS, ALL = 20, 200
FEW, MANY = 60, 500  # the most records of a file
A_BATCH = 20
LIMITS = Limits()


def test_every_editable_format_has_a_maker() -> None:
    assert set(registry.names()) <= set(MAKERS)


@pytest.mark.parametrize("name", MAKERS)
def test_twenty_records_leave_and_all_else_stays(name: str) -> None:
    _all(name, range(ALWAYS), FEW)


@pytest.mark.prove
@pytest.mark.parametrize("first", range(ALWAYS, ALL, A_BATCH))
@pytest.mark.parametrize("name", MAKERS)
def test_twenty_records_leave_larger_files_too(name: str, first: int) -> None:
    _all(name, range(first, first + A_BATCH), MANY)


def _all(name: str, seeds: range, most: int) -> None:
    """Every file is edited, or is one that its maker knows may be refused."""
    refused = 0
    for seed in seeds:
        rng = random.Random(f"{name} {seed}")
        trial = MAKERS[name](rng, rng.randint(1, most))
        try:
            refused += not _edited(trial)
        except Exception as error:
            error.add_note(f"{name}, seed {seed}, at most {most} records")
            raise
    print(f"{name}: {len(seeds)} files, {refused} refused")
    assert refused < len(seeds)


def _edited(trial: Trial) -> bool:
    """False where it was refused, and may be."""
    try:
        after = operate(Blob(trial.data, trial.name), trial.cuts, trial.person, LIMITS)
    except CannotEdit:
        if not trial.may_refuse:
            raise
        return False
    trial.check(after)
    layers = list(witnesses.opened(after))
    assert not [canary for canary in trial.canaries if any(canary in layer for layer in layers)]
    seen = any(canary in layer for layer in witnesses.opened(trial.data) for canary in trial.canaries)
    assert seen or not trial.canaries, "the canaries are such that the witness can see them"
    return True
