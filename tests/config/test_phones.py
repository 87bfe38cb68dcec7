"""A phone beside the other sources: whose account it syncs with, and that nobody else is in reach of its exports."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.load import load
from connectors.errors import ConfigError
from tests.test_phone import CONFIG


def loaded(tmp_path: Path, old: str = "", new: str = "") -> dict[str, object]:
    (tmp_path / "gallra.toml").write_text(CONFIG.replace(old, new) if old else CONFIG)
    return {one.name: one.settings["syncs"] for one in load(tmp_path / "gallra.toml").sources if one.kind == "phone"}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('syncs = "kunder"', 'syncs = "kundar"', 'did you mean "kunder"?'),
        ('syncs = "kunder"', 'syncs = "evas"', "must be the source of the account, not a phone"),
        ('syncs = "kunder"', 'syncs = "kunder"\nexports = "x"', 'needs one of "syncs"'),
        ('exports = "karins"', 'exports = "evas"', 'shares its folder with the phone "evas"'),
        ('exports = "karins"', 'exports = "evas/karin"', 'shares its folder with the phone "evas"'),
        ('exports = "karins"', 'exports = "kunder/tel"', 'is in reach of the source "kunder"'),
        ('path = "kunder"', 'path = "."\nexclude = ["karins"]', 'is in reach of the source "kunder"'),
        ('path = "kunder"', 'path = "evas/inne"', 'is in reach of the source "kunder"'),
    ],
)
def test_what_would_deceive_is_refused(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, old, new)
    assert any(problem in one for one in caught.value.problems)


def test_a_link_into_another_source_is_seen(tmp_path: Path) -> None:
    (tmp_path / "kunder/tel").mkdir(parents=True)
    (tmp_path / "evas").symlink_to("kunder/tel")
    with pytest.raises(ConfigError, match="is in reach of the source"):
        loaded(tmp_path)


def test_a_folder_that_another_source_leaves_out_is_fine(tmp_path: Path) -> None:
    assert loaded(tmp_path, 'path = "kunder"', 'path = "."\nexclude = ["karins", "evas/**"]')


def test_capitals_do_not_count_in_the_name_of_the_account(tmp_path: Path) -> None:
    assert loaded(tmp_path, 'syncs = "kunder"', 'syncs = "KUNDER"')["ivars"] == "kunder"
