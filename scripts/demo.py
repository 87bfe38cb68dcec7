"""`make demo`: a made-up company, one customer who asks to be erased, from the search to the certificate.

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
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from scripts.demo_copies import CONFIG, Copies, make_copies
from scripts.demo_neighbours import Neighbours
from tests.world import build, config_text

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / ".demo"
_MOST = 12  # lines that are shown of a section
_INVOICE = """Invex AB
FAKTURA
Fakturanummer: 20240117
Fakturadatum: 2024-05-14
Kund: {name}, {email}
Att betala: 12 500,00 kr
Moms 25 %: 2 500,00 kr
Bankgiro: 5050-1055
Förfallodatum: 2024-06-13
"""
_ALONE = 'name = "kunder"\nkind = "folder"\nbackup = "none"\n'  # of the sources, this one has a backup
_RULES = """
[cases]
identity_check = true
"""


def main() -> int:
    """Each step is the command a user would type, in .demo/."""
    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir()
    _say(
        "A small made-up company: customer folders and three nights of their backup, a register, mail, calendars, "
        "phone exports, archives."
    )
    world = build(DEMO, seed=1, customers=30)
    person = world.person("x-anna")  # she has a namesake in Malmö, whose data must stay
    invoice = DEMO / "kunder" / "Fakturor" / "faktura-20240117.txt"
    invoice.parent.mkdir()
    invoice.write_text(_INVOICE.format(name=person.name, email=person.emails[0]), encoding="utf-8")
    make_copies(DEMO, person.name)
    sources = config_text(world).replace(_ALONE, _ALONE.partition("backup")[0])
    config = 'include = ["builtin:retention-se"]\n' + sources + CONFIG + _RULES
    (DEMO / "gallra.toml").write_text(config, encoding="utf-8")
    neighbours, copies = Neighbours(DEMO, world.sources.values()), Copies(DEMO)

    _say("1. Index it. What cannot be read is told as a gap, never passed over.")
    _gallra("scan")
    _say(
        f"2. {person.name} writes: erase everything you have about me. One address is enough to start from. A customer "
        "in Malmö has the same name: what may be hers is only possible. The law holds an invoice."
    )
    _gallra("find", person.emails[0])
    findings: list[dict[str, Any]] = json.loads(_run("show", "1", "--json"))["findings"]
    _say("3. Who asked, and how do we know? This company's settings let nothing be erased before that is noted.")
    today = str(datetime.now().astimezone().date())
    _gallra(
        "request", "1", "--received", today,
        "--identified", "known customer, called back", "--by", "C. Ek",
    )  # fmt: skip
    _decide(findings)
    _say(
        "5. Carry out the plan that was shown, in the sources and then in the backup. It is verified by looking again."
    )
    _gallra("erase", "1", "--yes")
    _say("6. A check of the demo's own, that shares no code with gallra: what do the files hold now?")
    told = [*neighbours.told(_items(findings)), copies.told(person.name)]
    sys.stdout.write("".join(f"   {line}\n" for line in told))
    _finish()
    return 0


def _decide(findings: list[dict[str, Any]]) -> None:
    possible = _numbers(one for one in findings if one["tier"] == "possible" and one["state"] == "open")
    papers = [one for one in findings if one["tier"] != "possible" and _is_voucher(one)]
    passage = next(one for one in findings if one["within"][:1] == ["event 000015@kalender.invex.example"])
    waiting = _numbers(
        one for one in findings if one["action"] == "decide" and one["tier"] != "possible" and not _is_voucher(one)
    )
    _say("4. What waits for a person: the namesake's data is kept; so are vouchers that only a person could tell.")
    _gallra("decide", "1", *possible, "keep", "--reason", "the other customer of this name", quiet=True)
    _gallra(
        "decide", "1", *_numbers(papers), "keep",
        "--ground", "b", "--until", "2031-12-31", "--reason", "vouchers of 2024", quiet=True,
    )  # fmt: skip
    _say("Her name stands in an event of others. What would erasing it change?")
    _gallra("show", "1", "--changes", str(passage["id"]))
    _gallra("decide", "1", *waiting, "erase", quiet=True)
    _say(
        "Her row in the register's old copies: nobody edits a file in a backup. It stays, and the ledger will know her."
    )
    _gallra("decide", "1", "--backups", "ledger", "--reason", "gone after 30 days", quiet=True)


def _finish() -> None:
    _say("7. What nobody could read, a person looked at, and says so by name.")
    reasons = ("encrypted", "needs OCR", "unreadable", "unknown format")
    chosen = [part for reason in reasons for part in ("--reason-is", reason)]
    _gallra("accept", "1", *chosen, "--by", "C. Ek", "--reason", "looked at by hand, holds nothing of hers")
    _say("8. The certificate: signed, names no person, says what is held until when. Anybody can check it.")
    _gallra("certificate", "1", "-o", "certificate.pdf", "--role", "data protection officer")
    _gallra("certificate", "--check", "certificate.pdf")
    _say("9. Close the case: her name leaves gallra, too. What comes back from a backup is recognised all the same.")
    _gallra("close", "1")
    _gallra("audit", "verify")
    _say(
        "Open .demo/certificate.pdf: that is what is filed. `gallra run` does the rest by the clock: scans, culling, "
        "deadlines, what comes back (docs/agent.md)."
    )


def _is_voucher(one: dict[str, Any]) -> bool:
    """In her own folder, by the names this company gives to its vouchers; not what a rule holds already."""
    name = str(one["path"]).rpartition("/")[2]
    return one["state"] == "open" and name.startswith(("faktura-", "kvitto-"))


def _numbers(findings: Iterable[dict[str, Any]]) -> list[str]:
    """Findings as `decide` takes them, runs as ranges."""
    runs: list[list[int]] = []
    for number in sorted(one["id"] for one in findings):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return [str(first) if first == last else f"{first}-{last}" for first, last in runs]


def _items(findings: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(one["source"], one["path"]) for one in findings}


def _gallra(*arguments: str, quiet: bool = False) -> None:
    """Run the command as a user would, and show what it says, of long sections the ends; not if `quiet`."""
    sys.stdout.write(f"\n$ gallra {shlex.join(arguments)}\n")
    sys.stdout.flush()
    told = _run(*arguments)
    if not quiet:
        sys.stdout.write(_short(told))
    sys.stdout.flush()


def _short(text: str) -> str:
    parts = []
    for part in text.strip("\n").split("\n\n"):
        lines = part.split("\n")
        if len(lines) > _MOST:
            lines = [*lines[: _MOST - 2], f"  [... {len(lines) - _MOST + 1} more lines]", lines[-1]]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _run(*arguments: str) -> str:
    """What it printed. 3 (something waits or could not be read) is expected in this company."""
    command = [sys.executable, "-m", "scanner.cli.main", *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "GALLRA_CONFIG"}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "COLUMNS": environment.get("COLUMNS", "100")}
    done = subprocess.run(command, cwd=DEMO, env=environment, stdout=subprocess.PIPE, check=False)  # noqa: S603 - our own
    if done.returncode not in (0, 3):
        sys.stdout.write(done.stdout.decode("utf-8"))
        raise SystemExit(done.returncode)
    return done.stdout.decode("utf-8")


def _say(text: str) -> None:
    sys.stdout.write("\n" + textwrap.fill(f"== {text}", 100, subsequent_indent="   ") + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
