"""The guards between what runs unasked and what nobody wanted gone, and those that keep the agent from missing things.

What a rule of culling may take, what a hold that ended lets go, what a look at some paths may say; one process a
source, one agent a folder, one word to people; and nothing of a person in the log.
"""

from __future__ import annotations

from scripts.guard import Edit, Guard, guard

_CULLING = "tests/scanner/cull/test_culling.py::"
_LAPSED = "tests/scanner/agent/test_lapsed.py::"
_PATHS = "tests/scanner/test_scan_paths.py::"
_WRITERS = "tests/scanner/index/test_writers.py::"
_WATCH = "tests/scanner/agent/test_watch.py::"

_CULLS = (
    guard(
        1,
        "of several days all must be right, or there is none",
        "scanner/cull/days.py",
        "    if not known or len(known) != len(days):\n",
        "    if not known:\n",
        "tests/scanner/cull/test_cull_days.py::test_the_latest_day_that_it_says_or_none",
    ),
    guard(
        1,
        "a day in a path is no evidence by itself",
        "scanner/cull/days.py",
        "    return None if day is None else max([day, *(one for one in others if one is not None)])\n",
        "    return max((one for one in (day, *others) if one is not None), default=None)\n",
        "tests/scanner/cull/test_cull_days.py::test_a_day_in_a_path_can_only_keep_longer",
    ),
    guard(
        1,
        "what has no day that its rule counts from is never due",
        "scanner/policy.py",
        "            if start is None or not matcher.match(document):\n",
        "            start = start or date.min\n            if not matcher.match(document):\n",
        _CULLING + "test_the_shipped_rule_takes_old_applications_and_nothing_else",
    ),
    guard(
        1,
        "a rule of culling has the last word on the live item",
        "scanner/prepare.py",
        "        if self._settings.cull is not None and not self._is_due(",
        "        if self._settings.cull is not None and not task.kind and not self._is_due(",
        _CULLING + "test_the_day_before_on_and_after",
    ),
    guard(
        0,
        "a look takes no more than its rule allows",
        "scanner/cull/search.py",
        "            if left == 0:\n",
        "            if left == -1000:\n",
        _CULLING + "test_the_oldest_go_first_and_no_more_than_the_rule_allows",
    ),
    guard(
        0,
        "no run of a rule is larger than it allows",
        "scanner/may_run.py",
        "        if rule is not None and steps > rule.max_items:\n",
        "        if rule is not None and steps > 1000 * rule.max_items:\n",
        _CULLING + "test_the_oldest_go_first_and_no_more_than_the_rule_allows",
    ),
    guard(
        2,
        "holds go before culls",
        "scanner/cull/search.py",
        "    hold(findings, papers, {(one.source, one.path): one.kind.value for one in views.values()})\n",
        "",
        _CULLING + "test_the_shipped_rule_takes_old_applications_and_nothing_else",
    ),
)

_HOLDS = (
    guard(
        2,
        "only a rule that says so lets go unasked",
        "scanner/agent/lapsed.py",
        "    rules = {one.name for one in work.config.holds if one.unattended}\n",
        "    rules = {one.name for one in work.config.holds}\n",
        _LAPSED + "test_what_goes_unasked_is_what_the_rule_says_and_no_more",
    ),
    guard(
        1,
        "only what is certain goes unasked",
        "scanner/agent/lapsed.py",
        "        and one.tier is Tier.CERTAIN\n",
        "",
        _LAPSED + "test_what_goes_unasked_is_what_the_rule_says_and_no_more",
    ),
    guard(
        2,
        "a rule that is another one now lets nothing go",
        "scanner/agent/lapsed.py",
        "        if held is not None and (held.rule, held.until) == _held_by(step, by_id):\n",
        "        if _held_by(step, by_id) is not None or held is not None:\n",
        _LAPSED + "test_what_goes_unasked_is_what_the_rule_says_and_no_more",
    ),
    guard(
        1,
        "a hold that ended is remembered for the same content alone",
        "scanner/verify.py",
        " or not old.content or old.content != fresh.content:\n",
        ":\n",
        _LAPSED + "test_a_hold_that_ended_is_remembered_of_the_very_content_in_a_case_that_ran",
    ),
    guard(
        1,
        "a hold that ended is remembered of a case that ran alone",
        "scanner/verify.py",
        "    elif ran and old.state is State.HELD and old.hold:\n",
        "    elif old.state is State.HELD and old.hold:\n",
        _LAPSED + "test_a_hold_that_ended_is_remembered_of_the_very_content_in_a_case_that_ran",
    ),
    guard(
        1,
        "of a closed case only the very content is let go",
        "scanner/agent/freed.py",
        "        and one.content == was.content.hex()\n",
        "",
        _LAPSED + "test_of_a_closed_case_only_what_was_kept_is_marked",
    ),
    guard(
        1,
        "of a closed case only what was approved and run is let go",
        "scanner/agent/freed.py",
        "        was.ran\n        and was.certain\n",
        "        was.certain\n",
        _LAPSED + "test_of_a_closed_case_only_what_was_kept_is_marked",
    ),
    guard(
        1,
        "the agent carries on what it began itself",
        "scanner/agent/chores/resume.py",
        "        if mine is not None and mine.chore:\n",
        "        if mine is not None:\n",
        "tests/scanner/agent/chores/test_resume.py::"
        "test_a_persons_run_that_was_cut_off_is_told_once_and_not_carried_on",
    ),
)

