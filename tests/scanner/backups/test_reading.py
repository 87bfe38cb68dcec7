"""What is read out of a backup is announced many at a time: one command for a file each would take for ever."""

from __future__ import annotations

import pytest

from scanner.limits import Limits
from scanner.supervise import Supervisor
from tests.scanner.backups.chunk_jobs import make


@pytest.mark.parametrize("whole", [True, False])
def test_dear_tasks_stay_together_where_they_shall(whole: bool) -> None:
    with Supervisor(make, 1, Limits(), chunk=16) as supervisor:
        sizes = [size for _, size in supervisor.run(range(48), whole=whole)]
    assert len(sizes) == 48
    assert (set(sizes) == {16}) is whole
