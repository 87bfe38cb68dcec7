"""The guards in finding and in registers: only one person's facts lead on, only the row that was seen goes."""

from __future__ import annotations

from scripts.guard import Edit, Guard, guard

_HOPS = "tests/scanner/test_identity_hops.py::"
_SQL = "tests/connectors/registers/test_sql_erase.py::"

FINDING = (
    guard(
        1,
        "a hop goes to rows and cards that bear the name",
        "scanner/identity/widen.py",
        "        if not seen.owner or not own or not all(same_person(name, names) for name in own):\n",
        "        if own is None:\n",
        _HOPS + "test_who_does_not_bear_the_name_or_contradicts_is_not_followed",
        _HOPS + "test_headers_and_guests_carry_no_hop",
        _HOPS + "test_no_hop_goes_to_a_header",
    ),
    guard(
        1,
        "a landline joins no two persons",
        "scanner/identity/widen.py",
        "    return one.type is not IdType.PHONE or _is_mobile(one.value)\n",
        "    return one.value is not None\n",
        _HOPS + "test_a_landline_is_no_link_between_two_of_one_name",
    ),
    guard(
        1,
        "two persons given stop the search",
        "scanner/cli/find.py",
        "    if persons:\n",
        "    if persons is None:\n",
        "tests/scanner/cli/test_find.py::test_identifiers_of_two_persons_stop_it",
    ),
    Guard(
        1,
        "what a person was not sure of stays",  # its own action says so, and so does the planning of what is around it
        (
            Edit(
                "scanner/model.py",
                "        if self.verdict is Verdict.UNSURE:\n",
                "        if self.verdict is None and self.id < 0:\n",
            ),
            Edit(
                "scanner/plan.py",
                "finding.verdict in (Verdict.KEEP, Verdict.UNSURE) or",
                "finding.verdict is Verdict.KEEP or",
            ),
        ),
        (
            "tests/scanner/cli/test_decide_identifiers.py::test_unsure_of_a_finding_keeps_it_waiting_with_a_note",
            "tests/scanner/cli/test_decide_identifiers.py::test_nothing_around_what_nobody_was_sure_of_leaves",
        ),
    ),
    guard(
        4,
        "a row that changed is not erased",
        "connectors/registers/sql_erase.py",
        "        if not fits(expected, row):\n",
        "        if row is None:\n",
        "tests/connectors/registers/test_sql_conformance.py",
    ),
    guard(
        1,
        "a row that others refer to stays, and they stay",
        "connectors/registers/sql_erase.py",
        "        self._unreferred(register, row, locator)\n",
        "",
        _SQL + "test_a_row_that_others_refer_to_is_refused_and_nothing_is_altered",
    ),
    guard(
        7,
        "what only the search lost is not gone",
        "scanner/still_there.py",
        "        reopen_unchanged(case, content_of)\n",
        "        str(content_of)\n",
        "tests/test_still_there.py::test_what_only_the_search_lost_waits_for_a_look",
    ),
)
