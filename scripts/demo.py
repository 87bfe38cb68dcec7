"""`make demo`: a made-up company, one customer who asks to be erased, and the certificate at the end.

Everything happens under .demo/ in this checkout; run again, it starts from scratch.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.world import build, config_text

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / ".demo"
CERTIFICATE = DEMO / "certificate.html"


def main() -> int:
    """Build, scan, find, erase, certify; each step is the command a user would type."""
    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir()
    _say("A small made-up company: customer folders, a register, mail, calendars, phone exports, archives.")
    world = build(DEMO, seed=1, customers=30)
    (DEMO / "gallra.toml").write_text(config_text(world), encoding="utf-8")
    person = world.person("x-anna")  # she has a namesake in Malmö, whose data must stay

    _say("1. Index it (in real life this runs in the background).")
    _gallra("scan")
    _say(f"2. {person.name} writes: erase everything you have about me. One address is enough to start from.")
    _gallra("find", person.emails[0])
    _say("3. The plan was shown; carry it out. What lies among other people's data waits for a decision.")
    _gallra("erase", "1", "--yes")
    _say("4. The log of what was done is whole, and a second scan reads nothing.")
    _gallra("audit", "verify")
    _gallra("scan")
    _say("5. The certificate. It names no person.")
    _gallra("certificate", "1", "-o", str(CERTIFICATE), "--force")
    _gallra("certificate", "1", "-o", str(CERTIFICATE.with_suffix(".json")), "--force")
    certificate = json.loads(CERTIFICATE.with_suffix(".json").read_text(encoding="utf-8"))
    sys.stdout.write(json.dumps(certificate, indent=2, ensure_ascii=False) + "\n")
    _say(f"Open {CERTIFICATE.relative_to(ROOT)} in a browser to see it as it is printed and signed.")
    return 0


def _gallra(*arguments: str) -> None:
    """Run the command as a user would. 3 (something waits or could not be read) is expected in this company."""
    sys.stdout.write(f"\n$ gallra {shlex.join(arguments)}\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "scanner.cli.main", "--config", str(DEMO / "gallra.toml"), *arguments]
    code = subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 - our own command
    if code not in (0, 3):
        raise SystemExit(code)


def _say(text: str) -> None:
    sys.stdout.write(f"\n== {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
