"""`gallra cull` and what follows it, as a user runs it; the truth is what lies on the disk."""

from __future__ import annotations

import json
from datetime import date

from tests.conftest import Desk
from tests.scanner.cull.culled_world import NEW, OLD, Company, docx, mail, pdf, rule

RULES = rule("ansökningar", "Ansökningar/**", more="max_items = 3") + rule("annat", "Finns inte/**")


def company(desk: Desk) -> Company:
    firm = Company(desk.root, RULES)
    for year in (2015, 2016, 2017, 2018):
        firm.write(f"kunder/Ansökningar/{year}.pdf", pdf(date(year, 5, 1), str(year)))
    firm.write("kunder/Ansökningar/ny.docx", docx("2019-01-01T10:00:00Z", f"{NEW}T10:00:00Z"))
    firm.write("kunder/Ansökningar/okänd.docx", docx("2013-12-23T23:15:00Z"))
    firm.mailbox("Kunder", "1583143202.M5.x:2,S", mail(OLD, OLD))
    desk("scan", code=0)
    return firm


def test_from_a_look_to_a_closed_case(desk: Desk) -> None:
    firm = company(desk)
    before = firm.files()
    shown = desk("cull", "--json", code=0).json["rules"]
    assert [(one["rule"], one["due"], one["more"], one["undated"]) for one in shown] == [
        ("ansökningar", 3, 1, 1),
        ("annat", 0, 0, 0),
    ]
    case = shown[0]["case"]
    assert shown[1]["case"] is None
    assert shown[0]["cull"] == "ansökningar" and shown[0]["subject"]["identifiers"] == []
    assert {one["path"] for one in shown[0]["findings"]} == {f"Ansökningar/{year}.pdf" for year in (2015, 2016, 2017)}
    assert firm.files() == before
    # a year in a name is that year's last day: made on 2017-05-01, and named 2017
    told = " ".join(desk("cull", "ANSÖKNINGAR", code=0).out.split())
    assert f"Case {case}, draft" in told and "by the rule ansökningar" in told
    assert "due since 2020-01-01" in told and "1 more are due" in told and "have no known day" in told
    assert "Rule annat: nothing is due" in desk("cull", "annat", code=0).out

    desk("erase", case, "--yes", code=0)  # no identity is asked for: nobody asked for anything
    after = firm.files()
    assert before.keys() - after.keys() == {f"kunder/Ansökningar/{year}.pdf" for year in (2015, 2016, 2017)}
    assert {path: before[path] for path in after} == after

    desk("verify", case, code=0)
    made = desk("certificate", case, "--json", "-o", "intyg.html", code=0).json
    assert made["cull"] == {"rule": "ansökningar", "items": 3}
    assert (made["ground"], made["outcome"]) == ("GDPR Art. 5(1)(e)", "complete")
    page = (desk.root / "intyg.html").read_text(encoding="utf-8")
    assert "Intyg om rutinmässig gallring" in page and "ansökningar" in page and "3 objekt" in page
    assert "Begäran" not in page and "person som ärendet gäller" not in page and "cv" not in page.lower()
    assert desk("certificate", "--check", "intyg.html", code=0)
    desk("close", case, code=0)
    assert not (desk.root / ".gallra" / "ledger.sqlite").exists()
    again = desk("cull", "--json", code=0).json["rules"][0]
    assert again["case"] != case
    assert [one["path"] for one in again["findings"]] == ["Ansökningar/2018.pdf"]
    log = [json.loads(line) for line in (desk.root / ".gallra" / "audit.jsonl").read_text("utf-8").splitlines()]
    mine = [one for one in log if one.get("case") == case]
    assert {one["event"] for one in mine} >= {"case-opened", "approved", "erase-begun", "erase-ended", "closed"}
    assert all(one["details"]["cull"] == "ansökningar" for one in mine if one["event"] != "shown")


def test_a_plan_that_is_no_longer_what_was_shown_is_refused(desk: Desk) -> None:
    firm = company(desk)
    case = desk("cull", "--json", code=0).json["rules"][0]["case"]
    firm.write("kunder/Ansökningar/2015.pdf", pdf(NEW, "2015"))
    before = firm.files()
    desk("scan", code=0)
    assert "plan has changed" in desk("erase", case, "--yes", code=4).err
    assert firm.files() == before


def test_a_draft_of_which_nothing_is_due_any_more_asks_for_nothing(desk: Desk) -> None:
    firm = company(desk)
    case = desk("cull", "ansökningar", "--json", code=0).json["rules"][0]["case"]
    assert case in desk("status", code=3).out
    for path in firm.files():
        if path.startswith("kunder/Ansökningar/2"):
            (desk.root / path).unlink()
    desk("scan", code=0)
    told = " ".join(desk("cull", "ansökningar", code=0).out.split())
    left = f"Case {case} is empty, and leaves by itself."
    assert told == f"Rule ansökningar: nothing is due (1 undated: they stay). {left}"
    one = desk("cull", "ansökningar", "--json", code=0).json["rules"][0]
    assert (one["due"], one["case"], one["findings"], one["undated"]) == (0, None, [], 1)
    assert case not in desk("status", code=3).out


def test_what_is_asked_for_must_be_a_rule(desk: Desk) -> None:
    firm = company(desk)
    assert "Did you mean 'ansökningar'" in desk("cull", "ansökninga", code=2).err
    firm.configure("")
    assert "no [[cull]] rule" in desk("cull", code=2).err


def test_an_open_case_reads_like_any_other(desk: Desk) -> None:
    company(desk)
    case = desk("cull", "--json", code=0).json["rules"][0]["case"]
    assert desk("show", case, "--json", code=[0, 3]).json["cull"] == "ansökningar"
    desk("show", case, "--html", "sida.html", code=[0, 3])
    page = (desk.root / "sida.html").read_text(encoding="utf-8")
    assert "Vad som får gallras enligt en regel" in page and "har inget känt datum" in page
    desk("decide", case, "1", "keep", "--reason", "behövs", code=0)
    assert "about no person" in desk("decide", case, "--also", "ida@post.example", code=4).err
    kept = desk("cull", "ansökningar", "--json", code=0).json["rules"][0]
    assert [one["state"] for one in kept["findings"] if one["id"] == 1] == ["kept"]
    assert kept["due"] == 3  # what is kept counts for no ceiling
