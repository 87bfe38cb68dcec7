"""The supervisor against jobs that crash, hang, eat memory or leave; witnesses are the kernel's process table."""

from __future__ import annotations

import gc
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.base import GapReason
from scanner.crew import Member
from scanner.limits import Limits
from scanner.supervise import Failure, Supervisor, WorkersBroken
from tests.scanner.supervise_jobs import make_broken, make_deadly, make_job, make_told
from tests.scanner.supervise_jobs import run as run_here

ROOT = Path(__file__).resolve().parents[2]
LIMITS = replace(Limits(), seconds=1.5)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pids: list[int], seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.02)
    return not any(map(alive, pids))


@pytest.fixture(scope="module")
def crew() -> Iterator[Supervisor[object, object]]:
    with Supervisor(make_job, 2, LIMITS) as supervisor:
        yield supervisor


@pytest.mark.parametrize("count", [0, 1, 63, 1000])
def test_every_task_is_answered_once(crew: Supervisor[object, object], count: int) -> None:
    answers = list(crew.run(range(count)))
    assert Counter(task for task, _ in answers) == Counter(range(count))
    assert all(result == task * 2 for task, result in answers)  # type: ignore[operator]


def test_equal_tasks_are_answered_each(crew: Supervisor[object, object]) -> None:
    assert [result for _, result in crew.run([7] * 50)] == [14] * 50


def test_waiting_for_a_sources_turn_takes_no_time_of_the_item(crew: Supervisor[object, object]) -> None:
    assert dict(crew.run(["wait 2.5", "sleep 2.5", 1])) == {
        "wait 2.5": "2.5",
        "sleep 2.5": Failure(GapReason.TIMED_OUT, "more than 1.5 s"),
        1: 2,
    }


@pytest.mark.parametrize(
    ("bad", "reason", "detail"),
    [
        ("segfault", GapReason.CRASHED, "signal 11"),
        ("exit 3", GapReason.CRASHED, "exit 3"),
        ("exit 0", GapReason.CRASHED, "exit 0"),
        ("hog 8000000000", GapReason.OUT_OF_MEMORY, ""),
        ("deep", GapReason.TOO_DEEP, ""),
        ("fail", GapReason.UNREADABLE, "ValueError"),
        ("lambda", GapReason.UNREADABLE, None),
        ("loop", GapReason.TIMED_OUT, "more than 1.5 s"),
    ],
)
def test_a_bad_task_costs_itself_only(
    crew: Supervisor[object, object], bad: str, reason: GapReason, detail: str | None
) -> None:
    tasks: list[object] = list(range(300))
    tasks.insert(150, bad)
    answers = dict(crew.run(tasks))
    failure = answers.pop(bad)
    assert isinstance(failure, Failure)
    assert failure.reason is reason
    assert detail is None or failure.detail == detail
    assert answers == {number: number * 2 for number in range(300)}


def test_many_crashes_in_a_row_cost_only_themselves() -> None:
    tasks = [item for number in range(6) for item in ("segfault", number)]
    with Supervisor(make_job, 2, LIMITS) as supervisor:
        answers = list(supervisor.run(tasks))
    assert len(answers) == 12
    assert sum(isinstance(result, Failure) and result.reason is GapReason.CRASHED for _, result in answers) == 6
    assert {task: result for task, result in answers if isinstance(task, int)} == {n: n * 2 for n in range(6)}


def test_failures_say_nothing_of_the_content(crew: Supervisor[object, object]) -> None:
    [(_, failure)] = crew.run(["fail"])
    assert "Anna" not in repr(failure)


def test_workers_stay_for_the_next_run(crew: Supervisor[object, object]) -> None:
    first = {result for _, result in crew.run(["pid"] * 20)}
    second = {result for _, result in crew.run(["pid"] * 20)}
    assert first & second
    assert os.getpid() not in first | second


def test_a_slow_task_does_not_hold_up_the_others() -> None:
    limits = replace(LIMITS, seconds=30.0)
    with Supervisor(make_job, 2, limits) as supervisor:
        list(supervisor.run(range(2000)))  # warm: chunks are at their largest
        begun = time.monotonic()
        seen: dict[object, float] = {}
        tasks: list[object] = list(range(500))
        tasks.insert(100, "sleep 2.5")
        for task, _ in supervisor.run(tasks):
            seen[task] = time.monotonic() - begun
    slow = seen.pop("sleep 2.5")
    assert slow >= 2.5
    assert len(seen) == 500
    assert max(seen.values()) < 2.4  # one second to notice, and the rest