_LOOKS = (
    guard(
        7,
        "a look at some paths is no walk of the source",
        "scanner/scan_paths.py",
        "lost=note.lost or lost))\n",
        "lost=note.lost))\n",
        _PATHS + "test_a_look_that_took_something_out_is_no_evidence_of_absence",
    ),
    guard(
        7,
        "what was lost since the last walk is not absent",
        "scanner/verify.py",
        "        if one.scanned_at is not None and one.scanned_at >= run_at and not one.in_part\n",
        "        if one.scanned_at is not None and one.scanned_at >= run_at\n",
        _PATHS + "test_a_look_that_took_something_out_is_no_evidence_of_absence",
    ),
    guard(
        7,
        "a look at some paths takes out what lies there alone",
        "scanner/scan_paths.py",
        "if token not in self._seen and item not in known and _is_below(path, tops)\n",
        "if token not in self._seen and item not in known and tops\n",
        _PATHS + "test_folders_come_go_and_move_with_all_below",
    ),
    guard(
        7,
        "a look in what is not the source any more is no evidence",
        "connectors/files/local.py",
        "        yield from looker.linked()\n        self._vouch()\n",
        "        yield from looker.linked()\n",
        _PATHS + "test_a_mount_that_leaves_in_the_middle_of_a_look_takes_nothing_with_it",
    ),
    guard(
        0,
        "two scans of one source at once are refused",
        "scanner/scan_lock.py",
        "            if not take(handle, 0.0):\n",
        "            if wait < 0 and not take(handle, 0.0):\n",
        "tests/scanner/test_scan_lock.py::test_a_source_is_held_by_one_and_let_go_by_a_kill",
    ),
    guard(
        0,
        "a job leaves a source that another process scans",
        "scanner/agent/job.py",
        "    except (SourceBusy, ChoreRuns, Busy):\n",
        "    except (ChoreRuns, Busy):\n",
        "tests/scanner/agent/test_process.py::test_a_source_or_chore_in_other_hands_is_busy_and_its_run_stays_open",
    ),
    guard(
        0,
        "a writer reads its counters again when another has written",
        "scanner/index/write.py",
        "        if data != self._data:\n",
        "        if self._data is None:\n",
        _WRITERS + "test_two_writers_by_turns_never_give_a_number_twice",
    ),
    guard(
        15,
        "what another deletes meanwhile still waits for a rewriting",
        "scanner/index/purge.py",
        "WHERE key = 'unpurged' AND value = ?\"",
        "WHERE key = 'unpurged' AND value >= ?\"",
        _WRITERS + "test_what_another_deletes_while_the_file_is_rewritten_is_not_said_to_be_gone",
    ),
)

_WATCHING = (
    guard(
        7,
        "dropped events are answered by a walk of the whole",
        "scanner/agent/tree.py",
        '        """The kernel dropped events (IN_Q_OVERFLOW)."""\n        self._lose()\n',
        '        """The kernel dropped events (IN_Q_OVERFLOW)."""\n',
        "tests/scanner/agent/test_watch_flood.py::test_an_overflow_is_answered_by_a_walk_of_the_whole",
    ),
    Guard(
        7,
        "a watched folder that is another one now is told",  # by its own events, and by looking where it stands
        (
            Edit(
                "scanner/agent/watching.py",
                "(self._events_lost or standing != self._standing or not self._feed.alive)",
                "not self._feed.alive",
            ),
        ),
        (
            _WATCH + "test_a_root_renamed_deleted_or_replaced_is_told_and_watched_anew",
            _WATCH + "test_a_folder_above_the_root_that_is_swapped_is_noticed",
        ),
    ),
    guard(
        7,
        "without its sentinel nothing of a folder is told",
        "scanner/agent/watching.py",
        "        if standing is None or not has_sentinel(self._root, self._sentinel):\n",
        "        if standing is None:\n",
        _WATCH + "test_without_its_sentinel_nothing_is_told_but_the_state",
    ),
    guard(
        7,
        "when its watch begins the whole source is told",
        "scanner/agent/watching.py",
        "        self._next_again = now + self._times.again\n        with self._lock:\n"
        "            self._changes.add_all(now)\n",
        "        self._next_again = now + self._times.again\n",
        _WATCH + "test_the_whole_source_is_told_when_the_watch_begins",
    ),
)

