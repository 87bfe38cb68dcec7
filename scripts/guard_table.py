"""The guards that stand between a run and another person's data, and the tests that see each of them missing.

Of each: which promise it keeps (design, section 10; 0 for none of its numbers), its exact text, and what stands there
when it is taken out. Where two stand one behind the other, each is tested alone if a test can tell them apart.
"""

from __future__ import annotations

from scripts.guard import Edit, Guard, guard
from scripts.guards_of_agent import AGENT
from scripts.guards_of_backups import BACKUPS
from scripts.guards_of_finding import FINDING
from scripts.guards_of_runs import RUNS
from scripts.guards_of_servers import SERVERS
from scripts.guards_of_sources import SOURCES

_ERASING = "tests/promises/test_erasing.py::"

_SURGERY = (
    guard(
        11,
        "both contents are read again and compared",
        "scanner/surgery/operate.py",
        "    if problems:\n        raise CannotEdit(problems[0])\n",
        "",
        "tests/scanner/surgery/test_operate.py::test_an_editor_that_lies_is_not_believed",
    ),
    guard(
        11,
        "an editor's own comparison is heard",
        "scanner/surgery/operate.py",
        '        if problems:\n            raise CannotEdit(f"the rewritten',
        '        if problems == ["no"]:\n            raise CannotEdit(f"the rewritten',
        "tests/scanner/surgery/test_operate.py::test_what_an_editor_says_of_its_own_work_is_heard",
    ),
    guard(
        11,
        "an amended record no longer holds the person",
        "scanner/surgery/compare.py",
        "            elif was.amended and any(map(self._person.holds, _texts_of([record]))):\n",
        "            elif was.amended and not record.steps and not _texts_of([record]):\n",
        "tests/scanner/surgery/test_compare.py::test_an_amended_record_lacks_the_person_and_nothing_else",
    ),
    guard(
        11,
        "a record that was to stay is there",
        "scanner/surgery/compare.py",
        "        if any(not was.may_vanish for group in waiting.values() for was in group):\n",
        "        if waiting is None:\n",
        "tests/scanner/surgery/test_compare.py",
    ),
)

_WHOSE = (
    guard(
        1,
        "records are matched by what they say",
        "scanner/matching.py",
        "    left = _by_print(known, fresh, matched)\n",
        "    left = list(fresh)\n",
        "tests/scanner/test_matching.py",
    ),
    Guard(
        1,
        "what several share is not followed",  # it is not looked up, and what it led to is left out
        (
            Edit(
                "scanner/identity/widen.py",
                "strong = [one for one in known if one.type in STRONG and not one.shared]",
                "strong = [one for one in known if one.type in STRONG]",
            ),
            Edit(
                "scanner/identity/widen.py",
                "link.seen not in others and (link.via.type, link.via.value) not in used]",
                "link.seen not in others]",
            ),
        ),
        ("tests/scanner/test_identity.py",),
    ),
    guard(
        1,
        "what several share is not certain",
        "scanner/sought.py",
        "strong = one.type in STRONG and not one.shared",
        "strong = one.type in STRONG",
        "tests/scanner/test_candidates.py::test_a_shared_identifier_finds_and_is_no_second_fact",
    ),
    guard(
        1,
        "another personnummer vetoes",
        "scanner/candidates.py",
        "hit.strong = hit.strong or (token in look.strong and not vetoed)",
        "hit.strong = hit.strong or token in look.strong",
        "tests/scanner/test_candidates.py::test_an_entity_with_another_personnummer_speaks_for_somebody_else",
    ),
    guard(
        1,
        "another personnummer keeps from widening",
        "scanner/identity/facts.py",
        "        _disjoint(_tens(mine.get(IdType.NATIONAL_ID)), _tens(theirs.get(IdType.NATIONAL_ID)))\n"
        "        or _other_birth(mine, theirs)\n        or ",
        "        ",
        "tests/scanner/test_identity.py::test_another_personnummer_or_birth_date_vetoes",
    ),
    guard(
        1,
        "a record of several is not proposed",
        "scanner/ownership.py",
        "    if offer is Action.REMOVE_RECORD and not facts.others:\n",
        "    if offer is Action.REMOVE_RECORD:\n",
        "tests/test_wrong_person.py::test_what_two_share_is_not_taken_out_for_one",
    ),
    guard(
        1,
        "an item that names others is not proposed",
        "scanner/ownership.py",
        "    if facts.others:\n",
        "    if facts.others > 99:\n",
        "tests/test_wrong_person.py::test_a_folder_of_two_is_not_the_subjects_own",
        "tests/test_wrong_person.py::test_a_file_named_after_somebody_else_waits",
        "tests/scanner/test_ownership.py::test_the_table",
    ),
    Guard(
        1,
        "a name alone erases nothing",  # it is `possible`, and no second fact supports it
        (
            Edit(
                "scanner/ownership.py",
                "    if facts.tier is Tier.POSSIBLE:\n        return Proposal",
                "    if facts.tier is Tier.POSSIBLE and facts.blocked:\n        return Proposal",
            ),
            Edit(
                "scanner/ownership.py",
                "    if not facts.supported:\n        return Proposal",
                "    if not facts.supported and facts.blocked:\n        return Proposal",
            ),
        ),
        ("tests/test_wrong_person.py::test_a_row_with_the_name_alone_stays",),
    ),
    guard(
        17,
        "words that stand apart are no name",
        "scanner/find.py",
        "        elif seen.rules_out(steps):\n",
        "        elif seen is None:\n",
        _ERASING + "test_17_anna_in_row_1_and_andersson_in_row_500_are_no_anna_andersson",
    ),
)

_AFTERWARDS = (
    guard(
        8,
        "the ledger knows before the first step",
        "scanner/casework.py",
        "    if not work.remember(case, plan.steps):",
        "    if not plan.steps:",
        "tests/promises/test_coming_back.py::"
        "test_8_a_folder_that_tar_restores_after_the_erasure_is_found_and_erased_again",
    ),
    guard(
        15,
        "the pages of the index are rewritten",
        "scanner/index/purge.py",
        '            self._db.execute("VACUUM")\n',
        "",
        "tests/scanner/index/test_bytes.py::test_after_retire_and_purge_no_byte_of_the_subject_is_left",
    ),
    guard(
        15,
        "the words of the index are merged",
        "scanner/index/purge.py",
        "                self._db.execute(\"INSERT INTO words (words) VALUES ('optimize')\")\n",
        "",
        "tests/scanner/index/test_bytes.py::test_after_retire_and_purge_no_byte_of_the_subject_is_left",
    ),
    guard(
        15,
        "the pages of the case file are rewritten",
        "scanner/cases.py",
        '        self.db.execute("VACUUM")\n',
        "",
        "tests/scanner/test_closing.py::test_only_a_plain_line_is_left_of_a_case_and_nothing_of_its_journal",
    ),
    guard(
        7,
        "what was not walked is not absent",
        "scanner/verify.py",
        "    elif any(_hides(gap.locator, old.locator) for gap in gaps):\n",
        "    elif not gaps and not walked:\n",
        "tests/scanner/test_verify.py::test_a_gap_hides_what_lies_in_it_and_what_it_lies_in",
    ),
)

GUARDS = (*SOURCES, *SERVERS, *FINDING, *RUNS, *BACKUPS, *AGENT, *_SURGERY, *_WHOSE, *_AFTERWARDS)
