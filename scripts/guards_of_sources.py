"""The guards in the connectors: nothing but what was seen, absence only on evidence, and no word to anybody."""

from __future__ import annotations

from scripts.guard import Edit, Guard, guard

_FOLDER = "tests/connectors/test_folder.py::"
_CONFORMS = "tests/connectors/test_folder_conformance.py::TestFolder::"

SOURCES = (
    guard(
        4,
        "erasing looks at what it set aside",
        "connectors/files/erasing.py",
        "if state is not None and token_of(state) == expected.token:",
        "if state is not None:",
        _FOLDER + "test_what_is_saved_in_the_last_instant_is_not_erased",
    ),
    Guard(
        4,
        "a stale version erases nothing",
        (
            Edit(
                "connectors/files/states.py",
                "    if token_of(regular(state, locator)) != expected:\n",
                "    if not token_of(regular(state, locator)):\n",
            ),
            Edit(
                "connectors/files/erasing.py",
                "if state is not None and token_of(state) == expected.token:",
                "if state is not None:",
            ),
        ),
        (_CONFORMS + "test_a_stale_version_is_refused",),
    ),
    Guard(
        4,
        "committing writes over no change",  # it looks before, while it dresses the new one, and at what came out
        (
            Edit(
                "connectors/files/staging.py",
                "    elif now != swap.expected.token:\n",
                "    elif now is None:\n",
            ),
            Edit(
                "connectors/files/staging.py",
                "_single(at_version(state, swap.expected.token, swap.locator), swap.locator)",
                "_single(state, swap.locator)",
            ),
            Edit(
                "connectors/files/staging.py",
                "    if came_out == swap.expected.token:\n        take_away(",
                "    if came_out is not None:\n        take_away(",
            ),
        ),
        (_CONFORMS + "test_commit_over_a_changed_item_is_refused",),
    ),
    guard(
        4,
        "a swap looks at what came out",
        "connectors/files/staging.py",
        "    if came_out == swap.expected.token:\n        take_away(",
        "    if came_out is not None:\n        take_away(",
        _FOLDER + "test_what_is_saved_in_the_last_instant_is_not_swapped_away",
    ),
    guard(
        6,
        "no link is followed to an item",
        "connectors/files/handles.py",
        "os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC\n_LIST",
        "os.O_DIRECTORY | os.O_CLOEXEC\n_LIST",
        _FOLDER + "test_a_folder_swapped_for_a_link_leads_nowhere",
    ),
    guard(
        5,
        "what a crash left aside is no absence",
        "connectors/files/local.py",
        "if erasing.leftovers(place, place.name, locator):",
        "if locator.steps:",
        _FOLDER + "test_a_crash_while_erasing_is_no_absence",
    ),
    guard(
        0,
        "a share that is not mounted is no absence",
        "connectors/files/local.py",
        "if self.expect_items and self._opened.is_empty():",
        "if self.expect_items is None:",
        "tests/test_main_job.py::test_a_source_that_is_suddenly_empty_is_5",
    ),
    guard(
        0,
        "nor is it one of a folder that bears the name",
        "connectors/files/local.py",
        "        except NotFound:\n            self._vouch()\n            return False\n\n    def remove_folder",
        "        except NotFound:\n            self._opened.check()\n            return False\n\n    def remove_folder",
        "tests/test_main_job.py::test_a_source_that_is_suddenly_empty_is_5",
    ),
    guard(
        0,
        "what is rewritten does not empty its source",
        "scanner/opening.py",
        " and not one.taken and (one.state in GONE or one.effective is Action.REMOVE)\n",
        " and not one.taken and one.state is not State.KEPT\n",
        "tests/test_main_job.py::test_a_source_of_hers_and_a_list_that_is_suddenly_empty_is_5",
    ),
    Guard(
        0,
        "a folder goes only when it is empty",  # else the folders in it would go before `rmdir` refuses
        (
            Edit(
                "connectors/files/empty_folders.py",
                "if not all(entry.is_dir(follow_symlinks=False) for entry in listed):",
                "if not listed and depth > _DEEPEST:",
            ),
            Edit(
                "connectors/files/empty_folders.py",
                "        for entry in listed:\n",
                "        for entry in [one for one in listed if one.is_dir(follow_symlinks=False)]:\n",
            ),
        ),
        ("tests/connectors/test_empty_folders.py",),
    ),
    guard(
        0,
        "what has another name is not rewritten",
        "connectors/files/staging.py",
        "    if state.st_nlink > 1:\n",
        "    if state.st_nlink > 99:\n",
        "tests/scanner/test_surgery_disturbed.py::test_a_file_with_another_name_is_not_rewritten",
    ),
    guard(
        13,
        "an event that a server would mail about waits for a person",
        "connectors/calendar/caldav.py",
        "        if many:\n",
        "        if many > 99:\n",
        "tests/promises/test_silence.py::test_an_organisers_event_goes_only_when_it_is_let",
    ),
    guard(
        13,
        "nobody is told that an invitation was erased",
        "connectors/dav/changing.py",
        '_SILENT = {"Schedule-Reply": "F"}\n',
        '_SILENT = {"Schedule-Reply": "T"}\n',
        "tests/promises/test_silence.py::test_copies_and_notes_go_silently",
    ),
    guard(
        13,
        "what would notify people is a decision",
        "scanner/notifying.py",
        "        one.offer, one.action = one.erasing, Action.DECIDE\n",
        "        one.offer = one.erasing\n",
        "tests/scanner/test_notifying.py::test_what_would_notify_waits_for_a_person_with_what_it_comes_to",
    ),
    guard(
        13,
        "a decision is asked for again where more people would be told",
        "scanner/verify.py",
        "    elif tells_more(old, fresh):\n",
        "    elif tells_more(fresh, old):\n",
        "tests/scanner/test_notifying.py::test_a_decision_is_asked_for_again_where_more_people_would_be_told",
    ),
)
