"""Promise 5: killed with -9 at any moment, the next run comes to the same end; rewritings too."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.little import ANNA, FILES, HERS, MAILS, Little, mail
from tests.promises.witness import only_hers_went, whole_or_less

MANY = {f"kunder/Anna Ek/brev {number:03d}.txt": f"Brev {number} till {ANNA}\n" for number in range(60)}


def test_5_killed_at_random_moments_one_more_run_comes_to_the_same_end(company: Little) -> None:
    assert killed(company, 10) >= 10


@pytest.mark.prove
def test_5_killed_a_hundred_times(company: Little) -> None:
    assert killed(company, 100, seed=2) >= 100


def killed(company: Little, wanted: int, seed: int = 1) -> int:
    """Kill `erase` again and again; when one run ends by itself, look at its end and start anew. Counts kills."""
    rng, kills = random.Random(seed), 0
    doomed = HERS | set(MANY)
    while kills < wanted:
        _restock(company)
        before = company.files()
        case, run = company.find()
        assert len(company.planned(run)) == len(doomed)
        for _ in range(wanted - kills + 2):
            if not _killed(company, case, rng):
                break
            kills += 1
            whole_or_less(before, company.files(), doomed)
        _finish(company, case)
        only_hers_went(before, company.files(), doomed)
        assert not (company.root / "kunder/Anna Ek").exists()
        _all_told(company, case, doomed)
    return kills


def _killed(company: Little, case: str, rng: random.Random) -> bool:
    """Kill one run, some files into its work or behind it; False where it ended by itself."""
    folder = company.root / "kunder/Anna Ek"
    enough = _count(folder) - rng.randrange(0, 8)
    process = company.desk.start("erase", case, "--yes", start_new_session=True)
    while process.poll() is None and 0 < _count(folder) > enough:
        time.sleep(0.001)
    time.sleep(rng.random() * rng.choice((0.003, 0.03, 0.3)))
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    ended = company.desk.ended(process)
    assert ended.code in (0, 3, 4, -signal.SIGKILL), ended.text
    return alive


def states(run: Any) -> dict[str, str]:
    return {one["path"]: one["state"] for one in run["findings"] if not one["within"]}


def _count(folder: Path) -> int:
    return len(os.listdir(folder)) if folder.exists() else 0


def _all_told(company: Little, case: str, doomed: set[str]) -> None:
    end = company.desk("show", "--json", case, code=0).json
    ours = {path.partition("/")[2] for path in doomed if path.startswith("kunder/")}
    told = states(end)
    assert {told[path] for path in ours} == {"erased"}
    assert {state for path, state in told.items() if path.startswith("INBOX/")} == {"erased"}
    assert not [one for one in end["findings"] if one["state"] != "erased"]
    company.desk("audit", "verify", code=0)


def _finish(company: Little, case: str) -> None:
    """One more run. Where the last kill fell after the states were saved, the rest of the plan is shown first."""
    if company.desk("erase", case, "--yes", code=[0, 3, 4]).code == 4:
        company.desk("show", case)
        company.desk("erase", case, "--yes", code=[0, 3])


def _restock(company: Little) -> None:
    for path, content in ({f"kunder/{name}": content for name, content in FILES.items()} | MANY).items():
        company.write(path, content)
    for path, (sender, subject, content) in MAILS.items():
        company.write(path, mail(sender, subject, content))
    company.desk("scan", code=[0, 3])  # 3: of what was erased in the round before, it says that it is back
