from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from scanner.model import Case, Request
from scanner.requests import (
    BadRequest,
    days_left,
    identity_missing,
    is_identified,
    note_extension,
    note_identity,
    note_received,
)

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = date(2026, 3, 10)


def test_where_the_check_is_asked_for_no_step_may_run_before_it_and_the_next_command_is_told() -> None:
    case = Case("2026-0007", NOW, [])
    assert identity_missing(case, False) is None
    said = identity_missing(case, True)
    assert said is not None
    assert "gallra request 2026-0007 --identified HOW --by WHO" in said
    note_identity(case.request, "BankID", "Cecilia", NOW)
    assert identity_missing(case, True) is None
    assert (case.request.identified, case.request.identified_by, case.request.identified_at) == (
        "BankID",
        "Cecilia",
        NOW,
    )


@pytest.mark.parametrize("missing", ["identified", "identified_by", "identified_at"])
def test_half_a_check_is_none(missing: str) -> None:
    request = Request(identified="BankID", identified_by="Cecilia", identified_at=NOW)
    assert is_identified(request)
    setattr(request, missing, None)
    assert not is_identified(request)
    assert identity_missing(Case("2026-0001", NOW, [], request=request), True)


@pytest.mark.parametrize(
    "how",
    ["BankID", "known customer, called back", "känd kund, motringd", "besök på kontoret", "Freja eID+", "2 of us"],
)
def test_a_few_words_are_taken(how: str) -> None:
    request = Request()
    note_identity(request, f" {how} ", " AB ", NOW)
    assert (request.identified, request.identified_by) == (how, "AB")


@pytest.mark.parametrize(
    "how",
    [
        *(
            "19811218-9876",
            "811218-9876",
            "8112189876",
            "pass nr 12345678",
            "passport AA1234567",
            "körkort 1234",
            "٠٧٠١",
        ),
        *(
            "P<SWEANDERSSON<<ANNA",
            "anna@kund.example",
            "ID-kort 1 2 3 4",
            "",
            "   ",
            "x" * 81,
            "BankID\nAnna",
            "a\u2028b",
        ),
        *("BankID\x00", "\u202eDIknaB"),
    ],
)
def test_what_may_be_a_number_of_a_document_or_person_is_refused_and_changes_nothing(how: str) -> None:
    request = Request()
    with pytest.raises(BadRequest) as caught:
        note_identity(request, how, "Cecilia", NOW)
    assert request == Request()
    assert caught.value.exit_code == 4
    assert not how.strip() or how not in str(caught.value)


@pytest.mark.parametrize("by", ["", " ", "1", "811218-9876", "??", "x\ny", "x" * 81])
def test_somebody_must_have_made_sure(by: str) -> None:
    with pytest.raises(BadRequest, match="--by"):
        note_identity(Request(), "BankID", by, NOW)


def test_the_last_day_follows_from_the_day_of_receipt() -> None:
    request = Request()
    assert days_left(request, TODAY) is None
    note_received(request, date(2026, 3, 3), TODAY)
    assert (request.received, request.due) == (date(2026, 3, 3), date(2026, 4, 7))
    assert days_left(request, TODAY) == 28
    assert days_left(request, date(2026, 4, 7)) == 0
    assert days_left(request, date(2026, 4, 9)) == -2
    note_received(request, date(2026, 3, 2), TODAY)
    assert request.due == date(2026, 4, 2)
    with pytest.raises(BadRequest, match="future"):
        note_received(request, date(2026, 3, 11), TODAY)
    assert request.received == date(2026, 3, 2)


def test_told_within_the_first_month_it_may_take_two_more() -> None:
    request = Request()
    with pytest.raises(BadRequest, match="--received"):
        note_extension(request, TODAY, TODAY)
    note_received(request, date(2026, 2, 5), date(2026, 4, 1))
    assert request.due == date(2026, 3, 5)
    for told in (date(2026, 3, 6), date(2026, 2, 4)):
        with pytest.raises(BadRequest, match="from 2026-02-05 to 2026-03-05"):
            note_extension(request, told, date(2026, 4, 1))
    with pytest.raises(BadRequest, match="future"):
        note_extension(request, date(2026, 3, 5), date(2026, 3, 4))
    assert (request.due, request.extended_at) == (date(2026, 3, 5), None)
    note_extension(request, date(2026, 3, 5), date(2026, 4, 1))
    assert (request.due, request.extended_at) == (date(2026, 5, 5), date(2026, 3, 5))
    note_received(request, date(2026, 2, 9), date(2026, 4, 1))
    assert request.due == date(2026, 5, 11)  # 9 May is a Saturday
    with pytest.raises(BadRequest, match="first month"):
        note_received(request, date(2026, 1, 2), date(2026, 4, 1))  # then it was told too late
    assert request.received == date(2026, 2, 9)


def test_receipt_elsewhere_knows_no_swedish_holidays() -> None:
    request = Request()
    note_received(request, date(2026, 3, 6), TODAY, "FI")
    assert request.due == date(2026, 4, 6)
