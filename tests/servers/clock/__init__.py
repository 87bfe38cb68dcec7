"""Another day for processes of gallra: `environment` for one that is started, `turn` for what runs in the test."""

from __future__ import annotations

import os
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

import scanner.today

FOLDER = Path(__file__).parent
_real = scanner.today.today


def environment(days: int = 0, file: Path | None = None) -> dict[str, str]:
    """What a process needs to see the day moved by so many days, or by what stands in the file at each look."""
    path = os.pathsep.join(filter(None, [str(FOLDER), os.environ.get("PYTHONPATH", "")]))
    return {"PYTHONPATH": path, "CLOCK_DAYS": str(days)} | ({"CLOCK_FILE": str(file)} if file is not None else {})


def turn(monkeypatch: pytest.MonkeyPatch, days: int) -> date:
    """Move the day in this process, wherever a module of gallra has it by name; the day that it is then."""
    day = _real() + timedelta(days=days)

    def today() -> date:
        return day

    monkeypatch.setattr(scanner.today, "today", today)
    ours = [module for name, module in list(sys.modules.items()) if name.split(".")[0] in ("scanner", "config")]
    for module in ours:
        if getattr(getattr(module, "today", None), "__module__", "") in ("scanner.today", __name__):
            monkeypatch.setattr(module, "today", today)
    return day