def test_tasks_are_taken_as_there_is_room() -> None:
    taken = 0

    def tasks() -> Iterator[object]:
        nonlocal taken
        while True:
            taken += 1
            yield taken

    most = 0
    with Supervisor(make_job, 2, LIMITS) as supervisor:
        for answered, _ in enumerate(supervisor.run(tasks()), 1):
            most = max(most, taken - answered)
            if answered == 5000:
                break
    assert most <= 2 * 3 * 64 + 64


def test_large_tasks_and_large_results_do_not_block_each_other() -> None:
    with Supervisor(make_job, 2, replace(LIMITS, seconds=30.0)) as supervisor:
        tasks = [f"big 300000 {'x' * 50_000}".replace(" x", "\n" + "x", 1) for _ in range(200)]
        answers = list(supervisor.run(tasks))
    assert len(answers) == 200
    assert all(isinstance(result, bytes) and len(result) == 300_000 for _, result in answers)


def test_a_run_given_up_does_not_answer_the_next(crew: Supervisor[object, object]) -> None:
    run = crew.run(range(10_000))
    next(run)
    run.close()  # type: ignore[attr-defined]
    assert dict(crew.run(range(100, 110))) == {number: number * 2 for number in range(100, 110)}


def test_what_the_tasks_raise_comes_through(crew: Supervisor[object, object]) -> None:
    def tasks() -> Iterator[object]:
        yield 1
        raise KeyError("walk")

    with pytest.raises(KeyError):
        list(crew.run(tasks()))
    assert list(crew.run([1])) == [(1, 2)]


def test_workers_that_cannot_start_are_an_error_not_a_loop() -> None:
    with Supervisor(make_broken, 2, LIMITS) as supervisor, pytest.raises(WorkersBroken, match="ValueError"):
        list(supervisor.run([1, 2, 3]))
    with Supervisor(make_deadly, 2, LIMITS) as supervisor, pytest.raises(WorkersBroken, match="exit 7"):
        list(supervisor.run([1, 2, 3]))


def test_idle_workers_that_were_killed_are_replaced() -> None:
    with Supervisor(make_job, 2, LIMITS) as supervisor:
        for _ in range(2):
            for pid in {result for _, result in supervisor.run(["pid"] * 100)}:
                assert isinstance(pid, int)
                os.kill(pid, signal.SIGKILL)
        assert dict(supervisor.run(range(10))) == {number: number * 2 for number in range(10)}


def test_workers_end_when_closed_and_when_forgotten() -> None:
    supervisor: Supervisor[object, object] = Supervisor(make_job, 1, LIMITS)
    [(_, pid)] = supervisor.run(["pid"])
    assert isinstance(pid, int)
    supervisor.close()
    supervisor.close()
    assert gone([pid])
    [(_, pid)] = supervisor.run(["pid"])
    assert isinstance(pid, int)
    del supervisor
    gc.collect()
    assert gone([pid])


def test_a_run_from_a_thread_that_has_ended_can_be_followed_by_another() -> None:
    with Supervisor(make_job, 2, LIMITS) as supervisor:
        thread = threading.Thread(target=lambda: list(supervisor.run(range(500))))
        thread.start()
        thread.join()
        time.sleep(0.2)
        assert len(list(supervisor.run(range(500)))) == 500


def test_no_core_dumps(crew: Supervisor[object, object]) -> None:
    assert list(crew.run(["core"])) == [("core", 0)]


SCRIPT = """
import sys, time
from scanner.limits import Limits
from scanner.supervise import Supervisor
from tests.scanner.supervise_jobs import make_job
if __name__ == "__main__":
    with Supervisor(make_job, 2, Limits()) as supervisor:
        tasks = ["pid"] * 400 + TAIL
        seen = set()
        for task, result in supervisor.run(tasks):
            if task == "pid" and result not in seen:
                seen.add(result)
                print(result, flush=True)
    print("end", flush=True)
"""


