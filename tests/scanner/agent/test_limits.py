"""How many jobs may run at once, and which server a source lies on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from config.model import Source
from scanner.agent.limits import Load, fits, server_of

SCAN = Load()
CHORE = Load(chore=True)


def test_so_many_scans_at_once_and_no_more() -> None:
    assert fits(SCAN, [SCAN], 2, 2)
    assert not fits(SCAN, [SCAN, SCAN], 2, 2)


def test_chores_run_one_at_a_time_beside_all_scans() -> None:
    assert fits(CHORE, [SCAN] * 9, 2, 2)
    assert not fits(CHORE, [CHORE], 9, 9)
    assert fits(SCAN, [CHORE, SCAN], 2, 2)


def test_sources_on_one_server_share_its_places() -> None:
    here = Load("mail.example")
    assert not fits(here, [here, here], 9, 2)
    assert fits(Load("other.example"), [here, here], 9, 2)
    assert fits(SCAN, [SCAN] * 5, 9, 2)
    assert not fits(replace(here, part=True), [here], 9, 1)


def test_changed_paths_are_looked_at_though_all_places_are_taken() -> None:
    part = Load(part=True)
    assert fits(part, [SCAN, SCAN], 2, 2)
    assert not fits(part, [SCAN, SCAN, part], 2, 2)
    assert fits(part, [part], 2, 2)
    assert fits(SCAN, [SCAN, part], 2, 2)


def test_dead_sources_leave_a_place_for_the_others() -> None:
    dead = Load("dead.example", failing=True)
    assert not fits(dead, [dead], 2, 9)
    assert fits(dead, [SCAN], 2, 9)
    assert fits(SCAN, [dead], 2, 9)
    assert fits(dead, [], 1, 9)
    assert fits(SCAN, [dead], 1, 9), "the only place is taken by what does not answer"
    assert not fits(dead, [dead], 1, 9)
    assert not fits(SCAN, [dead, SCAN], 1, 9)


def test_a_short_scan_passes_by_slow_ones() -> None:
    slow, short = Load(seconds=3000.0), Load(took=5.0)
    assert fits(short, [slow, slow], 2, 2)
    assert not fits(short, [slow, Load(seconds=5.0)], 2, 2)
    assert not fits(Load(took=4000.0), [slow, slow], 2, 2)
    assert not fits(Load(took=None), [slow, slow], 2, 2)
    assert not fits(short, [slow, slow, Load(seconds=300.0)], 2, 2), "one more, not any number"


@pytest.mark.parametrize(
    ("kind", "settings", "server"),
    [
        ("folder", {"path": "/srv/kunder"}, None),
        ("imap", {"host": "Mail.Example.org", "port": 993}, "mail.example.org"),
        ("caldav", {"url": "https://dav.example/anna/"}, "dav.example"),
        ("carddav", {"url": "dav.example/anna/"}, "dav.example"),
        ("carddav", {"url": "http://[::1]:5232/"}, "::1"),
        ("sql", {"url": "postgresql://crm@db.example:5432/crm"}, "db.example"),
        ("sql", {"url": "sqlite:////srv/crm.db"}, None),
        ("s3", {"endpoint": "https://minio.example:9000", "bucket": "b"}, "minio.example"),
        ("s3", {"endpoint": "", "region": "eu-north-1"}, "s3.eu-north-1"),
        ("restic", {"repository": "/mnt/nas/restic"}, None),
        ("restic", {"repository": "sftp:me@nas.example:/srv/restic"}, "nas.example"),
        ("restic", {"repository": "sftp://me@nas.example:2222//srv/restic"}, "nas.example"),
        ("restic", {"repository": "rest:https://me@rest.example:8000/"}, "rest.example"),
        ("restic", {"repository": "s3:https://minio.example:9000/b"}, "minio.example"),
        ("restic", {"repository": "s3:s3.amazonaws.com/b"}, "s3.amazonaws.com"),
        ("restic", {"repository": "b2:bucket:path"}, "b2"),
        ("restic", {"repository": "rclone:moln:path"}, "rclone:moln"),
        ("restic", {"path": "/mnt/nas", "repository": ""}, None),
        ("borg", {"repository": "ssh://me@borg.example:22/./repo"}, "borg.example"),
        ("borg", {"repository": "me@borg.example:repo"}, "borg.example"),
        ("borg", {"repository": "/mnt/borg"}, None),
        ("strange", {"url": "https://[broken"}, None),
    ],
)
def test_the_server_of_a_source(kind: str, settings: dict[str, Any], server: str | None) -> None:
    assert server_of(Source("one", kind, settings)) == server
