"""A versioned bucket as a backup. The witness is boto3 by itself, and for what no client sees the server's store."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.backups import s3_items
from connectors.backups.base import SCOPE, Entry
from connectors.backups.s3 import S3Versions
from connectors.base import Gap, GapReason, Outcome, Presence, Receipt
from connectors.errors import Changed, ConnectorError, Denied, Held, Malformed, NotFound, Unreachable
from connectors.files import s3_listing
from tests.connectors.backups.s3_help import DAY, KEY, Open, markers, one, took
from tests.connectors.backups.s3_world import FIRST, hide, lay, settings
from tests.servers.moto import Moto, Request


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_listing, "_FIRST_WAIT", 0.01)


class TestDays:
    def test_a_day_is_a_snapshot_and_a_content_is_told_once_in_it(self, moto: Moto, kept: str, opened: Open) -> None:
        lay(moto, kept, KEY, b"first", FIRST)
        lay(moto, kept, KEY, b"first", FIRST + timedelta(hours=1))
        lay(moto, kept, KEY, b"second", FIRST + timedelta(hours=2))
        hide(moto, kept, KEY, FIRST + DAY)
        lay(moto, kept, KEY, b"first", FIRST + 2 * DAY)
        lay(moto, kept, "kunder/", b"", FIRST + 2 * DAY)
        backup = opened(kept)
        told = backup.snapshots()
        assert [(day.id, day.label, day.at) for day in told] == [
            ("2020-11-20", "2020-11-20", datetime(2020, 11, 20, tzinfo=UTC)),
            ("2020-11-22", "2020-11-22", datetime(2020, 11, 22, tzinfo=UTC)),
        ]
        held = [[entry for entry in backup.entries(day) if isinstance(entry, Entry)] for day in told]
        assert [sorted((entry.path, entry.size) for entry in day) for day in held] == [[(KEY, 5), (KEY, 6)], [(KEY, 5)]]
        assert {entry.content for entry in held[1]} < {entry.content for entry in held[0]}
        assert backup.frozen is False

    def test_a_day_of_which_nothing_is_left_is_not_found(self, moto: Moto, kept: str, opened: Open) -> None:
        lay(moto, kept, KEY, b"first", FIRST)
        id_ = lay(moto, kept, "other", b"other", FIRST + DAY)
        backup = opened(kept)
        told = backup.snapshots()
        moto.purge(kept, "other", id_)
        backup.snapshots()
        with pytest.raises(NotFound):
            list(backup.entries(told[1]))

    def test_what_cannot_be_read_is_a_gap_and_no_day_hides_it(
        self, moto: Moto, kept: str, opened: Open, raw: Any
    ) -> None:
        lay(moto, kept, KEY, b"first", FIRST)
        moto.put(kept, "arkiv/lista.csv", b"archived", storage="GLACIER")
        raw.create_multipart_upload(Bucket=kept, Key="halv.bin")
        gaps = [event for event in opened(kept).walk(SCOPE) if isinstance(event, Gap)]
        assert [(gap.locator.path.partition(";")[0], gap.reason) for gap in gaps] == [
            ("arkiv/lista.csv", GapReason.UNREADABLE),
            ("halv.bin", GapReason.UNREADABLE),
        ]

    def test_where_the_server_tells_no_etag_every_version_is_its_own(self) -> None:
        made = [
            s3_listing.Entry("k", id_, latest=False, content=True, etag=etag, size=3)
            for id_, etag in (("1", ""), ("2", ""), ("3", '"x"'), ("4", '"x"'))
        ]
        ids = [s3_items.content_of(entry) for entry in made]
        assert len(set(ids)) == 3
        assert ids[2] == ids[3]


class TestOtherBuckets:
    def test_without_versions_the_only_one_goes(self, moto: Moto, opened: Open, raw: Any) -> None:
        bucket = moto.bucket()
        moto.put(bucket, KEY, b"personal")
        moto.put(bucket, KEY + "x", b"other")
        backup = opened(bucket)
        locator = one(backup, KEY, b"personal")
        assert took(backup, locator) == (Receipt(locator, Outcome.ERASED), Presence.ABSENT)
        assert [each["Key"] for each in raw.list_objects_v2(Bucket=bucket)["Contents"]] == [KEY + "x"]

    def test_without_versions_what_was_saved_since_stays(self, moto: Moto, opened: Open, raw: Any) -> None:
        bucket = moto.bucket()
        moto.put(bucket, KEY, b"personal")
        backup = opened(bucket)
        locator = one(backup, KEY, b"personal")
        notes = backup.note([locator])
        moto.put(bucket, KEY, b"a colleague's")
        assert backup.rewrite([locator]) == {locator: Receipt(locator, Outcome.ABSENT)}
        assert backup.prove(notes) == {locator: Presence.ABSENT}
        assert raw.get_object(Bucket=bucket, Key=KEY)["Body"].read() == b"a colleague's"

    @pytest.mark.parametrize("status", ["", "Suspended"])
    def test_what_is_saved_in_the_moment_of_erasing_stays(
        self, moto: Moto, opened: Open, raw: Any, status: str
    ) -> None:
        bucket = moto.bucket(status)
        moto.put(bucket, KEY, b"personal")
        backup = opened(bucket)
        locator = one(backup, KEY, b"personal")
        saved: list[str] = []

        def save(request: Request) -> None:
            if request.method in ("HEAD", "POST") and not saved:
                saved.append(moto.put(bucket, KEY, b"a colleague's"))

        with moto.gate.hook(save):
            backup.rewrite([locator])
        assert saved
        assert raw.get_object(Bucket=bucket, Key=KEY)["Body"].read() == b"a colleague's"

    def test_what_is_saved_in_the_moment_of_reading_is_not_taken_for_it(self, moto: Moto, opened: Open) -> None:
        bucket = moto.bucket()
        moto.put(bucket, KEY, b"personal")
        backup = opened(bucket)
        locator = one(backup, KEY, b"personal")

        def save(request: Request) -> None:
            if request.method == "GET" and request.key == KEY:
                moto.put(bucket, KEY, b"a colleague's")

        with moto.gate.hook(save), pytest.raises(Changed):
            backup.read(locator)

    def test_suspended_versioning_brings_no_older_content_up(self, moto: Moto, kept: str, opened: Open) -> None:
        lay(moto, kept, KEY, b"of somebody else", FIRST)
        lay(moto, kept, KEY, b"personal", FIRST + DAY)
        moto.store.put_bucket_versioning(kept, "Suspended")
        backup = opened(kept)
        answer, proof = took(backup, one(backup, KEY, b"personal"))
        assert isinstance(answer, Held)
        assert proof is Presence.PRESENT
        assert [content for _, content in moto.versions(kept)[KEY]] == [b"personal", b"of somebody else"]

    def test_older_versions_that_may_not_be_listed_are_a_refusal(self, moto: Moto, kept: str, opened: Open) -> None:
        def policy(request: Request) -> tuple[int, str] | None:
            return (403, "AccessDenied") if request.asks("versions") else None

        with moto.gate.hook(policy), pytest.raises(Denied, match="s3:ListBucketVersions"):
            opened(kept)

    def test_an_emptied_bucket_says_nothing_is_gone(self, moto: Moto, kept: str, opened: Open) -> None:
        id_ = lay(moto, kept, KEY, b"personal", FIRST)
        backup = opened(kept)
        locator = one(backup, KEY, b"personal")
        notes = backup.note([locator])
        moto.purge(kept, KEY, id_)
        backup.expect_items = True
        for ask in (
            backup.snapshots,
            lambda: backup.presence(locator),
            lambda: backup.prove(notes),
            lambda: backup.rewrite([locator]),
            lambda: backup.read(locator),
        ):
            with pytest.raises(Unreachable):
                ask()

    def test_what_check_is_told(self, moto: Moto, locking: str, opened: Open) -> None:
        backup = opened(locking)
        told = backup.open()
        assert told.removes
        assert not told.stages
        assert any("day" in limit for limit in told.limits)
        assert any("Object Lock is on" in fact for fact in told.facts)


class TestProof:
    def test_an_id_that_still_answers_is_present_whatever_the_list_says(
        self, moto: Moto, kept: str, opened: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lay(moto, kept, KEY, b"personal", FIRST)
        backup = opened(kept)
        locator = one(backup, KEY, b"personal")
        notes = backup.note([locator])
        monkeypatch.setattr(s3_listing.Listing, "of", lambda *_: [])
        assert backup.prove(notes) == {locator: Presence.PRESENT}

    def test_an_id_that_may_not_be_asked_for_is_not_gone(self, moto: Moto, kept: str, opened: Open) -> None:
        id_ = lay(moto, kept, KEY, b"personal", FIRST)
        backup = opened(kept)
        locator = one(backup, KEY, b"personal")
        notes = backup.note([locator])
        assert json.loads(notes[locator]) == [id_]
        moto.purge(kept, KEY, id_)

        def policy(request: Request) -> tuple[int, str] | None:
            return (403, "AccessDenied") if request.method == "HEAD" else None

        with moto.gate.hook(policy):
            assert isinstance(backup.prove(notes)[locator], Denied)
        assert backup.prove(notes) == {locator: Presence.ABSENT}

    def test_a_name_that_only_a_marker_holds_is_present(self, moto: Moto, kept: str, opened: Open, raw: Any) -> None:
        id_ = lay(moto, kept, KEY, b"personal", FIRST)
        backup = opened(kept)
        locator = one(backup, KEY, b"personal")
        notes = backup.note([locator])
        hide(moto, kept, KEY, FIRST + DAY)
        moto.purge(kept, KEY, id_)
        assert backup.prove(notes) == {locator: Presence.PRESENT}
        assert backup.rewrite([locator])[locator] == Receipt(locator, Outcome.ABSENT)
        assert backup.prove(notes) == {locator: Presence.ABSENT}
        assert markers(raw, kept) == []

    @pytest.mark.parametrize("note", ["{", "{}", "[1]"])
    def test_a_note_of_another_is_refused(self, moto: Moto, kept: str, opened: Open, note: str) -> None:
        lay(moto, kept, KEY, b"personal", FIRST)
        backup = opened(kept)
        there = one(backup, KEY, b"personal")
        moto.purge(kept, KEY, json.loads(backup.note([there])[there])[0])
        assert isinstance(backup.prove({there: note})[there], Malformed)


def test_settings_that_cannot_work() -> None:
    wrong = settings(1, "a/b", access_key=None, endpoint="ftp://x", timeout=0)
    assert [problem.partition(":")[0] for problem in S3Versions.validate(wrong)] == [
        "timeout", "access_key", "bucket", "endpoint"
    ]  # fmt: skip
    assert S3Versions.validate(settings(1, "b")) == []


class TestFolders:
    @pytest.mark.parametrize("left", ["a version", "an older version", "a marker", "what stands for it"])
    def test_a_folder_is_there_while_anything_below_it_holds_its_name(
        self, moto: Moto, kept: str, opened: Open, left: str
    ) -> None:
        lay(moto, kept, "kunder/Maja Blomqvistsson/x.txt", b"another's", FIRST)
        backup = opened(kept)
        assert not backup.has_folder("kunder/Maja Blomqvist")
        key = "kunder/Maja Blomqvist/" if left == "what stands for it" else KEY
        laid = [lay(moto, kept, key, b"" if key.endswith("/") else b"hers", FIRST)]
        if "version" not in left or left == "an older version":
            laid.append(hide(moto, kept, key, FIRST + DAY))
        if left == "a marker":
            moto.purge(kept, key, laid.pop(0))
        assert backup.has_folder("kunder/Maja Blomqvist")
        for id_ in laid:
            moto.purge(kept, key, id_)
        assert not backup.has_folder("kunder/Maja Blomqvist")

    def test_a_folder_of_which_nobody_can_tell_is_not_gone(self, moto: Moto, kept: str, opened: Open) -> None:
        lay(moto, kept, KEY, b"hers", FIRST)
        backup = opened(kept)
        with moto.gate.hook(lambda _: (500, "InternalError")), pytest.raises(Unreachable):
            backup.has_folder("kunder/Maja Blomqvist")
        with moto.gate.hook(lambda _: (403, "AccessDenied")), pytest.raises(Denied):
            backup.has_folder("kunder/Maja Blomqvist")
        del moto.store.buckets[kept]
        with pytest.raises(ConnectorError):
            backup.has_folder("kunder/Maja Blomqvist")