def start(tmp_path: Path, tail: str) -> subprocess.Popen[str]:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.replace("TAIL", tail))
    return subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_orphans_when_the_parent_is_killed(tmp_path: Path, how: signal.Signals) -> None:
    """Also of a worker in an endless loop, that reads no pipe."""
    process = start(tmp_path, "['loop', 'loop']")
    assert process.stdout is not None
    pids = [int(process.stdout.readline())]
    time.sleep(1.0)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    pids = sorted({*pids, *map(int, children)})
    assert len(pids) >= 2
    process.send_signal(how)
    process.wait(5)
    assert gone(pids)
    process.communicate()


def test_ctrl_c_ends_the_workers_without_their_tracebacks(tmp_path: Path) -> None:
    process = start(tmp_path, "['loop', 'loop']")
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
    _, errors = process.communicate(timeout=10)
    assert gone([pid])
    assert errors.count("Traceback") == 1
    assert errors.strip().endswith("KeyboardInterrupt")


def test_what_workers_print_is_not_shown(tmp_path: Path) -> None:
    process = start(tmp_path, "['noise', 'segfault']")
    out, errors = process.communicate(timeout=20)
    assert out.strip().endswith("end")
    assert "NOISE" not in out + errors
    assert errors == ""


def test_without_workers_the_job_runs_here() -> None:
    supervisor: Supervisor[object, object] = Supervisor(make_job, 0, LIMITS)
    answers = list(supervisor.run([1, "pid", "fail", "deep"]))
    assert answers == [
        (1, 2),
        ("pid", os.getpid()),
        ("fail", Failure(GapReason.UNREADABLE, "ValueError")),
        ("deep", Failure(GapReason.TOO_DEEP)),
    ]


def test_chunks_cost_little() -> None:
    """CPU of small jobs in workers, parent included, against the same jobs here; 0.9 to 1.1 where it is quiet."""
    task = "work 10000"
    begun = time.process_time()
    for _ in range(2000):
        run_here(task)
    serial = time.process_time() - begun

    def total(count: int) -> float:
        before = cpu()
        with Supervisor(make_job, 2, LIMITS) as supervisor:
            assert sum(1 for _ in supervisor.run([task] * count)) == count
        return cpu() - before

    start = total(200)
    assert total(2200) - start < serial * 1.5


def cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def test_no_task_number_is_used_twice_so_that_a_late_answer_fits_no_later_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that was handed out twice may be answered when the next run has begun: for the next source's items."""
    handed: list[list[int]] = [[]]
    give = Member.give

    def noted(self: Member, tasks: Sequence[tuple[int, object]]) -> bool:
        handed[-1].extend(number for number, _ in tasks)
        return give(self, tasks)

    monkeypatch.setattr(Member, "give", noted)
    with Supervisor(make_job, 1, LIMITS) as supervisor:
        assert sorted(result for _, result in supervisor.run(range(5))) == [0, 2, 4, 6, 8]
        handed.append([])
        assert sorted(result for _, result in supervisor.run(range(5))) == [0, 2, 4, 6, 8]
    assert handed[0]
    assert handed[1]
    assert not set(handed[0]) & set(handed[1])


def test_workers_do_not_run_the_program_that_started_them(tmp_path: Path) -> None:
    """A spawned process would import it first, and all that it imports."""
    script = tmp_path / "program.py"
    script.write_text(
        "print('here', flush=True)\n"
        "if __name__ == '__main__':\n"
        "    from scanner.limits import Limits\n"
        "    from scanner.supervise import Supervisor\n"
        "    from tests.scanner.supervise_jobs import make_job\n"
        "    with Supervisor(make_job, 2, Limits()) as crew:\n"
        "        print(sorted(result for _, result in crew.run(range(3))))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["here", "[0, 2, 4]"]


def test_a_run_with_a_limit_uses_no_more_workers_than_that(crew: Supervisor[object, object]) -> None:
    list(crew.run(["sleep 0.3"] * 6))
    assert len(crew._crew.members) == 2
    assert len({result for _, result in crew.run(["pid"] * 400, 1)}) == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_a_job_that_wants_to_know_what_comes_is_told_each_chunk(workers: int) -> None:
    with Supervisor(make_told, workers, LIMITS) as supervisor:
        answers = list(supervisor.run(range(300)))
    assert sorted(task for task, _ in answers) == list(range(300))  # type: ignore[type-var]
    assert all(result == ("told", task) for task, result in answers)
