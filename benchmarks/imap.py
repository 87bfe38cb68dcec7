"""IMAP: a scan of a mailbox by gallra against `mbsync` and `notmuch new` of the same mailbox, in one run, in turn.

    python -m benchmarks.imap [--mails 20000] [--folders 30] [--runs 3] [--samples FOLDER]

A Dovecot on loopback holds the mails (made up, or real ones from FOLDER/spamassassin); neither side uses TLS. Then ten
mails arrive, and both look again; what gallra reads then is counted on the line. Needs Debian's packages dovecot-imapd,
isync and notmuch. The server's own CPU is in nobody's figures, but in everybody's wall time.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.imap_line import Counted
from benchmarks.measure import Run, medians, run
from benchmarks.scan import _copy_samples
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.world import build_mails

_NEW = 10
Tool = Callable[[Path, int, str], list[str]]


def main() -> int:
    """Fill the mailbox, let each side fetch it, let ten mails arrive, let each side look again."""
    options = _options()
    if missing := [name for name in ("mbsync", "notmuch") if shutil.which(name) is None]:
        sys.stdout.write(f"not installed: {', '.join(missing)}; nothing was measured\n")
        return 1
    server = Dovecot()
    try:
        with tempfile.TemporaryDirectory(prefix="gallra-bench-") as name:
            _measure(server, Path(name), options)
    finally:
        server.stop()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--folders", type=int, default=30)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--samples", type=Path, help="a folder with spamassassin/: real mails, each with an id of its own"
    )
    return parser.parse_args()


def _measure(server: Dovecot, root: Path, options: argparse.Namespace) -> None:
    mails = list(_mails(root, options.mails + _NEW * options.runs, options.samples))
    new, old = mails[: _NEW * options.runs], mails[_NEW * options.runs :]
    user = server.account()
    size = _fill(server, user, old, options.folders)
    sys.stdout.write(
        f"{len(old)} mails, {size / 1e6:.1f} MB, {options.folders} folders, median of {options.runs} runs, in turn\n"
    )
    first: dict[str, list[Run]] = {"gallra": [], "mbsync + notmuch": []}
    again: dict[str, list[Run]] = {"gallra": [], "mbsync + notmuch": []}
    read: list[int] = []
    for turn in range(options.runs):
        line = Counted(server.port)
        states = {"gallra": root / f"own-{turn}", "mbsync + notmuch": root / f"other-{turn}"}
        first["gallra"].append(_all(_gallra(states["gallra"], server.port, user)))
        counted = root / f"counted-{turn}"
        _all(_gallra(counted, line.port, user))
        first["mbsync + notmuch"].append(_all(*_others(states["mbsync + notmuch"], server.port, user)))
        server.deliver(user, "INBOX", [path.read_bytes() for path in new[turn * _NEW : (turn + 1) * _NEW]], "S")
        line.read.clear()
        _all(_gallra(counted, line.port, user))
        read.append(len(line.read))
        again["gallra"].append(_all(_gallra(states["gallra"], server.port, user)))
        again["mbsync + notmuch"].append(_all(*_others(states["mbsync + notmuch"], server.port, user)))
        line.close()
        _complete(states["mbsync + notmuch"], len(old) + (turn + 1) * _NEW)
        for state in (*states.values(), counted):
            shutil.rmtree(state)
    _tell("all of it", first, len(old), size)
    _tell(f"after {_NEW} new mails", again, _NEW, 0)
    sys.stdout.write(f"  gallra read {', '.join(str(one) for one in read)} mails of {_NEW} new ones\n")


def _mails(root: Path, count: int, samples: Path | None) -> Iterator[Path]:
    folder = root / "mails"
    if samples:
        real = len(list((samples / "spamassassin").rglob("*.txt")))
        (root / "nothing" / "documents").mkdir(parents=True)
        (root / "nothing" / "spamassassin").symlink_to(samples / "spamassassin")
        _copy_samples(root / "nothing", folder, root / "documents", -(-count // real))
    else:
        build_mails(folder, count, seed=1)
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    yield from found[:count]


def _fill(server: Dovecot, user: str, mails: Sequence[Path], folders: int) -> int:
    size = 0
    for number in range(folders):
        part = [path.read_bytes() for path in mails[number::folders]]
        size += sum(map(len, part))
        server.deliver(user, f"Mapp {number:02}" if number else "INBOX", part, "S")
    return size


def _all(*commands: Sequence[str]) -> Run:
    """The commands one after the other, as one."""
    done = [run(command) for command in commands]
    return Run(
        sum(one.cpu for one in done),
        sum(one.wall for one in done),
        max(one.peak for one in done),
        max(one.code for one in done),
    )


def _gallra(state: Path, port: int, user: str) -> list[str]:
    config = state / "gallra.toml"
    if not state.exists():
        state.mkdir()
        (state / "password").write_text(PASSWORD)
        (state / "password").chmod(0o600)
        config.write_text(
            f'[[source]]\nname = "bench"\nkind = "imap"\nhost = "127.0.0.1"\nport = {port}\ntls = false\n'
            f'user = "{user}"\npassword = "file:{state / "password"}"\n'
        )
    return [sys.executable, "-m", "scanner.cli.main", "--config", str(config), "scan"]


def _others(state: Path, port: int, user: str) -> tuple[list[str], list[str]]:
    mails, database = state / "mails", state / "db"
    if not state.exists():
        for folder in (mails, database):
            folder.mkdir(parents=True)
        (state / "mbsyncrc").write_text(
            f"IMAPAccount bench\nHost 127.0.0.1\nPort {port}\nUser {user}\nPass {PASSWORD}\n"
            "SSLType None\nAuthMechs LOGIN\n\nIMAPStore far\nAccount bench\n\n"
            f"MaildirStore near\nPath {mails}/\nInbox {mails}/INBOX\nSubFolders Verbatim\n\n"
            "Channel bench\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSync Pull\nSyncState *\n"
        )
        (state / "notmuch").write_text(
            f"[database]\npath={database}\nmail_root={mails}\n[new]\ntags=new\n[user]\nname=b\nprimary_email=b@b.example\n"
        )
    return (
        ["mbsync", "-q", "-c", str(state / "mbsyncrc"), "-a"],
        ["notmuch", "--config", str(state / "notmuch"), "new", "--quiet"],
    )


def _complete(state: Path, count: int) -> None:
    """Raises unless the other side has every mail: else its figures would mean nothing."""
    have = sum(path.parent.name in ("cur", "new") for path in (state / "mails").rglob("*") if path.is_file())
    if have != count:
        raise RuntimeError(f"mbsync has {have} of {count} mails")


def _tell(what: str, taken: dict[str, list[Run]], count: int, size: int) -> None:
    sys.stdout.write(f"\n{what}\n")
    own = medians(taken["gallra"])
    for name, runs in taken.items():
        one = medians(runs)
        megabytes = f"{size / 1e6 / one.wall:6.2f} MB/s " if size else ""
        sys.stdout.write(
            f"  {name:17} {one.wall:7.2f} s wall {one.cpu:7.2f} s CPU {count / one.wall:8.0f} mails/s {megabytes}"
            f"x{one.wall / own.wall:5.2f} of gallra's wall x{one.cpu / own.cpu:5.2f} of its CPU "
            f"{one.peak / 2**20:6.0f} MiB peak  exit {one.code}\n"
        )


if __name__ == "__main__":
    raise SystemExit(main())
