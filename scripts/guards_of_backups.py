"""The guards between a backup and the word "erased": proof before the word, from the journal, after the sources.

And those of the kinds of backup themselves: that content and no other of its path, nothing gone before it is reclaimed.
"""

from __future__ import annotations

from scripts.guard import Edit, Guard, guard

_ERASING = "tests/scanner/backups/test_erasing.py::"
_PENDING = "tests/scanner/backups/test_pending.py::"
_UNCOVERED = "tests/test_uncovered.py::"
_KINDS = "tests/connectors/backups/test_"

BACKUPS = (
    guard(
        9,
        "what is rewritten and not reclaimed is not absent",
        "scanner/backups/pending.py",
        "        if locator.item in self._began:\n",
        "        if locator.item in self._told:\n",
        _PENDING + "test_what_no_scan_finds_any_more_stays_open_until_it_is_proven",
    ),
    guard(
        9,
        "a look settles nothing that was begun in a backup",
        "scanner/settling.py",
        "        if is_backup(connect, source):\n",
        "        if is_backup(connect, source) and not steps:\n",
        _ERASING + "test_what_was_begun_in_a_backup_is_settled_by_no_look_that_says_absent",
    ),
    guard(
        9,
        "the notes of before a crash are proven too",
        "scanner/backups/erasing.py",
        "one.notes, one.lines = notes_of(one.entry), ",
        "one.notes, one.lines = (), ",
        _ERASING + "test_the_proof_uses_what_was_noted_before_the_crash",
    ),
    guard(
        7,
        "what a backup can still read is not erased",
        "scanner/backups/erasing.py",
        "        elif seen is Presence.PRESENT:\n",
        "        elif seen is Outcome.ABSENT:\n",
        _ERASING + "test_a_backup_that_says_erased_and_still_reads_it_is_not_believed",
    ),
    guard(
        5,
        "what is to be proven is on disk before a snapshot is rewritten",
        "scanner/backups/erasing.py",
        '            one.entry = self.journal.staged(number, one.entry, staged, "")\n',
        "            assert staged, number\n",
        _ERASING + "test_what_is_to_be_proven_is_on_disk_before_anything_is_rewritten",
    ),
    guard(
        0,
        "sources go before their backups",
        "scanner/erase.py",
        "            if source not in copies:\n",
        "            if source not in copies and job.done:\n",
        _ERASING + "test_sources_go_before_their_backups",
    ),
    guard(
        1,
        "of a path in a backup only that content goes",
        "connectors/backups/memory.py",
        "        return [(kept, blob) for kept, blob in found if content_id([blob]) == content]\n",
        "        return [(kept, blob) for kept, blob in found if content]\n",
        _ERASING + "test_what_is_planned_leaves_every_snapshot_and_nothing_else_does",
    ),
    guard(
        2,
        "what is held is refused in a backup too",
        "scanner/backups/erasing.py",
        "            result = _live(share.case, step) or refused(connector, step, found)\n",
        "            result = _live(share.case, step)\n",
        _ERASING + "test_what_is_held_is_refused_in_a_backup_too",
    ),
    guard(
        2,
        "a copy of what turned out to be held stays",
        "scanner/backups/erasing.py",
        "            result = _live(share.case, step) or refused(connector, step, found)\n",
        "            result = refused(connector, step, found)\n",
        _ERASING + "test_a_copy_of_what_turns_out_to_be_held_stays",
    ),
    guard(
        9,
        "no state of before calls gone what is not reclaimed",
        "scanner/backups/pending.py",
        "            if (one.state in GONE or one.state in _UNSETTLED) and not is_begun(one):\n",
        "            if one.state in _UNSETTLED and not is_begun(one):\n",
        _PENDING + "test_no_state_of_before_makes_it_gone",
    ),
    guard(
        9,
        "a reclaiming that failed proves nothing",
        "scanner/backups/erasing.py",
        "        error = _asked(backup.reclaim)\n        if isinstance(error, Exception):\n",
        "        error = _asked(backup.reclaim)\n        if isinstance(error, LookupError):\n",
        _ERASING + "test_a_reclaim_that_fails_leaves_it_open_and_says_so",
    ),
    guard(
        7,
        "a source of which nobody knows a backup is a gap in every answer",
        "scanner/uncovered.py",
        " for name in config.uncovered()] if asked else []\n",
        " for name in config.uncovered()] if not asked else []\n",
        _UNCOVERED + "test_every_answer_tells_it_and_ends_with_3",
    ),
    guard(
        7,
        "a backup that nobody named hides nothing of its source",
        "scanner/verify.py",
        "    walked, unseen = _walked(case), hiding(gaps)\n",
        "    walked, unseen = _walked(case), hiding(()) or list(gaps)\n",
        "tests/scanner/test_verify.py::test_a_backup_that_nobody_named_hides_nothing_of_its_source",
    ),
    guard(
        1,
        "another version of a file in restic stays",
        "connectors/backups/restic_survey.py",
        "        if node.kind == FILE and node.content in wanted.get(node.path, ()):\n",
        "        if node.kind == FILE and wanted.get(node.path, ()):\n",
        _KINDS + "restic_conformance.py::TestRestic::test_another_content_at_the_path_stays",
    ),
    guard(
        1,
        "another version of a file in a mirror stays",
        "connectors/backups/mirror_erasing.py",
        "            if inode is not None and inode.content == content:\n",
        "            if inode is not None and content:\n",
        _KINDS + "mirror_conformance.py::TestRsyncTrees::test_another_content_at_the_path_stays",
    ),
    guard(
        7,
        "an archive that was written anew is another snapshot",
        "connectors/backups/archive_files.py",
        "state.st_mtime_ns, state.st_ino, state.st_ctime_ns))\n",
        "state.st_mtime_ns, state.st_ino))\n",
        _KINDS + "archive.py::test_what_is_written_anew_is_listed_anew_though_size_time_and_inode_are_the_same",
    ),
    Guard(
        9,
        "restic's word is not taken before it has pruned",  # by what a prune would find, and by the noted blobs
        (
            Edit(
                "connectors/backups/restic.py",
                "        late = len(there) < len(keys) and self.unreclaimed()\n",
                "        late = len(there) > len(keys)\n",
            ),
            Edit(
                "connectors/backups/restic.py",
                "if key in listed or notes[locator] in readable}\n",
                "if key in listed and readable is not None}\n",
            ),
        ),
        (_KINDS + "restic_conformance.py::TestRestic::test_nothing_is_said_gone_before_it_is_reclaimed",),
    ),
)
