"""docs/agent.md and config/gallra.service keep up with the code."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from config.running import EVENTS
from scanner.agent import engine
from scanner.agent.chores import AFTER_SCAN, NIGHTLY
from scanner.agent.live import STATES
from scanner.agent.logs import KNOWN
from scanner.agent.metrics import metrics
from scanner.agent.notice_texts import body_of, next_command
from scanner.agent.status import NEVER
from scanner.agent.status_json import as_json
from scanner.cli.main import COMMANDS
from tests.scanner.agent.told_world import FIRST, THIRD, WELL

ROOT = Path(__file__).parents[3]
UNIT = ROOT / "config" / "gallra.service"


def told() -> set[str]:
    """All that stands in backticks on the page."""
    return set(re.findall(r"`([^`\n]+)`", (ROOT / "docs" / "agent.md").read_text("utf-8")))


def test_all_events_states_chores_keys_and_metrics_are_told() -> None:
    names = {one.name for one in text_string_to_metric_families(metrics(WELL).decode())}
    json_keys = {*as_json(WELL), *as_json(WELL)["agent"], *as_json(WELL)["sources"][0]}
    known = {*EVENTS, *STATES, NEVER, *AFTER_SCAN, *NIGHTLY, *KNOWN, "fault", *names, *json_keys}
    assert known - told() == set()


def test_no_metric_is_told_that_is_none() -> None:
    names = {one.name for one in text_string_to_metric_families(metrics(WELL).decode())}
    assert {one for one in told() if re.fullmatch(r"gallra_\w+", one)} <= names


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_has_its_words_and_its_next_command_exists(event: str) -> None:
    for notice in (replace(FIRST, event=event), replace(THIRD, event=event, case="")):
        swedish, english = body_of([notice], "sv"), body_of([notice], "en")
        assert swedish != english
        assert event not in (swedish.splitlines()[0], english.splitlines()[0])
        command = next_command(notice).split()
        assert not command or (command[0] == "gallra" and command[1] in COMMANDS)


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's keys have capitals
    parser.read_string(UNIT.read_text("utf-8"))
    return parser


def test_the_service_stops_the_agent_in_order_and_is_no_root() -> None:
    service = unit()["Service"]
    assert service["ExecStart"].endswith("gallra --config /etc/gallra/gallra.toml run")
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert (service["KillMode"], service["Restart"], service["User"]) == ("mixed", "on-failure", "gallra")
    assert float(service["TimeoutStopSec"]) > engine.GRACE + 10
    assert service["RestartPreventExitStatus"].split() == ["2", "4"]
    assert (service["NoNewPrivileges"], service["ProtectSystem"]) == ("true", "strict")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    here = tmp_path / "gallra.service"
    here.write_text(UNIT.read_text("utf-8").replace("/opt/gallra/bin/gallra", sys.executable), "utf-8")
    ended = subprocess.run(["systemd-analyze", "verify", str(here)], capture_output=True, text=True, check=False)
    assert [line for line in ended.stderr.splitlines() if "gallra.service" in line] == []
