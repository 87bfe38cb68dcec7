"""Taking versions out of a bucket. The witness is boto3 by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from connectors.backups import s3_items, s3_taking
from connectors.backups.base import versioned
from connectors.base import Outcome, Presence, Receipt
from connectors.errors import Denied, Held, Malformed, ProtocolBroken, Unreachable
from connectors.files import s3_listing
from tests.connectors.backups.s3_help import DAY, KEY, Open, items, markers, one, took, versions
from tests.connectors.backups.s3_world import FIRST, hide, lay
from tests.servers.moto import Moto, Request


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_listing, "_FIRST_WAIT", 0.01)


class TestTaking:
    def test_all_versions_of_a_content_go_and_the_name_with_the_last(
        self, moto: Moto, kept: str, opened: Open, raw: Any
    ) -> None:
        for day in range(3):
            lay(moto, kept, KEY, b"personal", FIRST + day * DAY)
            hide(moto, kept, KEY, FIRST + day * DAY + timedelta(hours=1))
            lay(moto, kept, KEY + "x", b"personal", FIRST + day * DAY)
            hide(moto, kept, KEY + "x", FIRST + day * DAY + timedelta(hours=1))
        backup = opened(kept)
        locator = one(backup, KEY, b"personal")
        assert took(backup, locator) == (Receipt(locator, Outcome.ERASED), Presence.ABSENT)
        assert {key for key, _, _ in versions(raw, kept)} == {KEY + "x"}
        assert markers(raw, kept) == [KEY + "x"] * 3
        assert len(versions(raw, kept)) == 3

    def test_no_older_content_becomes_the_object_again(self, moto: Moto, kept: str, opened: Open, raw: Any) -> None:
        old = lay(moto, kept, KEY, b"of somebody else", FIRST)
        lay(moto, kept, KEY, b"personal", FIRST + DAY)
        backup = opened(kept)
        seen: list[int] = []

        def look(request: Request) -> None:
            if request.method == "POST" and request.asks("delete"):
                seen.append(len(markers(raw, kept)))

        with moto.gate.hook(look):
            assert took(backup, one(backup, KEY, b"personal"))[1] is Presence.ABSENT
        assert seen == [1], "the marker must lie there before the version goes"
        with pytest.raises(ClientError, match=r"404|NoSuchKey|Not Found"):
            raw.get_object(Bucket=kept, Key=KEY)
        assert versions(raw, kept) == [(KEY, old, b"of somebody else")]

    def test_an_older_content_goes_and_the_object_stays_the_object(
        self, moto: Moto, kept: str, opened: Open, raw: Any
    ) -> None:
        lay(moto, kept, KEY, b"personal", FIRST)
        new = lay(moto, kept, KEY, b"of somebody else", FIRST + DAY)
        backup = opened(kept)
        assert took(backup, one(backup, KEY, b"personal"))[1] is Presence.ABSENT
        assert raw.get_object(Bucket=kept, Key=KEY)["Body"].read() == b"of somebody else"
        assert (versions(raw, kept), markers(raw, kept)) == ([(KEY, new, b"of somebody else")], [])

    def test_what_a_colleague_saves_meanwhile_stays(self, moto: Moto, kept: str, opened: Open, raw: Any) -> None:
        lay(moto, kept, KEY, b"personal", FIRST)
        backup = opened(kept)
        saved: list[str] = []

        def save(request: Request) -> None:
            if request.method == "POST" and request.asks("delete") and not saved:
                saved.append(moto.put(kept, KEY, b"a colleague's"))

        with moto.gate.hook(save):
            assert took(backup, one(backup, KEY, b"personal"))[1] is Presence.ABSENT
        assert versions(raw, kept) == [(KEY, saved[0], b"a colleague's")]
        assert raw.get_object(Bucket=kept, Key=KEY)["Body"].read() == b"a colleague's"

    @pytest.mark.parametrize("code", ["MissingContentMD5", "NotImplemented", "AccessDenied"])
    def test_where_batches_are_not_taken_each_goes_by_its_id(
        self, moto: Moto, kept: str, opened: Open, raw: Any, code: str
    ) -> None:
        for number in range(3):
            lay(moto, kept, KEY, b"personal", FIRST + number * DAY)
        other = lay(moto, kept, KEY, b"of somebody else", FIRST + 3 * DAY)
        backup = opened(kept)

        def refuse(request: Request) -> tuple[int, str] | None:
            return (400, code) if request.method == "POST" and request.asks("delete") else None

        with moto.gate.hook(refuse), moto.gate.watched() as seen:
            assert took(backup, one(backup, KEY, b"personal"))[1] is Presence.ABSENT
        asked = [request for request in seen if request.method == "DELETE"]
        assert len(asked) == 3
        assert all(request.asks("versionId") and request.key == KEY for request in asked)
        assert versions(raw, kept) == [(KEY, other, b"of somebody else")]

    def test_a_server_that_keeps_what_it_says_it_deleted(
        self, moto: Moto, kept: str, opened: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lay(moto, kept, KEY, b"personal", FIRST)
        backup = opened(kept)
        said = [(KEY, "any", None)]
        monkeypatch.setattr(moto.store, "delete_objects", lambda *_: (said, []))
        answer, proof = took(backup, one(backup, KEY, b"personal"))
        assert isinstance(answer, ProtocolBroken)
        assert proof is Presence.PRESENT

    def test_a_refusal_of_one_is_told_of_that_one(
        self, moto: Moto, kept: str, opened: Open, raw: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lay(moto, kept, KEY, b"personal", FIRST)
        lay(moto, kept, "annan.txt", b"personal too", FIRST)
        backup = opened(kept)
        first, second = one(backup, KEY, b"personal"), one(backup, "annan.txt", b"personal too")
        honest = moto.store.delete_objects

        def partly(bucket: str, objects: list[dict[str, Any]], *more: Any) -> Any:
            deleted, errors = honest(bucket, [each for each in objects if each["Key"] != KEY], *more)
            return deleted, [*errors, KEY]

        monkeypatch.setattr(moto.store, "delete_objects", partly)
        answers, proofs = took(backup, first, second)
        assert isinstance(answers[first], Denied)
        assert answers[second] == Receipt(second, Outcome.ERASED)
        assert proofs == {first: Presence.PRESENT, second: Presence.ABSENT}
        assert [key for key, _, _ in versions(raw, kept)] == [KEY]

    @pytest.mark.parametrize("step", range(1, 4))
    def test_a_crash_at_any_request_is_never_taken_for_gone(
        self, moto: Moto, kept: str, opened: Open, raw: Any, step: int
    ) -> None:
        lay(moto, kept, KEY, b"personal", FIRST)
        hide(moto, kept, KEY, FIRST + DAY)
        lay(moto, kept, "delad.csv", b"of somebody else", FIRST)
        lay(moto, kept, "delad.csv", b"personal too", FIRST + DAY)
        backup = opened(kept)
        doomed = [one(backup, KEY, b"personal"), one(backup, "delad.csv", b"personal too")]
        notes, changes = backup.note(doomed), [0]

        def crash(request: Request) -> tuple[int, str] | None:
            changes[0] += request.method in ("POST", "DELETE")
            return (500, "InternalError") if changes[0] >= step else None

        with moto.gate.hook(crash), pytest.raises(Unreachable):
            backup.rewrite(doomed)
        assert Presence.PRESENT in backup.prove(notes).values()
        again = opened(kept)
        again.rewrite(doomed)
        assert set(again.prove(notes).values()) == {Presence.ABSENT}
        assert [content for _, _, content in versions(raw, kept)] == [b"of somebody else"]
        assert KEY not in markers(raw, kept)

    def test_many_keys_are_listed_together(
        self, moto: Moto, kept: str, opened: Open, raw: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(s3_listing.Listing.below, "__defaults__", (3,))
        monkeypatch.setattr(s3_items, "_FEW", 2)
        for number in range(5):
            for day in range(2):
                lay(moto, kept, f"kunder/{number}", b"personal %d" % number, FIRST + day * DAY)
                lay(moto, kept, f"kunder/{number}x", b"other %d" % number, FIRST + day * DAY)
        backup = opened(kept)
        doomed = [locators[0] for key, locators in items(backup).items() if not key.endswith("x")]
        with moto.gate.watched() as seen:
            answers, proofs = took(backup, *doomed)
        assert {answer.outcome for answer in answers.values()} == {Outcome.ERASED}
        assert set(proofs.values()) == {Presence.ABSENT}
        assert sum(request.method == "POST" for request in seen) == 1
        left = versions(raw, kept)
        assert sorted({key for key, _, _ in left}) == [f"kunder/{number}x" for number in range(5)]
        assert len(left) == 10

    def test_an_archived_version_goes_with_its_content(self, moto: Moto, kept: str, opened: Open, raw: Any) -> None:
        moto.put(kept, KEY, b"personal", storage="GLACIER")
        moto.put(kept, KEY, b"personal")
        backup = opened(kept)
        assert took(backup, one(backup, KEY, b"personal"))[1] is Presence.ABSENT
        assert versions(raw, kept) == []

    def test_a_folders_name_goes_when_nothing_else_is_in_it(
        self, moto: Moto, kept: str, opened: Open, raw: Any
    ) -> None:
        for key in ("kunder/Maja/", "kunder/Maja/a.txt", "kunder/Maja B/", "kunder/Olle/", "kunder/Olle/b.txt"):
            lay(moto, kept, key, b"" if key.endswith("/") else key.encode(), FIRST)
        backup = opened(kept)
        doomed = [one(backup, "kunder/Maja/a.txt", b"kunder/Maja/a.txt")]
        answers = backup.rewrite(doomed, ["kunder/Maja", "kunder/Olle"])
        assert answers == {doomed[0]: Receipt(doomed[0], Outcome.ERASED)}
        left = [key for key, _, _ in versions(raw, kept)]
        assert left == ["kunder/Maja B/", "kunder/Olle/", "kunder/Olle/b.txt"]
        with pytest.raises(Malformed):
            backup.rewrite([], ["/"])

    def test_a_folders_name_that_is_locked_is_told(self, moto: Moto, locking: str, opened: Open, raw: Any) -> None:
        for key in ("kunder/Maja/", "kunder/Maja/a.txt", "kunder/Olle.txt"):
            lay(moto, locking, key, b"" if key.endswith("/") else key.encode(), FIRST)
        moto.object(locking, "kunder/Maja/").lock_legal_status = "ON"
        backup = opened(locking)
        inside = one(backup, "kunder/Maja/a.txt", b"kunder/Maja/a.txt")
        outside = one(backup, "kunder/Olle.txt", b"kunder/Olle.txt")
        answers = backup.rewrite([inside, outside], ["kunder/Maja"])
        told = answers[inside]
        assert isinstance(told, Receipt)
        assert "folder" in told.survives[0]
        assert answers[outside] == Receipt(outside, Outcome.ERASED)
        assert [key for key, _, _ in versions(raw, locking)] == ["kunder/Maja/"]

    def test_keys_with_endings_like_versions(self, moto: Moto, kept: str, opened: Open, raw: Any) -> None:
        backup_like = versioned(KEY, "a" * 20)
        lay(moto, kept, KEY, b"of somebody else", FIRST)
        lay(moto, kept, backup_like, b"personal", FIRST)
        backup = opened(kept)
        assert took(backup, one(backup, backup_like, b"personal"))[1] is Presence.ABSENT
        assert [key for key, _, _ in versions(raw, kept)] == [KEY]


class TestLocks:
    @pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
    def test_a_lock_is_told_with_its_last_day_and_never_bypassed(
        self, moto: Moto, locking: str, opened: Open, raw: Any, mode: str
    ) -> None:
        ids = [lay(moto, locking, KEY, b"personal", FIRST + number * DAY) for number in range(3)]
        for id_, year in ((ids[0], 2098), (ids[2], 2099)):
            raw.put_object_retention(
                Bucket=locking, Key=KEY, VersionId=id_,
                Retention={"Mode": mode, "RetainUntilDate": datetime(year, 5, 6, 12, tzinfo=UTC)},
            )  # fmt: skip
        backup = opened(locking)
        locator = one(backup, KEY, b"personal")
        with moto.gate.watched() as seen:
            answer, proof = took(backup, locator)
        assert answer == Receipt(locator, Outcome.RECOVERABLE, ("2 versions under Object Lock",), date(2099, 5, 6))
        assert proof is Presence.PRESENT
        assert not any("bypass" in name for request in seen for name in request.headers)
        assert {id_ for _, id_, _ in versions(raw, locking)} == {ids[0], ids[2]}

    def test_a_lock_that_has_ended_keeps_nothing(self, moto: Moto, locking: str, opened: Open, raw: Any) -> None:
        lay(moto, locking, KEY, b"personal", FIRST)
        held = moto.object(locking, KEY)
        held.lock_mode, held.lock_until = "COMPLIANCE", "2020-12-31T00:00:00Z"
        backup = opened(locking)
        assert took(backup, one(backup, KEY, b"personal"))[1] is Presence.ABSENT
        assert versions(raw, locking) == []

    def test_a_legal_hold_has_no_date(self, moto: Moto, locking: str, opened: Open, raw: Any) -> None:
        lay(moto, locking, KEY, b"personal", FIRST)
        moto.object(locking, KEY).lock_legal_status = "ON"
        backup = opened(locking)
        answer, proof = took(backup, one(backup, KEY, b"personal"))
        assert isinstance(answer, Held)
        assert proof is Presence.PRESENT
        assert len(versions(raw, locking)) == 1

    def test_a_lock_that_may_not_be_seen_is_a_refusal(
        self, moto: Moto, locking: str, opened: Open, raw: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lay(moto, locking, KEY, b"personal", FIRST)
        lay(moto, locking, "annan.txt", b"personal too", FIRST)
        held = moto.object(locking, KEY)
        held.lock_mode, held.lock_until = "COMPLIANCE", "2099-12-31T00:00:00Z"
        monkeypatch.setattr(s3_taking, "lock_of", lambda *_: None)
        backup = opened(locking)
        first, second = one(backup, KEY, b"personal"), one(backup, "annan.txt", b"personal too")
        answers, proofs = took(backup, first, second)
        assert isinstance(answers[first], Denied)
        assert answers[second] == Receipt(second, Outcome.ERASED)
        assert proofs == {first: Presence.PRESENT, second: Presence.ABSENT}

    def test_no_older_content_comes_up_over_one_that_is_locked(
        self, moto: Moto, locking: str, opened: Open, raw: Any
    ) -> None:
        lay(moto, locking, KEY, b"personal", FIRST)
        held = moto.object(locking, KEY)
        held.lock_mode, held.lock_until = "COMPLIANCE", "2099-12-31T00:00:00Z"
        lay(moto, locking, KEY, b"personal", FIRST + DAY)
        backup = opened(locking)
        answer, _ = took(backup, one(backup, KEY, b"personal"))
        assert answer.outcome is Outcome.RECOVERABLE
        assert len(versions(raw, locking)) == 1
        with pytest.raises(ClientError, match=r"404|NoSuchKey|Not Found"):
            raw.get_object(Bucket=locking, Key=KEY)

    def test_mfa_delete_refuses_beforehand(self, moto: Moto, kept: str, opened: Open, raw: Any) -> None:
        lay(moto, kept, KEY, b"personal", FIRST)
        backup = opened(kept)
        backup._session.bucket.mfa_delete = True
        with pytest.raises(Denied, match="MFA"):
            backup.rewrite([one(backup, KEY, b"personal")])
        assert len(versions(raw, kept)) == 1


class TestUploads:
    @pytest.fixture
    def begun(self, moto: Moto, kept: str, raw: Any) -> str:
        """Two unfinished uploads, with a part each; gives the id of the one to KEY."""
        lay(moto, kept, KEY, b"personal", FIRST)
        ids: dict[str, str] = {}
        for key in (KEY, KEY + "x"):
            ids[key] = raw.create_multipart_upload(Bucket=kept, Key=key)["UploadId"]
            raw.upload_part(Bucket=kept, Key=key, UploadId=ids[key], PartNumber=1, Body=b"personal, a part")
        return ids[KEY]

    def uploads(self, raw: Any, bucket: str) -> list[str]:
        return [each["Key"] for each in raw.list_multipart_uploads(Bucket=bucket).get("Uploads", ())]

    def test_one_that_was_left_is_aborted_and_no_other(self, kept: str, opened: Open, raw: Any, begun: str) -> None:
        backup = opened(kept)
        assert took(backup, one(backup, KEY, b"personal"))[1] is Presence.ABSENT
        assert self.uploads(raw, kept) == [KEY + "x"]

    def test_one_that_may_still_run_is_left_and_nothing_is_said_gone(
        self, kept: str, opened: Open, raw: Any, begun: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(s3_taking, "LEFT_OVER", timedelta(days=365_000))
        backup = opened(kept)
        locator = one(backup, KEY, b"personal")
        answer, proof = took(backup, locator)
        assert answer.outcome is Outcome.ERASED
        assert "upload" in answer.survives[0]
        assert isinstance(proof, Unreachable)
        with pytest.raises(Unreachable):
            backup.presence(locator)
        assert sorted(self.uploads(raw, kept)) == [KEY, KEY + "x"]
        raw.abort_multipart_upload(Bucket=kept, Key=KEY, UploadId=begun)
        assert backup.presence(locator) is Presence.ABSENT

    def test_where_they_may_not_be_listed_nothing_is_said_gone(
        self, moto: Moto, kept: str, opened: Open, begun: str
    ) -> None:
        def policy(request: Request) -> tuple[int, str] | None:
            return (403, "AccessDenied") if request.asks("uploads") else None

        backup = opened(kept)
        locator = one(backup, KEY, b"personal")
        with moto.gate.hook(policy):
            answer, proof = took(backup, locator)
            assert answer.outcome is Outcome.ERASED
            assert "s3:ListBucketMultipartUploads" in answer.survives[0]
            assert isinstance(proof, Denied)
            assert "s3:ListBucketMultipartUploads" in str(proof)
