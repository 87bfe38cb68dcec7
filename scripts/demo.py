"""`make demo`: a made-up company, one customer who asks to be erased, and the certificate at the end.

Everything happens under .demo/ in this checkout; run again, it starts from scratch.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from tests.world import build, config_text

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / ".demo"


def main() -> int:
    """Build, check, scan, find, erase, certify; each step is the command a user would type, in .demo/."""
    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir()
    _say("A small made-up company: customer folders, a register, mail, calendars, phone exports, archives.")
    world = build(DEMO, seed=1, customers=30)
    (DEMO / "gallra.toml").write_text(config_text(world), encoding="utf-8")
    person = world.person("x-anna")  # she has a namesake in Malmö, whose data must stay

    _say("1. Index it. What cannot be read is told as a gap, never passed over.")
    _gallra("scan")
    _say(
        f"2. {person.name} writes: erase everything you have about me. One address is enough to start from. A customer "
        "in Malmö has the same name: her data is only possible, and stays."
    )
    _gallra("find", person.emails[0])
    _say("3. Carry out the plan that was shown. What lies among other people's data waits for a person's decision.")
    _gallra("erase", "1", "--yes")
    _say("4. The log of what was done is whole, and a second scan has nothing to read.")
    _gallra("audit", "verify")
    _gallra("scan")
    _say("5. The certificate. It names no person, and says what is not done yet.")
    _gallra("certificate", "1", "-o", "certificate.html")
    _gallra("certificate", "1", "-o", "certificate.json")
    sys.stdout.write(_summary(json.loads((DEMO / "certificate.json").read_text(encoding="utf-8"))))
    _say("Open .demo/certificate.html in a browser: the same, as it is printed and signed.")
    sys.stdout.write("Look further yourself:  cd .demo && ../.venv/bin/gallra show 1\n")
    return 0


def _summary(values: dict[str, Any]) -> str:
    """The certificate for a terminal: the values of its JSON in the words of its page."""
    states = ", ".join(f"{count} {state}" for state, count in values["states"].items())
    rows = [
        ("case", values["case"]),
        ("controller", values["controller"]),
        ("ground", values["ground"]),
        ("opened", values["dates"]["opened"]),
        ("erased", values["dates"]["run"]),
        (
            "verified",
            f"{values['verification']['at']}, {values['verification']['looked_at_again']} items looked for again",
        ),
        ("sources", ", ".join(one["source"] for one in values["sources"])),
        (
            "searched",
            f"{sum(one['items'] for one in values['sources'])} items, "
            f"{sum(one['records'] for one in values['sources'])} records",
        ),
        ("findings", states),
        ("gaps", f"{values['gaps']} parts could not be searched"),
        ("outcome", f"{values['outcome'].upper()}: {values['unresolved']} findings wait, {values['gaps']} gaps"),
        ("plan", values["plan"]),
        ("audit", values["audit"]),
    ]
    return "\n" + "".join(f"  {name:<11} {value}\n" for name, value in rows)


def _gallra(*arguments: str) -> None:
    """Run the command as a user would. 3 (something waits or could not be read) is expected in this company."""
    sys.stdout.write(f"\n$ gallra {shlex.join(arguments)}\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "scanner.cli.main", *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "GALLRA_CONFIG"}
    code = subprocess.run(command, cwd=DEMO, env=environment, check=False).returncode  # noqa: S603 - our own command
    if code not in (0, 3):
        raise SystemExit(code)


def _say(text: str) -> None:
    sys.stdout.write("\n" + textwrap.fill(f"== {text}", 100, subsequent_indent="   ") + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
