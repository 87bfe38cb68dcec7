"""`python -m tests.world OUT --seed 1 --customers 30`: writes a world and its gallra.toml, or load for a benchmark."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.world import build, build_documents, build_mails, config_text


def main() -> int:
    """Write what was asked for, and say how much it is."""
    parser = argparse.ArgumentParser(prog="python -m tests.world", description=__doc__)
    parser.add_argument("out", type=Path, help="a folder that is empty or not there yet")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--customers", type=int, default=30)
    parser.add_argument("--mails", type=int, default=5, help="mails with each customer")
    parser.add_argument("--noise", type=int, default=0, help="mails about nobody")
    parser.add_argument("--only-mails", type=int, metavar="N", help="no company: a Maildir of N mails")
    parser.add_argument("--only-documents", type=int, metavar="N", help="no company: N documents")
    args = parser.parse_args()
    if args.out.exists() and any(args.out.iterdir()):
        parser.error("the folder is not empty")
    sys.stdout.write(_write(args) + "\n")
    return 0


def _write(args: argparse.Namespace) -> str:
    if args.only_mails or args.only_documents:
        make, count = (build_mails, args.only_mails) if args.only_mails else (build_documents, args.only_documents)
        bulk = make(args.out, count, args.seed)
        return f"{bulk.files} files, {bulk.size} bytes"
    world = build(args.out, args.seed, args.customers, args.mails, args.noise)
    (args.out / "gallra.toml").write_text(config_text(world), encoding="utf-8")
    findings = sum(map(len, world.found.values()))
    return f"{len(world.persons)} persons, {findings} records about them, {len(world.files())} files"


if __name__ == "__main__":
    sys.exit(main())
