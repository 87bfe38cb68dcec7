"""Real mail, contacts, calendars and sheets that others wrote, with known truth: record by record."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quality_samples import AREAS, evaluate, table
from tests.samples import SAMPLES, needs_samples


@needs_samples
@pytest.mark.parametrize("area", AREAS)
def test_an_area_is_found_whole_and_nothing_else_is_certain(
    area: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = evaluate(SAMPLES, area, tmp_path)
    with capsys.disabled():
        print("\n" + table({area: scores}).splitlines()[-1])
    assert scores, "the truth files of this area are missing"
    assert sum(one.wanted for one in scores) > 0
    assert {one.case: one.missed for one in scores if one.missed} == {}
    assert {one.case: one.wrong_certain for one in scores if one.wrong_certain} == {}
