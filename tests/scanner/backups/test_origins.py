"""Where something in a backup lies in its source, and where rules must look when nobody can tell."""

from __future__ import annotations

from pathlib import Path

from config.model import Agent, Backup, Config, HoldRule, Register, Source
from connectors.locator import Locator
from scanner.backups.origins import Origins
from scanner.holding import Holder
from scanner.papers import Paper
from scanner.policy import Policy
from scanner.registers.by_path import ByPath
from scanner.today import today

V = ";version=abcdefghijklmnopabcd"


def origins(root: Path, *covers: str, **at: str) -> Origins:
    sources = tuple(Source(name, "folder", {"path": str(root / name)}) for name in ("kunder", "arkiv"))
    backup = Backup(Source("nas", "memory", {}, backup=True), covers or ("kunder",), at)
    return Origins.of(Config(root / "gallra.toml", Agent(root), sources=sources, backups=(backup,)))


def test_a_place_is_found_by_the_absolute_path_of_its_source(tmp_path: Path) -> None:
    known = origins(tmp_path)
    inside = f"{tmp_path}/kunder/Anna/brev.docx".lstrip("/")
    assert known.origin("nas", inside + V) == Locator("kunder", "Anna/brev.docx")
    assert known.origin("nas", f"localhost/{inside}{V}") == Locator("kunder", "Anna/brev.docx")
    assert known.shown("nas", inside + V) == "Anna/brev.docx"
    assert known.depth("nas", inside + V) == len(tmp_path.parts) - 1 + 1
    assert known.origin("nas", f"{tmp_path}/kunder2/Anna/brev.docx{V}".lstrip("/")) is None
    assert known.origin("nas", f"{tmp_path}/kunder{V}".lstrip("/")) is None  # the root itself is no item in it
    assert known.origin("kunder", inside) is None


def test_a_place_that_is_configured_starts_at_the_root_of_the_backup(tmp_path: Path) -> None:
    known = origins(tmp_path, kunder="data/k")
    assert known.origin("nas", f"data/k/Anna/brev.docx{V}") == Locator("kunder", "Anna/brev.docx")
    assert known.origin("nas", f"mer/data/k/Anna/brev.docx{V}") is None
    whole = origins(tmp_path, kunder="")
    assert whole.origin("nas", f"Anna/brev.docx{V}") == Locator("kunder", "Anna/brev.docx")


def test_the_longest_root_is_meant(tmp_path: Path) -> None:
    known = origins(tmp_path, "kunder", "arkiv", kunder="data", arkiv="data/arkiv")
    assert known.origin("nas", f"data/arkiv/x.txt{V}") == Locator("arkiv", "x.txt")
    assert known.origin("nas", f"data/x.txt{V}") == Locator("kunder", "x.txt")


def test_where_two_sources_have_the_same_root_it_may_lie_in_either(tmp_path: Path) -> None:
    known = origins(tmp_path, "kunder", "arkiv", kunder="", arkiv="")
    assert known.origin("nas", f"Fakturor/1.pdf{V}") is None
    assert {source for source, path in known.places("nas", f"Fakturor/1.pdf{V}")} == {"nas", "kunder", "arkiv"}
    rule = HoldRule(
        name="r", statute="law", sources=("arkiv",), match=("Fakturor/**",), until=today().replace(year=2099)
    )
    holder = Holder(Policy([rule], [], "12-31"), today(), known)
    assert holder.held("nas", f"Fakturor/1.pdf{V}", "file", [Paper((), "file")], ()) is not None


def test_rules_look_from_every_root_that_fits(tmp_path: Path) -> None:
    known = origins(tmp_path, "kunder", "arkiv", kunder="data", arkiv="data/arkiv")
    assert known.places("nas", f"data/arkiv/x.txt{V}") == [
        ("arkiv", "x.txt"),
        ("kunder", "arkiv/x.txt"),
        ("nas", "data/arkiv/x.txt"),
    ]


def test_links_on_the_way_to_a_source_are_followed(tmp_path: Path) -> None:
    (tmp_path / "disk/kunder").mkdir(parents=True)
    (tmp_path / "kunder").symlink_to(tmp_path / "disk/kunder")
    known = origins(tmp_path)
    assert known.origin("nas", f"{tmp_path}/disk/kunder/x{V}".lstrip("/")) == Locator("kunder", "x")
    assert known.origin("nas", f"{tmp_path}/kunder/x{V}".lstrip("/")) == Locator("kunder", "x")


def test_rules_look_everywhere_where_nobody_can_tell(tmp_path: Path) -> None:
    known = origins(tmp_path)
    assert known.places("nas", f"a/b/c{V}") == [
        ("nas", "a/b/c"),
        ("kunder", "a/b/c"),
        ("kunder", "b/c"),
        ("kunder", "c"),
    ]
    assert known.places("kunder", "a/b;version=x") == [("kunder", "a/b;version=x")]
    inside = f"{tmp_path}/kunder/a/b".lstrip("/")
    assert known.places("nas", inside + V) == [("kunder", "a/b"), ("nas", inside)]


def test_a_hold_is_laid_over_the_place_in_the_source(tmp_path: Path) -> None:
    rule = HoldRule(
        name="r", statute="law", sources=("kunder",), match=("Fakturor/**",), until=today().replace(year=2099)
    )
    holder = Holder(Policy([rule], [], "12-31"), today(), origins(tmp_path))

    def held(path: str) -> bool:
        return holder.held("nas", path.lstrip("/") + V, "file", [Paper((), "file")], ()) is not None

    assert held(f"{tmp_path}/kunder/Fakturor/1.pdf")
    assert held("okänt/ställe/Fakturor/1.pdf")  # it may lie there
    assert not held(f"{tmp_path}/kunder/Annat/Fakturor.pdf")
    assert not held("okänt/Brev/1.pdf")


def test_a_register_is_about_the_place_in_the_source(tmp_path: Path) -> None:
    rule = Register(name="r", sources=("kunder",), match=("Register/*.csv",))
    registers = ByPath([rule], origins(tmp_path))
    assert registers.of("nas", f"{tmp_path}/kunder/Register/k.csv{V}".lstrip("/")) == (rule,)
    assert registers.of("nas", f"{tmp_path}/kunder/Annat/k.csv{V}".lstrip("/")) == ()
    assert registers.mark("nas", f"{tmp_path}/kunder/Register/k.csv{V}".lstrip("/")) == registers.mark(
        "kunder", "Register/k.csv"
    )
