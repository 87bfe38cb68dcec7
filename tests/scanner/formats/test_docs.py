"""docs/formats.md says what is read, and with what: its table is the registry's."""

from __future__ import annotations

import sys
from pathlib import Path

from scanner.formats import registry

PAGE = Path(__file__).parents[3] / "docs" / "formats.md"
HEAD = (
    "| format | what is read | read with | records | entities | editable | limits |\n"
    "| --- | --- | --- | --- | --- | --- | --- |\n"
)


def table() -> str:
    rows = []
    for name in registry.names():
        found = registry.load(name)
        said = (sys.modules[found.extract.__module__].__doc__ or "").split("\n")[0]
        columns = (said, found.library, found.records, found.entities, found.editable, found.limits)
        rows.append(f"| `{name}` | " + " | ".join(one.replace("|", "\\|") for one in columns) + " |\n")
    return HEAD + "".join(rows)


def test_the_table_is_the_registrys() -> None:
    assert table() in PAGE.read_text("utf-8"), f"put this table into {PAGE.name}:\n{table()}"


def test_every_format_says_what_it_is_and_what_reads_it() -> None:
    for name in registry.names():
        found = registry.load(name)
        assert found.name == name
        assert found.library
        assert found.records
        assert found.entities
        assert (sys.modules[found.extract.__module__].__doc__ or "").split("\n")[0].endswith(".")
