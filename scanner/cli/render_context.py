"""The matched text of a finding as lines of a terminal: what is the subject's is bold, or «marked» where it is none."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scanner.cli.output import clean, wrapped
from scanner.context.model import COVER, Context, Note, Passage
from scanner.evidence_words import LABELS

_ON, _OFF = "\x02", "\x03"  # no clean text holds them; each is counted as a column, so a line may end a little early
_SIGNS = {True: ("\x1b[1m", "\x1b[22m"), False: ("«", "»")}
_INDENT = 6


def context_lines(context: Context) -> tuple[str, ...]:
    """The passages, how many more there are, and what must be said of them."""
    lines = [line for passage in context.passages for line in _drawn(passage)]
    if context.more:
        lines += wrapped(f"and {context.more} more", _INDENT, 2)
    lines += [line for note in context.notes for line in wrapped(f"({noted(note, context)})", _INDENT, 2)]
    return tuple(lines)


def legend(contexts: Iterable[Context]) -> str:
    """What the signs in the passages stand for; empty where there are none."""
    told = "".join(passage.text for one in contexts for passage in one.passages)
    signs = {COVER: "the national id of another person", "⏎": "the end of a line"}
    return "\n".join(f"{sign} stands for {words}" for sign, words in signs.items() if sign in told)


def noted(note: Note, context: Context) -> str:
    """A note, with the reasons why something could not be read."""
    if note in (Note.UNREAD, Note.FAILED) and context.reasons:
        return f"{note.value}: {', '.join(one.value for one in context.reasons)}"
    return note.value


def add_context(findings: Sequence[dict[str, Any]], contexts: Mapping[int, Context]) -> None:
    """Put the passages into findings as `--json` prints them."""
    for finding in findings:
        context = contexts.get(finding["id"])
        if context is not None:
            finding["context"] = [_json(passage) for passage in context.passages]
            finding["context_more"] = context.more
            finding["context_notes"] = [noted(note, context) for note in context.notes]


def _json(passage: Passage) -> dict[str, Any]:
    marks, place = [], 0
    for piece in passage.pieces:
        if piece.marked:
            marks.append([place, place + len(piece.text)])
        place += len(piece.text)
    before, after = passage.cut
    return {
        "role": passage.role.value,
        "field": passage.field,
        "text": passage.text,
        "marks": marks,
        "cut_before": before,
        "cut_after": after,
    }


def _drawn(passage: Passage) -> list[str]:
    told = "".join(f"{_ON}{clean(one.text)}{_OFF}" if one.marked else clean(one.text) for one in passage.pieces)
    before, after = ("… " if passage.cut[0] else "", " …" if passage.cut[1] else "")
    return _signed(wrapped(f"{LABELS[passage.role]}: {before}{told}{after}", _INDENT, 2), _SIGNS[_is_terminal()])


def _signed(lines: Sequence[str], signs: tuple[str, str]) -> list[str]:
    """Marks as signs; a mark that goes on in the next line is switched off between them, as its indent is no mark."""
    on, off = signs
    found, is_open = [], False
    for line in lines:
        text = line.lstrip(" ")
        shown = " " * (len(line) - len(text)) + (on if is_open and on != "«" else "")
        is_open = line.rfind(_ON) > line.rfind(_OFF) if _ON in line or _OFF in line else is_open
        shown += text.replace(_ON, on).replace(_OFF, off) + (off if is_open and on != "«" else "")
        found.append(shown)
    return found


def _is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
