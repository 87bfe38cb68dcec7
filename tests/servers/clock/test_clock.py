"""The moved day is seen by processes that are started, at each look, and nothing else is moved."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

from tests.servers.clock import environment

LOOK = "from scanner.closing import today; print(today()); input(); print(today())"


def test_a_process_sees_the_day_of_the_file_and_of_the_variable(tmp_path: Path) -> None:
    file = tmp_path / "dagar"
    env = dict(os.environ) | environment(3, file)
    before = date.today()
    with subprocess.Popen(
        [sys.executable, "-c", LOOK], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        first = process.stdout.readline().strip()
        file.write_text("-40\n", encoding="ascii")
        process.stdin.write("\n")
        process.stdin.flush()
        second = process.stdout.readline().strip()
    days = [timedelta(3), timedelta(-40)]
    assert [first, second] in [[str(day + more) for more in days] for day in (before, date.today())]
