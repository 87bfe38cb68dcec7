"""A scan in a process of its own that tells what it cost: JSON with peaks of memory (bytes) and the gaps.

python -m tests.scanner.isolation_process CONFIG [ADDRESS...]
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from scanner.asked import asked
from scanner.workspace import Workspace


def main(config: str, *addresses: str) -> None:
    """Scan, then look the addresses up."""
    with Workspace.open(Path(config)) as work:
        reports = work.scan()
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10  # of the workers, ended or not yet:
        found: dict[str, list[str]] = {}
        for one in addresses:
            findings, _, _ = work.search(work.identify(asked((one,), {}, work.detect)))
            found[one] = sorted({finding.locator.path for finding in findings})
        with work.index() as index:
            gaps = [(gap.path, list(gap.steps), gap.reason.value, gap.detail) for gap in index.gaps()]
    children = max(children, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10)
    seconds = sum(report.seconds for report in reports)
    errors = [report.error for report in reports if report.error]
    told = {"gaps": gaps, "found": found, "own": _own_peak(), "workers": children, "seconds": seconds, "errors": errors}
    print(json.dumps(told))


def _own_peak() -> int:
    """Of this program alone: getrusage counts what the process that started it held, too."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main(*sys.argv[1:])
