"""The papers keep up with the code: commands, options, configuration keys, links, and the length of a file."""

from __future__ import annotations

import dataclasses
import importlib
import re
import tomllib
from pathlib import Path

import click
import pytest

from config import backups, hands, model, notify, policies, registers, running, schedules, sources
from config import load as loading
from config.named import PROVIDER
from connectors import registry
from connectors.base import Option
from scanner.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LONGEST = 400  # lines of a module
PACKAGES = ("connectors", "config", "scanner", "scripts")


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def commands() -> list[tuple[str, click.Command]]:
    """Every command that can be run, by what is typed."""
    found = []
    for name, (where, _) in COMMANDS.items():
        module, _, attribute = where.partition(":")
        one = getattr(importlib.import_module(module), attribute)
        below = [(f"{name} {word}", two) for word, two in one.commands.items()] if isinstance(one, click.Group) else []
        if not below or (isinstance(one, click.Group) and one.invoke_without_command):
            found.append((name, one))
        found += below
    return found


def rows(page: str) -> dict[str, str]:
    """The rows of a page's tables by what stands in their first cell."""
    found = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
        if len(cells) > 3 and cells[1]:
            found[cells[1].strip("`").replace("\\|", "|")] = line
    return found


@pytest.mark.parametrize(("name", "command"), commands())
def test_a_command_has_help_and_a_row_with_all_its_options(name: str, command: click.Command) -> None:
    assert command.help
    row = next((row for cell, row in rows(text("docs/commands.md")).items() if re.match(rf"{name}(?: |$)", cell)), "")
    assert row, f"docs/commands.md has no row for {name}"
    for one in command.params:
        if isinstance(one, click.Option):
            assert one.help, f"{name} {one.opts[0]} has no help"
            for option in one.opts:
                assert re.search(rf"`[^`]*(?<![\w-]){re.escape(option)}(?![\w-])", row), f"{name}: {option} is not told"


def test_no_row_is_about_a_command_that_is_none() -> None:
    known = {name for name, _ in commands()}
    told = [cell for cell in rows(text("docs/commands.md")) if cell not in ("command", "---")]
    assert len(told) == len(known)
    for cell in told:
        assert any(re.match(rf"{name}(?: |$)", cell) for name in known), cell


def section(page: str, title: str) -> str:
    """What stands under a second-level title that holds the text."""
    found = re.search(rf"^## [^\n]*{re.escape(title)}[^\n]*\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    assert found, f"docs/configuration.md has no part on {title}"
    return found[1]


TABLES = {
    "agent": model.Agent,
    "company": model.Company,
    "staff": model.Staff,
    "detect": model.Detect,
    "read": model.Read,
    "ocr": model.Ocr,
    "erase": model.Erase,
    "cases": model.Cases,
    "hold": model.HoldRule,
    "cull": model.CullRule,
    "smtp": model.Smtp,
    "log": running.Log,
    "health": running.Health,
}


@pytest.mark.parametrize(
    ("table", "key"),
    [(table, one.name) for table, kind in TABLES.items() for one in dataclasses.fields(kind)]
    + [("limits", key) for key in model.LIMIT_KEYS]
    + [("source", key) for key in sources.COMMON]
    + [("backup", key) for key in backups.COMMON]
    + [("register", key) for key in registers.KEYS]
    + [("schedule", key) for key in schedules.KEYS]
    + [("notify", key) for key in (*notify.KEYS, *running.EVENTS)]
    + [("policy", key) for key in policies.KEYS],
)
def test_every_key_of_the_configuration_is_told(table: str, key: str) -> None:
    assert f"`{key}`" in section(text("docs/configuration.md"), f"[{table}]")


def test_every_table_is_one_that_the_page_tells() -> None:
    others = {"limits", "source", "backup", "register", "schedule", "notify", "policy"}
    assert set(loading.TABLES) == {*TABLES, *others}


def options(*, backup: bool = False) -> list[tuple[str, Option]]:
    kinds = registry.BACKUPS if backup else registry.BUILT_IN
    return [(kind, option) for kind in kinds for option in registry.load(kind, backup=backup).options]


@pytest.mark.parametrize(("kind", "option"), options(), ids=lambda one: getattr(one, "name", one))
def test_every_option_of_a_kind_of_source_is_told_twice(kind: str, option: Option) -> None:
    assert f"`{option.name}`" in rows(section(text("docs/configuration.md"), "[source]"))[kind]
    assert option.name in rows(text(f"docs/connectors/{kind}.md"))


@pytest.mark.parametrize(("kind", "option"), options(backup=True), ids=lambda one: getattr(one, "name", one))
def test_every_option_of_a_kind_of_backup_is_told_twice(kind: str, option: Option) -> None:
    assert f"`{option.name}`" in rows(section(text("docs/configuration.md"), "[backup]"))[kind]
    assert f"`{option.name}`" in text(f"docs/backups/{kind}.md")


@pytest.mark.parametrize(("kind", "key"), [(kind, key) for kind, keys in hands.KEYS.items() for key in keys])
def test_every_key_of_what_only_people_can_look_through_is_told(kind: str, key: str) -> None:
    """In its row, or where all kinds of its table are told."""
    found = section(text("docs/configuration.md"), "[backup]" if kind == PROVIDER else "[source]")
    assert kind in rows(found)
    assert f"`{key}`" in found


def test_the_toml_in_the_pages_is_toml() -> None:
    found = [
        block for page in PAGES for block in re.findall(r"^```toml\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
    ]
    assert found
    for block in found:
        assert tomllib.loads(block)


def anchors(page: Path) -> set[str]:
    """As GitHub makes them: lower case, no punctuation, dashes for spaces."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_is_dead(page: Path) -> None:
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if re.match(r"(https?|mailto):", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_every_page_can_be_reached_from_the_readme(page: Path) -> None:
    seen: set[Path] = set()
    ahead = {ROOT / "README.md"}
    while ahead:
        seen |= ahead
        links = {
            (one.parent / link).resolve()
            for one in ahead
            for link in re.findall(r"\]\(([^)#\s:]+\.md)", one.read_text("utf-8"))
        }
        ahead = links - seen
    assert page in seen


@pytest.mark.parametrize("block", re.findall(r"^```\n(.*?)^```", text("README.md"), re.M | re.S))
def test_what_the_readme_tells_to_type_exists(block: str) -> None:
    known = {name.split(" ")[0] for name, _ in commands()}
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.M))
    for line in block.splitlines():
        for typed in re.findall(r"\bgallra ([a-z]+)", line.partition("#")[0]):
            assert typed in known, line
        for typed in re.findall(r"\bmake ([a-z]+)", line.partition("#")[0]):
            assert typed in targets, line


def test_the_changes_tell_this_version() -> None:
    version = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    assert re.search(rf"^## {re.escape(version)}\b", text("CHANGELOG.md"), re.M)


def test_no_module_is_longer_than_it_may_be() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if (lines := path.read_text("utf-8").count("\n")) > LONGEST
    }
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if not path.read_text("utf-8").startswith(('"""', 'r"""'))
    ]
    assert silent == []


def test_no_pattern_has_a_possessive_group() -> None:
    """Python before 3.11.5 matches them wrongly (gh-106052), and Debian 12 has 3.11.2."""
    possessive = re.compile(r"\)(?:[*+?]|\{\{?[\w,{}]+\}?\})\+")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if possessive.search(line)
    ]
    assert found == []
