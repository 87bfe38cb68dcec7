"""The guards in what speaks with servers and phones: one message and no other, no cursor that may hide something."""

from __future__ import annotations

from scripts.guard import Edit, Guard, guard

_OTHERS = "tests/connectors/mail/test_imap_others.py::"
_CHANGING = "tests/connectors/mail/test_imap_changing.py::"
_DAV = "tests/connectors/dav/test_client_faults.py::"
_CURSOR = "tests/scanner/test_scan_cursor.py::"

SERVERS = (
    guard(
        4,
        "numbers of a folder that was made anew are other mails'",
        "connectors/mail/imap_erase.py",
        "    if known[0] != box.uidvalidity:\n",
        "    if known[0] < 0:\n",
        _OTHERS + "test_numbers_that_mean_other_mails_now_erase_nothing",
    ),
    guard(
        3,
        "a mail goes by its number alone",
        "connectors/mail/imap_erase.py",
        'line.ask(b"UID EXPUNGE", number)',
        'line.ask(b"EXPUNGE")',
        _CHANGING + "test_only_the_one_goes_and_marks_of_others_stay",
    ),
    guard(
        0,
        "a refused expunge takes its mark back",
        "connectors/mail/imap_erase.py",
        "    if not ours or session.line.dead:\n",
        "    if session is not None:\n",
        _CHANGING + "test_where_the_expunge_is_refused_our_mark_is_taken_back",
    ),
    guard(
        0,
        "what must be read again is not left to a cursor",
        "scanner/scan_walk.py",
        "self.since = None if stale or marks or any(not version for _, version in known.values()) else since",
        "self.since = since",
        _CURSOR + "test_after_a_gap_and_while_something_is_stale_walks_are_full",
        _CURSOR + "test_what_changed_while_it_was_read_is_looked_for_at_the_next_scan",
    ),
    guard(
        0,
        "after a gap a walk is full",
        "scanner/scan_walk.py",
        "        return self._cursor if not self.gaps else None\n",
        "        return self._cursor\n",
        _CURSOR + "test_after_a_gap_and_while_something_is_stale_walks_are_full",
    ),
    guard(
        0,
        "a scan that broke off leaves no cursor",
        "scanner/index/write.py",
        "UPDATE scope SET complete = 0, cursor = NULL WHERE id = ?",
        "UPDATE scope SET complete = 0 WHERE id = ?",
        _CURSOR + "test_a_scan_that_broke_off_leaves_no_cursor",
    ),
    guard(
        16,
        "what moves while it is looked for is met",
        "scanner/scan.py",
        "        if self._whole and len(scopes) > 1:",
        "        if self._whole and not scopes:",
        _CURSOR + "test_what_moves_to_a_walked_scope_while_another_is_walked_is_met",
    ),
    Guard(
        4,
        "a DAV server is asked under a condition",  # it looks before, and the server looks then
        (
            Edit(
                "connectors/dav/changing.py",
                '        condition = expected.token if expected.strength is not Strength.NONE else "*"\n',
                '        condition = "*"\n',
            ),
            Edit(
                "connectors/dav/changing.py",
                "        if one(self._http, path).version == expected:\n            extra",
                "        if one(self._http, path).version:\n            extra",
            ),
            Edit(
                "connectors/dav/changing.py",
                "        if one(self._http, path).version != expected:\n",
                "        if not one(self._http, path).version:\n",
            ),
        ),
        (
            _DAV + "test_what_changed_is_left",
            _DAV + "test_a_change_in_the_very_moment_is_left_too",
        ),
    ),
    guard(
        7,
        "an item that a server kept is not erased",
        "connectors/dav/changing.py",
        "        if now == expected:\n            raise ProtocolBroken(_STILL, locator)\n        raise Changed",
        "        if now == expected:\n            return None\n        raise Changed",
        _DAV + "test_a_server_that_keeps_what_it_says_is_erased_is_not_believed",
    ),
    guard(
        10,
        "an export that was edited is not a newer one",
        "connectors/phone.py",
        "            os.utime(name, ns=(written, written), dir_fd=place.folder, follow_symlinks=False)\n",
        "",
        "tests/connectors/test_phone_conformance.py::TestTheNewestExport::test_an_older_one_is_changed_and_stays_an_older_one",
    ),
)
