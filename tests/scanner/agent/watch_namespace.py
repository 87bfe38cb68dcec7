"""Mounts and limits of inotify, for real: run in a user and mount namespace of its own, where anybody may make them.

`unshare -Urm python -m tests.scanner.agent.watch_namespace SCENARIO FOLDER`; an error is a failure.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from tests.scanner.agent.watched import QUICK, Watched, watched

WATCHES = Path("/proc/sys/user/max_inotify_watches")
INSTANCES = Path("/proc/sys/user/max_inotify_instances")


def mount(point: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "none", point], check=True)


def unmount(point: Path) -> None:
    subprocess.run(["umount", point], check=True)


def seen(here: Watched, path: str) -> None:
    """A new file is told by its own path, or with a new folder above it."""
    since = time.monotonic()
    (here.root / path).write_text("x")
    here.await_covered(path, since)


def limit(root: Path) -> None:
    for number in range(20):
        (root / f"{number}").mkdir()
    WATCHES.write_text("5")
    with watched(root, start="watched in part: the system has no more watches") as here:
        seen(here, "new.txt")
        wholes = here.told.wholes()
        WATCHES.write_text("1000")
        here.await_state("watched")
        here.await_whole(wholes)
        for number in range(20):
            seen(here, f"{number}/new.txt")


def limit_later(root: Path) -> None:
    with watched(root) as here:
        WATCHES.write_text("1")
        (root / "new").mkdir()
        here.await_state("watched in part: the system has no more watches")


def no_watch(root: Path) -> None:
    WATCHES.write_text("0")
    with watched(root, start="lost: the system has no more watches") as here:
        WATCHES.write_text("1000")
        here.await_state("watched")
        seen(here, "new.txt")


def no_instance(root: Path) -> None:
    INSTANCES.write_text("0")
    with watched(root, start="lost: too many files are open, or watchers run") as here:
        INSTANCES.write_text("10")
        here.await_state("watched")
        seen(here, "new.txt")


def unmounted(root: Path) -> None:
    mount(root)
    (root / "old.txt").write_text("x")
    with watched(root) as here:
        unmount(root)
        here.await_whole(1)
        mount(root)
        here.await_whole(2)
        seen(here, "new.txt")


def unmounted_between_two_looks(root: Path) -> None:
    """Only the kernel's word (IN_UNMOUNT, IN_IGNORED) tells: nobody looks for an hour."""
    mount(root)
    with watched(root, times=replace(QUICK, look=3600.0)) as here:
        unmount(root)
        mount(root)
        here.await_whole(1)
        seen(here, "new.txt")


def mounted_over(root: Path) -> None:
    with watched(root) as here:
        mount(root)
        here.await_whole(1)
        seen(here, "new.txt")


def mounted_inside(root: Path) -> None:
    (root / "sub").mkdir()
    with watched(root) as here:
        mount(root / "sub")
        here.await_whole(1)
        seen(here, "sub/new.txt")
        unmount(root / "sub")
        here.await_whole(2)
        seen(here, "sub/new.txt")


def sentinel(root: Path) -> None:
    mount(root)
    (root / "here").write_text("")
    with watched(root, sentinel="here") as here:
        unmount(root)
        here.await_state("lost: not mounted")
        count = len(here.told.calls())
        time.sleep(1.0)
        assert len(here.told.calls()) == count
        mount(root)
        (root / "here").write_text("")
        here.await_state("watched")
        here.await_whole(1)


_ALL = (
    *(limit, limit_later, no_watch, no_instance),
    *(unmounted, unmounted_between_two_looks, mounted_over, mounted_inside, sentinel),
)
SCENARIOS: Mapping[str, Callable[[Path], None]] = {one.__name__: one for one in _ALL}


if __name__ == "__main__":
    SCENARIOS[sys.argv[1]](Path(sys.argv[2]))