_AGENT = (
    guard(
        0,
        "a run that was cut off is noticed at the start",
        "scanner/agent/engine.py",
        "        cut = book.cut_off(now)\n",
        "        cut = len(book.runs(most=0))\n",
        "tests/scanner/agent/test_engine.py::test_what_was_cut_off_is_noted_at_the_start_and_no_run_stays_open",
    ),
    guard(
        0,
        "no job runs twice at a time",
        "scanner/agent/foreman.py",
        "            idle = plan.name not in self.running and not (",
        "            idle = not (",
        "tests/scanner/agent/test_foreman.py",
    ),
    guard(
        5,
        "a job ends when its agent has died",
        "scanner/agent/job.py",
        "        life.hold()\n",
        "",
        "tests/scanner/agent/test_process.py::test_its_life_line_cut_it_ends_in_order_and_keeps_what_it_read",
    ),
    guard(
        0,
        "one agent a state folder",
        "scanner/agent/lock.py",
        "        if not _taken(handle, _TRIES):\n",
        "        if not _taken(handle, _TRIES) and handle < 0:\n",
        "tests/scanner/agent/test_lock.py::test_a_second_agent_is_refused_and_told_which_runs",
    ),
    guard(
        0,
        "one chore at a time",
        "scanner/agent/job.py",
        "    with chore_lock(work.state):\n        return chore(",
        "    with work.state.open():\n        return chore(",
        "tests/scanner/agent/test_process.py::test_a_source_or_chore_in_other_hands_is_busy_and_its_run_stays_open",
    ),
    guard(
        0,
        "a configuration with mistakes is refused whole",
        "scanner/agent/engine.py",
        "        except ConfigError as error:\n            self._now.refused",
        "        except KeyError as error:\n            self._now.refused",
        "tests/scanner/agent/test_run.py::"
        "test_told_to_it_reads_its_configuration_again_and_a_broken_one_is_refused_whole",
    ),
)

_TELLING = (
    guard(
        0,
        "a thing is told once",
        "scanner/agent/book.py",
        "INSERT OR IGNORE INTO notice",
        "INSERT OR REPLACE INTO notice",
        "tests/scanner/agent/test_agent_book.py::test_a_thing_is_told_once_until_it_is_forgotten",
    ),
    guard(
        0,
        "a try to tell is noted before it is made",
        "scanner/agent/notices.py",
        "            for one in due:\n                book.sent(one)\n",
        "",
        "tests/scanner/agent/test_notices.py::"
        "test_a_try_is_noted_before_it_is_made_so_that_a_fault_in_it_leads_to_no_flood",
    ),
    guard(
        0,
        "no key that is not known stands in the log",
        "scanner/agent/logs.py",
        '    kept: EventDict = {"event": _event(told.get("event"))}\n',
        '    kept: EventDict = {**told, "event": _event(told.get("event"))}\n',
        "tests/scanner/agent/test_logs.py::test_personal_data_does_not_slip_in",
    ),
    guard(
        0,
        "no word that may be of a person stands in a sentence of the log",
        "scanner/agent/logs.py",
        "    return _TELLING.sub(WITHHELD, clean(value))[:_LONGEST] if",
        "    return clean(value)[:_LONGEST] if",
        "tests/scanner/agent/test_logs.py::test_personal_data_does_not_slip_in",
    ),
    guard(
        0,
        "the health endpoint answers to its own name alone",
        "scanner/agent/health.py",
        '        if not self.server.is_named(self.headers.get_all("Host", [])):\n',
        '        if self.server.is_named(self.headers.get_all("Host", [])) is None:\n',
        "tests/scanner/agent/test_health.py::test_a_name_that_is_not_this_machine_s_is_refused",
    ),
)

AGENT = (*_CULLS, *_HOLDS, *_LOOKS, *_WATCHING, *_AGENT, *_TELLING)
