"""Proposed columns as TOML that can be pasted into the configuration: one column a line, each with its reason.

What is unsure stands there as a comment. No value of the data is in it: names of tables and columns alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from connectors.registers.columns import KINDS
from connectors.registers.describe import ForeignKey, TableShape
from scanner.registers.columns import Proposed, TableProposal


def source_tables(source: str, proposals: Sequence[TableProposal]) -> str:
    """`[[source.table]]` for every table of a database that is about persons; to stand right below its source."""
    lines = [f"# Below [[source]] {_quoted(source)}:"]
    for one in proposals:
        lines += ["", *_source_table(one, [other for other in proposals if other is not one])]
    nothing = [_name(one.table) for one in proposals if not one.columns]
    if nothing:
        lines += ["", f"# Nothing about persons was seen in: {', '.join(map(_quoted, nothing))}"]
    return "\n".join(_joined(lines)) + "\n"


def register(source: str, match: Sequence[str], sheet: str, proposal: TableProposal, *, header: bool) -> str:
    """`[[register]]` for files whose table looks like this one."""
    lines = ["[[register]]", f"sources = [{_quoted(source)}]"]
    lines.append(f"match = [{', '.join(map(_quoted, match))}]")
    lines += [f"sheet = {_quoted(sheet)}"] if sheet else []
    lines += [] if header else ["header = 0  # the first row holds data already: columns are called by their letters"]
    lines += _columns(proposal, "register")
    return "\n".join(_off(lines) if not proposal.is_about_persons else lines) + "\n"


def _source_table(proposal: TableProposal, others: Sequence[TableProposal]) -> list[str]:
    if not proposal.columns:
        return []
    table = proposal.table
    lines = ["[[source.table]]", f"name = {_quoted(_name(table))}"]
    lines += _columns(proposal, "source.table")
    lines += [line for other in others for line in _with(table, other.table)]
    if not table.primary_key:
        return ["# It has no primary key: take the comment off when you have named columns that tell its rows apart,",
                '# as in key = ["nr"]', *_off(lines)]  # fmt: skip
    return lines if proposal.is_about_persons else ["# Unsure:", *_off(lines)]


def _with(table: TableShape, other: TableShape) -> Iterator[str]:
    """The other table's rows that refer to this one: they may go with its rows, instead of by themselves."""
    for key in other.foreign_keys:
        if _refers_to(key, table):
            said = "refers to it. With this its rows go along, and it has no table of its own:"
            yield f"# {_quoted(_name(other))} {said}"
            yield from _off([
                "[[source.table.with]]",
                f"table = {_quoted(_name(other))}",
                f"column = {_quoted(key.columns[0])}",
                f"to = {_quoted(key.target_columns[0])}",
            ])  # fmt: skip


def _refers_to(key: ForeignKey, table: TableShape) -> bool:
    return key.target in (table.name, _name(table)) and len(key.columns) == 1


def _columns(proposal: TableProposal, above: str) -> list[str]:
    """Free text first: in TOML the keys of a table stand before the tables in it."""
    lines = []
    texts = proposal.texts
    if texts:
        off = "" if any(one.sure for one in texts) else "# "
        lines.append(f"{off}text = [")
        lines += [f"{'  ' if one.sure else '#   '}{_quoted(one.column)},  # {one.because}" for one in texts]
        lines.append(f"{off}]")
    for who, columns in proposal.persons():
        sure = any(one.sure for one in columns)
        head = f"[[{above}.related]]" if who else f"[{above}.person]"
        said = f"  # somebody else: {who}" if who else ""
        lines.append(f"{'' if sure else '# '}{head}{said}")
        for kind in KINDS:
            lines += _kind(kind, [one for one in columns if one.kind == kind])
    return lines


def _kind(kind: str, columns: Sequence[Proposed]) -> Iterator[str]:
    sure = [one for one in columns if one.sure]
    if len(sure) == 1:
        yield f"{kind} = {_quoted(sure[0].column)}  # {sure[0].because}"
    elif sure:
        yield f"{kind} = ["
        yield from (f"  {_quoted(one.column)},  # {one.because}" for one in sure)
        yield "]"
    yield from (f"# {kind} = {_quoted(one.column)}  # unsure: {one.because}" for one in columns if not one.sure)


def _name(table: TableShape) -> str:
    return f"{table.schema}.{table.name}" if table.schema else table.name


def _off(lines: Sequence[str]) -> list[str]:
    return [line if line.startswith("#") else f"# {line}" for line in lines]


def _joined(lines: Sequence[str]) -> Iterator[str]:
    """Without a blank line after another."""
    before = ""
    for line in lines:
        if line or before:
            yield line
        before = line


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's, with the one sign more that TOML does not let stand."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
