"""A run that was cut off: the agent ends what it had begun itself; a person's run is that person's."""

from __future__ import annotations

from click.testing import CliRunner

from scanner.cli.main import gallra
from scanner.journal import Journal
from tests.little import HERS, Little
from tests.scanner.agent.chores.conftest import Night, killed
from tests.scanner.agent.chores.test_holds import HELD, erased, today


def test_a_persons_run_that_was_cut_off_is_told_once_and_not_carried_on(company: Little, night: Night) -> None:
    case, _ = company.find()
    company.desk("show", case, code=[0, 3])
    command = ["--config", str(company.root / "gallra.toml"), "erase", case, "--yes"]
    killed(lambda: CliRunner().invoke(gallra, command), Journal, "answered")
    before = company.files()
    assert set(before) & HERS, "not all of it was gone"
    assert night("resume").counts == {"resumed": 0, "left": 1}
    night("resume")
    night("holds")
    night("backups")
    assert company.files() == before
    assert [(one["event"], one["case"]) for one in night.told()] == [("attention", case)]
    company.desk("erase", case, "--yes", code=0)
    assert not set(company.files()) & HERS


def test_what_the_agent_had_begun_it_ends_and_tells_once(company: Little, night: Night) -> None:
    case = erased(company, today())
    spared = {path: digest for path, digest in company.files().items() if path != HELD}
    night.on(1)
    night.kill("holds", Journal, "answered")
    assert not (company.root / HELD).exists(), "gone, and nobody had noted it"
    assert night.told() == []
    assert night("resume").counts["resumed"] == 1
    assert night("resume").counts["resumed"] == 0
    assert company.files() == spared
    (told,) = night.told()
    assert (told["event"], told["case"]) == ("erased", case)
    assert night.cases()[case] == "verified"
    (entry,) = (one for one in night.audit("erase-resumed") if one["details"].get("actor"))
    assert entry["details"]["chore"] == "resume"
