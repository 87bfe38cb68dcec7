"""`make picture`: runs the demo and draws parts of what it really printed as docs/demo.svg, for the README."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "demo.svg"
COLUMNS = 100
# What is shown: the start of a line, and how many lines from there. What is left out is marked.
PARTS = (
    ("$ gallra find", 7),
    ("Will be removed", 5),
    ("  - correspondence", 2),
    ("Will be taken out of what stays", 8),
    ("Wait for a decision (", 2),
    ("  - the person is named", 3),
    ("Held by law", 5),
    ("Plan ", 1),
    ("$ gallra show 1 --changes", 3),
    ("$ gallra erase", 4),
    ("$ gallra certificate 1 -o", 2),
    ("$ gallra certificate --check", 4),
    ("$ gallra close", 2),
)
_LEFT_OUT = "  [...]"
_CHARACTER, _LINE, _MARGIN = 7.8, 18, 18  # pixels
_STYLE = (
    "text{font:13px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#d6dde6;white-space:pre}"
    ".command{fill:#8fd694;font-weight:bold}.head{fill:#f2f5f8;font-weight:bold}.left{fill:#7b8794}.warn{fill:#f0c674}"
)


def main() -> int:
    """Run the demo, pick the parts, write the picture."""
    lines = list(_pick(_run()))
    TARGET.write_text(draw(lines), encoding="utf-8")
    sys.stdout.write(f"{TARGET.relative_to(ROOT)}: {len(lines)} lines\n")
    return 0


def draw(lines: list[str]) -> str:
    """The lines as an SVG picture of a terminal; every line is held to its width, whatever font draws it."""
    wide = max(COLUMNS, *map(len, lines)) * _CHARACTER + 2 * _MARGIN
    high = len(lines) * _LINE + 2 * _MARGIN
    texts = [
        f'<text class="{_look(line)}" x="{_MARGIN + _indent(line) * _CHARACTER:.1f}" '
        f'y="{_MARGIN + number * _LINE + 13}" textLength="{len(line.strip()) * _CHARACTER:.1f}" '
        f'lengthAdjust="spacingAndGlyphs" xml:space="preserve">{escape(line.strip())}</text>'
        for number, line in enumerate(lines)
        if line.strip()
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high}" width="{wide:.0f}" height="{high}" '
        f'role="img" aria-label="A run of gallra in a terminal">\n<style>{_STYLE}</style>\n'
        f'<rect width="100%" height="100%" rx="8" fill="#1b2129"/>\n' + "\n".join(texts) + "\n</svg>\n"
    )


def _run() -> list[str]:
    command = [sys.executable, "-m", "scripts.demo"]
    environment = os.environ | {"COLUMNS": str(COLUMNS), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)  # noqa: S603 - our own
    return done.stdout.decode("utf-8").split("\n")


def _pick(lines: list[str]) -> Iterator[str]:
    """The parts in their order. Raises ValueError where the demo does not print one of them any more."""
    at = 0
    for begin, count in PARTS:
        found = next((number for number in range(at, len(lines)) if lines[number].startswith(begin)), None)
        if found is None:
            raise ValueError(f"the demo prints nothing that begins with {begin!r}")
        if begin.startswith("$"):
            yield from ([""] if at else [])
        elif any(lines[at:found]):
            yield _LEFT_OUT
        part = lines[found : found + count]
        while part and not part[-1].strip():
            part.pop()
        yield from part
        at = found + count


def _look(line: str) -> str:
    if line.startswith("$"):
        return "command"
    if line == _LEFT_OUT:
        return "left"
    if "INCOMPLETE" in line or line.startswith("Gaps:"):
        return "warn"
    return "head" if line[:1].isupper() else "line"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


if __name__ == "__main__":
    raise SystemExit(main())
