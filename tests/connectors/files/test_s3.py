"""Buckets: versions, markers, locks, races, keys. What is there is looked up in the server's own store."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from connectors.base import Gap, GapReason, Item, Locator, Outcome, Presence, Receipt, Version
from connectors.errors import Changed, Denied, Held, Malformed, NotFound, Throttled, Unreachable, Unsupported
from connectors.files import s3_listing, s3_reading
from connectors.files.s3 import S3
from tests.connectors.files.s3_world import settings
from tests.servers.moto import Moto, Request, decoded

KEY = "Maja Blomqvist/offert.txt"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_listing, "_FIRST_WAIT", 0.01)


@pytest.fixture
def plain(moto: Moto) -> str:
    return moto.bucket()


@pytest.fixture
def kept(moto: Moto) -> str:
    return moto.bucket("Enabled")


@pytest.fixture
def opened(moto: Moto) -> Iterator[Any]:
    made: list[S3] = []

    def open_it(bucket: str, **more: Any) -> S3:
        made.append(S3("s", settings(moto.port, bucket, **more)))
        made[-1].open()
        return made[-1]

    yield open_it
    for one in made:
        one.close()


def at(path: str) -> Locator:
    return Locator("s", path)


def walked(source: S3) -> dict[str, Item | Gap]:
    return {event.locator.path: event for event in source.walk("") if isinstance(event, Item | Gap)}


def erased(source: S3, path: str) -> Receipt:
    return source.remove(at(path), source.version(at(path)))


def bytes_of(moto: Moto, bucket: str) -> list[bytes]:
    return [content for versions in moto.versions(bucket).values() for _, content in versions if content is not None]


class TestVersions:
    def test_each_version_is_an_item_and_markers_are_none(self, moto: Moto, kept: str, opened: Any) -> None:
        first, second = moto.put(kept, KEY, b"first"), moto.put(kept, KEY, b"second")
        hidden = moto.put(kept, "gone.txt", b"hidden")
        moto.hide(kept, "gone.txt")
        source = opened(kept)
        assert set(walked(source)) == {KEY, f"{KEY};version={first}", f"gone.txt;version={hidden}"}
        for path, content in (
            (KEY, b"second"),
            (f"{KEY};version={first}", b"first"),
            (f"{KEY};version={second}", b"second"),
        ):
            with source.read(at(path)) as read:
                assert read.stream.read() == content
                assert read.name == "offert.txt"
        with pytest.raises(NotFound):
            source.read(at("gone.txt"))

    def test_no_old_version_becomes_current_again(self, moto: Moto, kept: str, opened: Any) -> None:
        old, new = moto.put(kept, KEY, b"old, of somebody else"), moto.put(kept, KEY, b"new")
        seen: list[bool] = []

        def look(request: Request) -> None:
            if request.method == "DELETE" and request.asks("versionId") and decoded(request.query, "versionId") == new:
                seen.append(moto.versions(kept)[KEY][0][1] is None)

        with moto.gate.hook(look):
            assert erased(opened(kept), KEY) == Receipt(at(KEY), Outcome.ERASED)
        assert seen == [True], "the marker must lie there before the version goes"
        assert [content for _, content in moto.versions(kept)[KEY]] == [None, None, b"old, of somebody else"]
        source = opened(kept)
        assert source.presence(at(KEY)) is Presence.ABSENT
        assert source.remove(at(KEY), Version(f"{new} x 3")).outcome is Outcome.ABSENT
        assert erased(source, f"{KEY};version={old}") == Receipt(at(f"{KEY};version={old}"), Outcome.ERASED)
        assert KEY not in moto.versions(kept), "with the last content the markers go, which hold the name"

    @pytest.mark.parametrize("step", range(1, 4))
    def test_a_crash_at_any_request_is_never_taken_for_erased(
        self, moto: Moto, kept: str, opened: Any, step: int
    ) -> None:
        moto.put(kept, KEY, b"old, of somebody else")
        moto.put(kept, KEY, b"new")
        source = opened(kept)
        version, deletions = source.version(at(KEY)), [0]

        def crash(request: Request) -> tuple[int, str] | None:
            deletions[0] += request.method == "DELETE"
            return (500, "InternalError") if deletions[0] >= step else None

        with moto.gate.hook(crash), pytest.raises(Unreachable):
            source.remove(at(KEY), version)
        assert source.presence(at(KEY)) is Presence.PRESENT
        again = opened(kept)
        assert again.remove(at(KEY), version).outcome is (Outcome.ABSENT if step == 3 else Outcome.ERASED)
        assert again.presence(at(KEY)) is Presence.ABSENT
        assert bytes_of(moto, kept) == [b"old, of somebody else"]

    def test_what_a_user_deleted_since_is_still_erased(self, moto: Moto, kept: str, opened: Any) -> None:
        moto.put(kept, KEY, b"content")
        source = opened(kept)
        version = source.version(at(KEY))
        moto.hide(kept, KEY)
        assert source.presence(at(KEY)) is Presence.PRESENT, "its content lies under the marker"
        assert source.remove(at(KEY), version).outcome is Outcome.ERASED
        assert KEY not in moto.versions(kept)

    def test_a_colleague_who_saves_in_the_same_moment_keeps_theirs(self, moto: Moto, kept: str, opened: Any) -> None:
        moto.put(kept, KEY, b"old")
        moto.put(kept, KEY, b"new")
        source = opened(kept)
        version = source.version(at(KEY))
        saved: list[str] = []

        def save(request: Request) -> None:
            if request.method == "DELETE" and not saved:
                saved.append(moto.put(kept, KEY, b"a colleague's"))
                request.headers.pop("if-match", None)

        with moto.gate.hook(save), pytest.raises(Changed):
            source.remove(at(KEY), version)
        assert [content for _, content in moto.versions(kept)[KEY]] == [b"a colleague's", b"new", b"old"]

    def test_also_where_the_server_knows_no_conditions(
        self, moto: Moto, kept: str, opened: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        moto.put(kept, KEY, b"old")
        moto.put(kept, KEY, b"new")
        source = opened(kept)
        version = source.version(at(KEY))
        saved: list[str] = []

        def save(request: Request) -> tuple[int, str] | None:
            if request.method == "DELETE" and "if-match" in request.headers:
                saved.append(moto.put(kept, KEY, b"a colleague's"))
                return 501, "NotImplemented"
            return None

        with moto.gate.hook(save), pytest.raises(Changed):
            source.remove(at(KEY), version)
        assert saved
        assert [content for _, content in moto.versions(kept)[KEY]] == [b"a colleague's", b"new", b"old"]

    def test_a_longer_key_and_its_markers_are_left(self, moto: Moto, kept: str, opened: Any) -> None:
        for key in (KEY, KEY + "x", KEY + "/below", KEY[:-1]):
            moto.put(kept, key, key.encode())
            moto.put(kept, key, key.encode() * 2)
            moto.hide(kept, key)
        source = opened(kept)
        for path in [path for path in walked(source) if path.startswith(f"{KEY};")]:
            assert erased(source, path).outcome is Outcome.ERASED
        left = moto.versions(kept)
        assert set(left) == {KEY + "x", KEY + "/below", KEY[:-1]}
        assert all([content is None for _, content in versions] == [True, False, False] for versions in left.values())

    def test_many_versions_over_many_pages(
        self, moto: Moto, kept: str, opened: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(s3_listing.Listing.below, "__defaults__", (3,))
        for number in range(7):
            moto.put(kept, KEY, b"%d" % number)
            moto.put(kept, KEY + "2", b"other %d" % number)
        source = opened(kept)
        paths = list(walked(source))
        assert len(paths) == 14
        for path in paths:
            if not path.startswith(KEY + "2"):
                erased(source, path)
        assert {key: len(versions) for key, versions in moto.versions(kept).items()} == {KEY + "2": 7}

    def test_suspended_versioning_puts_nothing_in_anothers_place(self, moto: Moto, kept: str, opened: Any) -> None:
        moto.put(kept, KEY, b"old")
        moto.put(kept, KEY, b"new")
        source = opened(kept)
        source._bucket.status = "Suspended"  # moto keeps no older versions then, S3 does
        version = source.version(at(KEY))
        with moto.gate.watched() as requests, pytest.raises(Held, match="older versions must go first"):
            source.remove(at(KEY), version)
        assert {request.method for request in requests} <= {"GET", "HEAD"}

    def test_what_the_server_still_lists_is_not_erased(self, moto: Moto, kept: str, opened: Any) -> None:
        moto.put(kept, KEY, b"content")

        def lie(request: Request) -> tuple[int, str] | None:
            return (204, "") if request.method == "DELETE" else None

        source = opened(kept)
        with moto.gate.hook(lie):
            assert erased(source, KEY).survives
        assert source.presence(at(KEY)) is Presence.PRESENT


class TestAddresses:
    def test_keys_that_look_like_versions(self, moto: Moto, kept: str, opened: Any) -> None:
        first = moto.put(kept, "a", b"first")
        moto.put(kept, "a", b"second")
        literal = f"a;version={first}"
        moto.put(kept, literal, b"a file that is called so")
        source = opened(kept)
        assert set(walked(source)) == {"a", literal, f"{literal};version="}
        contents = {path: source.read(at(path)).stream.read() for path in walked(source)}
        assert contents == {"a": b"second", literal: b"first", f"{literal};version=": b"a file that is called so"}
        erased(source, f"{literal};version=")
        assert bytes_of(moto, kept) == [b"second", b"first"]

    @pytest.mark.parametrize("path", ["a;version=", "", "utanför/x", "k/" + "ö" * 600, "k/\udcff", "k/a\0b"])
    def test_what_is_no_address_is_refused(self, plain: str, opened: Any, path: str) -> None:
        with pytest.raises(Malformed):
            opened(plain, prefix="k/").presence(at(path))

    def test_the_longest_key_and_the_raw_line_agree(self, moto: Moto, plain: str, opened: Any) -> None:
        keys = ["ö" * 512, "a/../b", "/lead//x", "%41", "e\u0301", "é"]
        for number, key in enumerate(keys):
            moto.put(plain, key, b"%d" % number)
        source = opened(plain)
        assert set(walked(source)) == set(keys)
        line = http.client.HTTPConnection("127.0.0.1", moto.port)
        for number, key in enumerate(keys):
            line.request("GET", f"/{plain}/{quote(key, safe='')}", headers={"Authorization": "by nobody"})
            assert line.getresponse().read() == b"%d" % number == source.read(at(key)).stream.read()
        line.close()

    def test_a_prefix_and_patterns_keep_out(self, moto: Moto, plain: str, opened: Any) -> None:
        for key in ("k/a.txt", "k/b.iso", "k/Arkiv/c.txt", "k2/d.txt"):
            moto.put(plain, key, b"x")
        source = opened(plain, prefix="k/", exclude=["*.iso", "k/Arkiv/"])
        assert source.left_out()[0].items is None
        assert set(walked(source)) == {"k/a.txt"}
        assert {one.setting: one.items for one in source.left_out()} == {"*.iso": 1, "k/Arkiv/": 1}


class TestLocks:
    @pytest.mark.parametrize("mode", ["COMPLIANCE", "GOVERNANCE"])
    def test_retention_is_told_with_its_date_before_anything_is_touched(
        self, moto: Moto, opened: Any, mode: str
    ) -> None:
        bucket = moto.bucket("Enabled", lock=True)
        moto.put(bucket, KEY, b"old")
        moto.put(bucket, KEY, b"new")
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=40)
        moto.object(bucket, KEY).lock_mode = mode
        moto.object(bucket, KEY).lock_until = until.strftime("%Y-%m-%dT%H:%M:%SZ")
        source = opened(bucket)
        version = source.version(at(KEY))
        acts: list[Callable[[], object]] = [
            lambda: source.remove(at(KEY), version),
            lambda: source.stage(at(KEY), version, b"x"),
        ]
        with moto.gate.watched() as requests:
            for act in acts:
                with pytest.raises(Held, match=f"{mode.lower()} mode.*until {until.date().isoformat()}"):
                    act()
        assert {request.method for request in requests} <= {"GET", "HEAD"}
        assert not any("bypass" in name for request in requests for name in request.headers)
        assert [content for _, content in moto.versions(bucket)[KEY]] == [b"new", b"old"]

    def test_a_legal_hold_is_told(self, moto: Moto, opened: Any) -> None:
        bucket = moto.bucket("Enabled", lock=True)
        moto.put(bucket, KEY, b"content")
        moto.object(bucket, KEY).lock_legal_status = "ON"
        with pytest.raises(Held, match="legal hold"):
            erased(opened(bucket), KEY)
        assert bytes_of(moto, bucket) == [b"content"]

    def test_a_lock_that_has_ended_holds_nothing(self, moto: Moto, opened: Any) -> None:
        bucket = moto.bucket("Enabled", lock=True)
        moto.put(bucket, KEY, b"content")
        moto.object(bucket, KEY).lock_mode = "COMPLIANCE"
        moto.object(bucket, KEY).lock_until = "2020-01-01T00:00:00Z"
        assert erased(opened(bucket), KEY).outcome is Outcome.ERASED
        assert bytes_of(moto, bucket) == []

    def test_mfa_delete_refuses_beforehand(self, moto: Moto, kept: str, opened: Any) -> None:
        moto.put(kept, KEY, b"content")
        source = opened(kept)
        source._bucket.mfa_delete = True
        with moto.gate.watched() as requests, pytest.raises(Denied, match="MFA delete"):
            source.remove(at(KEY), Version("x"))
        assert not any(request.method == "DELETE" for request in requests)


class TestReading:
    def test_a_large_object_comes_in_parts_and_can_be_read_again(
        self, moto: Moto, plain: str, opened: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(s3_reading, "PART", 1000)
        whole = bytes(range(256)) * 20
        moto.put(plain, KEY, whole)
        source = opened(plain)
        with source.read(at(KEY)) as content:
            assert (content.size, content.version) == (len(whole), source.version(at(KEY)))
            assert content.stream.read() == whole
            content.stream.seek(-300, 2)
            assert content.stream.read(100) == whole[-300:-200]
            content.stream.seek(0)
            assert content.stream.read(50) == whole[:50]

    def test_bytes_of_two_versions_are_never_mixed(
        self, moto: Moto, plain: str, opened: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(s3_reading, "PART", 1000)
        moto.put(plain, KEY, b"a" * 5000)
        with opened(plain).read(at(KEY)) as content:
            assert content.stream.read(10) == b"a" * 10
            moto.put(plain, KEY, b"b" * 5000)
            with pytest.raises(Changed):
                content.stream.read()

    def test_an_empty_object(self, moto: Moto, plain: str, opened: Any) -> None:
        moto.put(plain, KEY, b"")
        source = opened(plain)
        with source.read(at(KEY)) as content:
            assert content.stream.read() == b""
        assert erased(source, KEY).outcome is Outcome.ERASED

    def test_what_cannot_be_read_is_a_gap_or_a_refusal(self, moto: Moto, plain: str, opened: Any) -> None:
        moto.put(plain, "arkiv.txt", b"x", storage="GLACIER")
        moto.put(plain, KEY, b"x")
        upload = moto.store.create_multipart_upload(plain, "halv.txt", {}, "STANDARD", "", None, None, None)
        source = opened(plain)
        events = walked(source)
        assert isinstance(events["arkiv.txt"], Gap)
        assert isinstance(gap := events[f"halv.txt;upload={upload.id}"], Gap)
        assert gap.reason is GapReason.UNREADABLE
        assert "abort" in gap.detail

        def customers_key(request: Request) -> tuple[int, str] | None:
            return (400, "InvalidRequest") if request.key == KEY else None

        with moto.gate.hook(customers_key):
            for ask in (source.read, source.version):
                with pytest.raises(Unsupported, match="SSE-C"):
                    ask(at(KEY))

    def test_a_refused_object_is_denied_and_a_refused_list_of_uploads_a_gap(
        self, moto: Moto, plain: str, opened: Any
    ) -> None:
        moto.put(plain, KEY, b"x")
        source = opened(plain)

        def policy(request: Request) -> tuple[int, str] | None:
            return (403, "AccessDenied") if request.key == KEY or request.asks("uploads") else None

        with moto.gate.hook(policy):
            with pytest.raises(Denied):
                source.read(at(KEY))
            gaps = [event for event in walked(source).values() if isinstance(event, Gap)]
        assert [gap.reason for gap in gaps] == [GapReason.DENIED]


class TestServers:
    def test_without_the_right_to_list_versions_nothing_is_erased(self, moto: Moto, kept: str, opened: Any) -> None:
        moto.put(kept, KEY, b"old")
        moto.put(kept, KEY, b"new")

        def policy(request: Request) -> tuple[int, str] | None:
            return (403, "AccessDenied") if request.asks("versions") else None

        with moto.gate.hook(policy):
            source = opened(kept)
            capabilities = source.open()
            assert not capabilities.removes
            assert any("s3:ListBucketVersions" in limit for limit in capabilities.limits)
            assert set(walked(source)) == {KEY}
            with pytest.raises(Denied, match="ListBucketVersions"):
                source.remove(at(KEY), source.version(at(KEY)))
        assert len(bytes_of(moto, kept)) == 2

    def test_a_server_without_versions(self, moto: Moto, plain: str, opened: Any) -> None:
        moto.put(plain, KEY, b"x")

        def small(request: Request) -> tuple[int, str] | None:
            return (501, "NotImplemented") if request.asks("versions") or request.asks("versioning") else None

        with moto.gate.hook(small):
            source = opened(plain)
            assert set(walked(source)) == {KEY}
            assert erased(source, KEY).outcome is Outcome.ERASED
            assert source.presence(at(KEY)) is Presence.ABSENT
        assert moto.versions(plain) == {}

    @pytest.mark.parametrize(
        ("status", "code", "kind"),
        [
            (503, "SlowDown", Throttled),
            (403, "InvalidAccessKeyId", Denied),
            (403, "RequestTimeTooSkewed", Denied),
            (301, "PermanentRedirect", Unreachable),
            (400, "IllegalLocationConstraintException", Unreachable),
            (500, "InternalError", Unreachable),
        ],
    )
    def test_refusals(self, moto: Moto, plain: str, opened: Any, status: int, code: str, kind: type[Exception]) -> None:
        moto.put(plain, KEY, b"x")
        with moto.gate.hook(lambda _: (status, code)), pytest.raises(kind) as told:
            opened(plain)
        assert plain not in str(told.value)

    def test_a_page_that_fails_once_does_not_end_a_walk(self, moto: Moto, plain: str, opened: Any) -> None:
        moto.put(plain, KEY, b"x")
        source = opened(plain)
        failed: list[Request] = []

        def once(request: Request) -> tuple[int, str] | None:
            if request.asks("versions") and not failed:
                failed.append(request)
                return 503, "SlowDown"
            return None

        with moto.gate.hook(once):
            assert set(walked(source)) == {KEY}
        assert failed

    def test_what_check_is_told(self, moto: Moto, opened: Any) -> None:
        bucket = moto.bucket("Enabled", lock=True)
        told = opened(bucket).open()
        assert any("versions are kept" in fact for fact in told.facts)
        assert not any(bucket in text for text in (*told.facts, *told.limits))

    @pytest.mark.parametrize(
        ("endpoint", "word"),
        [("http://127.0.0.1:1", "does not answer"), ("https://127.0.0.1:{port}", "does not speak TLS")],
    )
    def test_who_cannot_be_reached_is_told_why(self, moto: Moto, opened: Any, endpoint: str, word: str) -> None:
        with pytest.raises(Unreachable, match=word):
            opened("b", endpoint=endpoint.format(port=moto.port)).open()

    def test_a_bucket_is_named_without_anything_more(self) -> None:
        (told,) = S3.validate(settings(1, "s3://invex-arkiv"))
        assert told.startswith("bucket: ")

    def test_settings_that_cannot_work(self) -> None:
        good = settings(1, "b")
        assert S3.validate(good) == []
        assert (
            len(S3.validate(good | {"secret_key": None, "endpoint": "minio:9000", "exclude": [""], "timeout": 0})) == 4
        )


class TestChanging:
    def test_the_old_version_goes_and_nothing_else(self, moto: Moto, kept: str, opened: Any) -> None:
        moto.put(kept, KEY, b"of somebody else")
        moto.put(kept, KEY, b"Maja and others", kind="text/csv")
        source = opened(kept)
        staged = source.stage(at(KEY), source.version(at(KEY)), b"others")
        assert b"others" not in staged.token.encode()
        assert moto.uploads(kept)
        _, version = source.commit(staged)
        assert [content for _, content in moto.versions(kept)[KEY]] == [b"others", b"of somebody else"]
        assert moto.object(kept, KEY).metadata["content-type"] == "text/csv"
        assert version == source.version(at(KEY))
        assert moto.uploads(kept) == {}

    def test_a_crash_after_the_upload_was_completed(self, moto: Moto, kept: str, opened: Any) -> None:
        moto.put(kept, KEY, b"Maja and others")
        source = opened(kept)
        staged = source.stage(at(KEY), source.version(at(KEY)), b"others")

        def crash(request: Request) -> tuple[int, str] | None:
            return (500, "InternalError") if request.method == "DELETE" else None

        with moto.gate.hook(crash), pytest.raises(Unreachable):
            source.commit(staged)
        assert len(bytes_of(moto, kept)) == 2
        opened(kept).commit(staged)
        assert bytes_of(moto, kept) == [b"others"]

    @pytest.mark.parametrize("status", ["", "Enabled"])
    def test_a_colleague_who_saves_in_the_same_moment(self, moto: Moto, opened: Any, status: str) -> None:
        bucket = moto.bucket(status)
        moto.put(bucket, KEY, b"Maja and others")
        source = opened(bucket)
        staged = source.stage(at(KEY), source.version(at(KEY)), b"others")
        saved: list[str] = []

        def save(request: Request) -> tuple[int, str] | None:
            """moto does not honour If-Match here, S3 does."""
            if request.method == "POST" and not saved:
                saved.append(moto.put(bucket, KEY, b"a colleague's"))
                assert request.headers["if-match"]
                return (412, "PreconditionFailed") if not status else None
            return None

        with moto.gate.hook(save), pytest.raises(Changed):
            source.commit(staged)
        assert moto.versions(bucket)[KEY][0][1] == b"a colleague's"
        assert b"others" not in bytes_of(moto, bucket)

    def test_notes_of_users_are_not_carried_on_unless_the_admin_says_so(
        self, moto: Moto, plain: str, opened: Any
    ) -> None:
        moto.put(plain, KEY, b"Maja and others")
        moto.object(plain, KEY).metadata["x-amz-meta-kund"] = "Maja"
        source = opened(plain)
        version = source.version(at(KEY))
        with pytest.raises(Unsupported, match="keep_metadata"):
            source.stage(at(KEY), version, b"others")
        assert moto.uploads(plain) == {}
        keeping = opened(plain, keep_metadata=True)
        keeping.commit(keeping.stage(at(KEY), version, b"others"))
        assert moto.object(plain, KEY).metadata["x-amz-meta-kund"] == "Maja"

    def test_an_older_version_is_not_changed(self, moto: Moto, kept: str, opened: Any) -> None:
        old = moto.put(kept, KEY, b"old")
        moto.put(kept, KEY, b"new")
        source = opened(kept)
        path = f"{KEY};version={old}"
        with pytest.raises(Unsupported, match="only erased whole"):
            source.stage(at(path), source.version(at(path)), b"x")


class TestFolders:
    def test_a_folder_goes_when_nothing_else_is_in_it(self, moto: Moto, kept: str, opened: Any) -> None:
        moto.put(kept, "Maja Blomqvist/", b"")
        moto.put(kept, KEY, b"content")
        moto.put(kept, "Maja Blomqvistsson/x", b"another's")
        source = opened(kept)
        assert set(walked(source)) == {KEY, "Maja Blomqvistsson/x"}
        assert source.has_folder("Maja Blomqvist")
        with pytest.raises(Changed):
            source.remove_folder("Maja Blomqvist")
        erased(source, KEY)
        assert source.remove_folder("Maja Blomqvist")
        assert not source.remove_folder("Maja Blomqvist")
        assert not source.has_folder("Maja Blomqvist")
        assert set(moto.versions(kept)) == {"Maja Blomqvistsson/x"}

    @pytest.mark.parametrize("path", ["", "/", "utanför"])
    def test_what_is_no_folder_of_the_source_is_refused(self, plain: str, opened: Any, path: str) -> None:
        with pytest.raises(Malformed):
            opened(plain, prefix="k/").remove_folder(path)


def test_an_emptied_bucket_says_nothing_is_gone(moto: Moto, plain: str, opened: Any) -> None:
    source = opened(plain)
    source.expect_items = True
    for ask in (lambda: source.presence(at(KEY)), lambda: source.remove(at(KEY), Version("x")), lambda: walked(source)):
        with pytest.raises(Unreachable):
            ask()
