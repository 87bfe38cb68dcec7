"""Arrows point one way: connectors <- config <- scanner; and the plain install imports no client of an extra."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {"connectors": {"config", "scanner"}, "config": {"scanner"}, "scanner": set()}
# import name of a distribution, where it is not the distribution's own
IMPORTED_AS = {"google-api-python-client": "googleapiclient", "google-auth": "google.auth", "SQLAlchemy": "sqlalchemy",
               "APScheduler": "apscheduler", "prometheus-client": "prometheus_client",
               "IMAPClient": "imapclient", "PyMySQL": "pymysql",
               "psycopg[binary]": "psycopg"}  # fmt: skip
# modules of an extra: these alone may need its clients, and nothing else imports them before a source is opened
OF_AN_EXTRA = ("connectors.registers.sql_", "connectors.mail.imap", "connectors.dav", "connectors.calendar",
               "connectors.contacts", "connectors.files.s3", "connectors.backups.s3", "scanner.agent")  # fmt: skip


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(tree: ast.AST, *, at_import_time: bool) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if at_import_time and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute, so that this test sees them"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        if not (at_import_time and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))):
            yield from imported(node, at_import_time=at_import_time)


def clients_of_extras() -> set[str]:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    names = (need.split(">")[0].strip() for extra, needs in extras.items() if extra != "dev" for need in needs)
    return {IMPORTED_AS.get(name, name) for name in names}


def offends(names: Iterator[str], forbidden: set[str]) -> set[str]:
    return {name for name in names if any(name == bad or name.startswith(bad + ".") for bad in forbidden)}


@pytest.mark.parametrize("package", FORBIDDEN)
def test_arrows_point_one_way(package: str) -> None:
    files = modules(package)
    assert files
    for path in files:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not offends(imported(tree, at_import_time=False), FORBIDDEN[package]), path.name


def test_the_plain_install_imports_no_client_of_an_extra() -> None:
    clients = clients_of_extras()
    assert {"imapclient", "boto3", "googleapiclient"} <= clients
    needs = {name: set(imported(tree, at_import_time=True)) for name, tree in trees()}
    dear = {name for name, names in needs.items() if offends(iter(names), clients)}
    assert len(dear) >= 10, "a test that finds none proves nothing"
    while more := {name for name, names in needs.items() if names & dear} - dear:
        dear |= more
    assert not [name for name in dear if not name.startswith(OF_AN_EXTRA)]


def trees() -> Iterator[tuple[str, ast.AST]]:
    for package in FORBIDDEN:
        for path in modules(package):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts).removesuffix(".__init__"), ast.parse(path.read_text(encoding="utf-8"))


def test_this_test_sees_what_it_looks_for() -> None:
    tree = ast.parse("if True:\n    import boto3.session\nfrom scanner import find\ndef f():\n    import msal\n")
    assert offends(imported(tree, at_import_time=True), {"boto3", "msal"}) == {"boto3.session"}
    assert offends(imported(tree, at_import_time=False), {"msal", "scanner"}) == {"msal", "scanner", "scanner.find"}
