"""What `gallra check` says of schedules. Which modules are there is what the test says."""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from config.load import load
from config.model import Config
from scanner import check_running
from scanner.check import config_advice, config_problems

FOLDER = '[[source]]\nname = "kunder"\nkind = "folder"\npath = "kunder"\nbackup = "none"\n'
NEVER = "all that its schedule says falls in its quiet hours"


def write(folder: Path, text: str) -> Config:
    (folder / "gallra.toml").write_text(text)
    return load(folder / "gallra.toml")


@pytest.mark.parametrize(
    ("schedule", "never"),
    [
        ('cron = "0 12 * * *"\nquiet = ["07:00-18:00"]\n', True),
        ('cron = "0 12,18 * * *"\nquiet = ["07:00-18:00"]\n', False),
        ('cron = "0 12 * * *"\nquiet = ["mon-fri 07:00-18:00"]\n', False),
        ('cron = "0 12 * * mon-fri"\nquiet = ["mon-fri 07:00-18:00"]\n', True),
        ('cron = "30 1 * * sat"\nquiet = ["fri 22:00-02:00"]\n', True),
        ('cron = "30 1 1 * *"\nquiet = ["fri 22:00-02:00"]\n', False),
        ('every = "1h"\nquiet = ["00:00-12:00", "12:00-24:00"]\n', True),
        ('every = "1h"\nquiet = ["00:00-12:00", "12:00-23:59"]\n', False),
        ('every = "never"\nquiet = ["00:00-24:00"]\n', False),
    ],
)
def test_a_schedule_that_never_begins_anything(schedule: str, never: bool, tmp_path: Path) -> None:
    for text, where in (
        (f"[schedule]\n{schedule}{FOLDER}", "[schedule]: "),
        (FOLDER + schedule, '[[source]] "kunder": '),
    ):
        told = [one for one in config_problems(write(tmp_path, text)) if NEVER in one]
        assert [one.startswith(where) for one in told] == [True] * never


def test_a_secret_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = '[notify]\nwebhook = "https://h.example/"\nsecret = "env:GALLRA_HOOK"\n' + FOLDER
    monkeypatch.delenv("GALLRA_HOOK", raising=False)
    assert any(one.startswith("[notify] secret: ") for one in config_problems(write(tmp_path, text)))
    monkeypatch.setenv("GALLRA_HOOK", "x")
    assert config_problems(write(tmp_path, text)) == []


def test_the_folder_of_the_log_must_be_there(tmp_path: Path) -> None:
    file = write(tmp_path, '[log]\nfile = "logg/gallra.log"\n' + FOLDER)
    (told,) = [one for one in config_problems(file) if one.startswith("[log] file: its folder is not there")]
    (tmp_path / "logg").mkdir()
    assert told not in config_problems(file)


def test_what_is_not_installed_is_told_to_who_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def there(name: str) -> ModuleSpec | None:
        return None if name in missing else ModuleSpec(name, None)

    monkeypatch.setattr(check_running, "find_spec", there)
    wants = write(tmp_path, '[schedule]\nat_once = 4\n[health]\nlisten = "127.0.0.1:1"\n' + FOLDER + 'every = "1h"\n')
    missing = {"apscheduler", "watchdog"}
    (told,) = [one for one in config_advice(wants) if "gallra[agent]" in one]
    assert told == (
        '[schedule], [health], [[source]] "kunder": only gallra run heeds it, which needs APScheduler, watchdog, not '
        "installed here: pip install 'gallra[agent]'"
    )
    missing = set()
    assert not any("gallra[agent]" in one for one in config_advice(wants))
    missing = {"apscheduler"}
    assert not any("gallra[agent]" in one for one in config_advice(write(tmp_path, FOLDER)))
