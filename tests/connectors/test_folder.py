"""What is special to folders: links, hard links, patterns, races and crashes. The witness is os."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Gap, GapReason, Item, ItemKind, Locator, Outcome, Presence, Version
from connectors.errors import Changed, Denied, Malformed, NotFound, Unreachable, Unsupported
from connectors.files import atomic, walking
from connectors.files.globs import Globs
from connectors.files.handles import Root
from connectors.files.local import Folder
from connectors.files.states import quick_item


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def folder(root: Path, **settings: Any) -> Folder:
    return Folder("kunder", {"path": str(root), "exclude": [], "follow_symlinks": False, "sentinel": ""} | settings)


def put(root: Path, path: str, content: bytes = b"x") -> Path:
    full = root / path
    full.parent.mkdir(parents=True, exist_ok=True)
    full.write_bytes(content)
    return full


def walked(source: Folder) -> tuple[list[str], dict[str, GapReason]]:
    events = list(source.walk(""))
    items = sorted(event.locator.path for event in events if isinstance(event, Item))
    return items, {event.locator.path: event.reason for event in events if isinstance(event, Gap)}


def at(path: str) -> Locator:
    return Locator("kunder", path)


# -- walking


def test_quick_items_are_the_same_as_plain_ones(root: Path) -> None:
    state = os.stat(put(root, "a", b"abc"))
    quick = quick_item("kunder", "a", state, ItemKind.FILE)
    plain = Item(at("a"), Version(f"3-{state.st_mtime_ns}-{state.st_ino}"), ItemKind.FILE, 3, 1)
    assert quick == plain
    assert hash(quick) == hash(plain)
    assert (type(quick), type(quick.locator), type(quick.version)) == (Item, Locator, Version)
    with pytest.raises(AttributeError):
        quick.locator.path = "b"  # type: ignore[misc]


def test_excluded_names_and_paths_are_left_out(root: Path) -> None:
    for path in ("a.iso", "b/c.iso", "b/d", "Arkiv/e", "f/Arkiv/g", "h/i/j", "h/k", "Arkiv2"):
        put(root, path)
    with folder(root, exclude=["*.iso", "/Arkiv/**", "h/*/j"]) as source:
        assert walked(source) == (["Arkiv2", "b/d", "f/Arkiv/g", "h/k"], {})


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.iso", "a\nb.iso", True),
        ("*.iso", "a.ISO", False),
        ("**/Fakturor/*.pdf", "Fakturor/1.pdf", True),
        ("**/Fakturor/*.pdf", "a/b/Fakturor/1.pdf", True),
        ("**/Fakturor/*.pdf", "a/Fakturor/b/1.pdf", False),
        ("a/*", "a/b/c", False),
        ("a/**", "a/b/c", True),
        ("a/", "a", True),
        ("[ab].txt", "b.txt", True),
        ("[!ab].txt", "b.txt", False),
        ("[x", "[x", True),
        ("a?c", "abc", True),
        ("x/a?c", "x/a/c", False),
        ("a.c", "abc", False),
        ("*", "\udcff", True),
        ("(a|b)", "a", False),
    ],
)
def test_patterns(pattern: str, path: str, matches: bool) -> None:
    assert Globs([pattern]).match(path.rpartition("/")[2], path) is matches


def test_no_patterns_match_nothing() -> None:
    assert not Globs([])
    assert not Globs([]).match("", "")


def test_links_to_what_is_excluded(root: Path, tmp_path: Path) -> None:
    put(root, "old/keep")
    put(root, "old/x.iso")
    put(root, "one.bak")
    put(tmp_path, "outside/secret")
    (root / "dir").symlink_to("old")
    (root / "again").symlink_to(root / "old")
    (root / "file").symlink_to("one.bak")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to("loop")
    settings = {"exclude": ["old", "*.iso", "*.bak"]}
    link = GapReason.LINK
    with folder(root, **settings) as source:
        assert walked(source) == ([], dict.fromkeys(("again", "dir", "file", "loop", "out"), link))
    with folder(root, **settings, follow_symlinks=True) as source:
        assert walked(source) == (["old/keep", "one.bak"], {"out": link, "loop": link})
        with source.read(at("old/keep")) as content:
            assert content.stream.read() == b"x"


def test_a_folder_that_may_not_be_listed_is_a_gap(
    open_tmp: Path, without_rights: Callable[[Callable[[], Any]], Any]
) -> None:
    put(open_tmp, "open/a")
    put(open_tmp, "shut/b")
    put(open_tmp, "unsearchable/c")
    (open_tmp / "shut").chmod(0o311)
    (open_tmp / "unsearchable").chmod(0o644)

    def look() -> Any:
        with folder(open_tmp) as source:
            return walked(source)

    denied = GapReason.DENIED
    assert without_rights(look) == (["open/a"], {"shut": denied, "unsearchable": denied})


def test_an_unreadable_file_is_an_item_whose_reading_is_denied(
    open_tmp: Path, without_rights: Callable[[Callable[[], Any]], Any]
) -> None:
    put(open_tmp, "a").chmod(0)

    def look() -> Any:
        with folder(open_tmp) as source:
            assert walked(source)[0] == ["a"]
            source.read(at("a"))

    with pytest.raises(Denied):
        without_rights(look)


def test_erasing_where_the_folder_may_not_be_written_is_denied(
    open_tmp: Path, without_rights: Callable[[Callable[[], Any]], Any]
) -> None:
    full = put(open_tmp, "a")

    def erase() -> Any:
        with folder(open_tmp) as source:
            source.remove(at("a"), source.version(at("a")))

    with pytest.raises(Denied):
        without_rights(erase)
    assert full.read_bytes() == b"x"


def test_an_owner_that_cannot_be_kept_refuses_the_change(
    open_tmp: Path, without_rights: Callable[[Callable[[], Any]], Any]
) -> None:
    full = put(open_tmp, "a")
    full.chmod(0o644)
    open_tmp.chmod(0o777)

    def change() -> Any:
        with folder(open_tmp) as source:
            source.stage(at("a"), source.version(at("a")), b"new")

    if os.geteuid() == 0:
        with pytest.raises(Denied):
            without_rights(change)
    assert os.listdir(open_tmp) == ["a"]


def test_folders_in_folders_end_somewhere(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "DEEPEST", 3)
    put(root, "1/2/seen")
    put(root, "1/2/3/unseen")
    with folder(root) as source:
        assert walked(source) == (["1/2/seen"], {"1/2/3": GapReason.TOO_DEEP})


def test_a_file_renamed_while_its_folder_is_listed_is_met(root: Path) -> None:
    for name in range(50):
        put(root, f"{name}")
    with folder(root) as source:
        walk = source.walk("")
        first = next(walk)
        assert isinstance(first, Item)
        put(root, "late")
        met = [event.locator.path for event in walk if isinstance(event, Item)]
        assert "late" in met
        assert len(met) == len(set(met)) == 50


def test_a_walk_leaves_no_handle_open(root: Path) -> None:
    put(root, "a/b/c/d")
    put(root, "a/e")
    before = set(os.listdir("/proc/self/fd"))
    with folder(root) as source:
        walk = source.walk("")
        next(walk)
        walk.close()
        list(source.walk(""))
        for path in ("a/b/c/d", "a/e"):
            assert source.presence(at(path)) is Presence.PRESENT
    assert set(os.listdir("/proc/self/fd")) == before


def test_an_empty_folder_is_fine_until_items_are_expected(root: Path) -> None:
    with folder(root) as source:
        assert walked(source) == ([], {})
        assert source.presence(at("a")) is Presence.ABSENT
        source.expect_items = True
        with pytest.raises(Unreachable):
            list(source.scopes())
        with pytest.raises(Unreachable):
            source.presence(at("a"))


def test_a_root_that_is_no_folder_is_unreachable(root: Path) -> None:
    with pytest.raises(Unreachable):
        folder(put(root, "file")).open()


@pytest.mark.parametrize("path", ["../x", "a/../b", "./a", "a//b", "/a", "a/", "a\0b"])
def test_paths_that_lead_elsewhere_are_malformed(root: Path, path: str) -> None:
    with folder(root) as source, pytest.raises(Malformed):
        source.remove(at(path), Version("1"))


def test_bad_settings_are_told_all_at_once() -> None:
    assert len(Folder.validate({"exclude": ["", "a"], "sentinel": "../x"})) == 2
    assert Folder.validate({"exclude": ["*.iso"], "sentinel": "a/b"}) == []


# -- reading


@pytest.mark.parametrize("size", [-1, 300_000])
def test_a_change_while_reading_is_noticed(root: Path, size: int) -> None:
    full = put(root, "a", b"x" * 1_000_000)
    with folder(root) as source, source.read(at("a")) as content:
        content.stream.read(10)
        with full.open("ab") as stream:
            stream.write(b"y")
        with pytest.raises(Changed):
            content.stream.read(size)


def test_a_small_file_that_changes_in_the_moment_of_reading_is_noticed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = put(root, "a", b"gammal")
    plain = os.read

    def disturbed(handle: int, count: int) -> bytes:
        data = plain(handle, count)
        full.write_bytes(b"ny, och av en annan")
        return data

    with folder(root) as source:
        monkeypatch.setattr(os, "read", disturbed)
        with pytest.raises(Changed):
            source.read(at("a"))
        monkeypatch.undo()
        with source.read(at("a")) as content:
            assert content.stream.read() == full.read_bytes()


def test_a_file_system_that_gives_little_at_a_time_gives_all(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, "a", b"abcdefgh")
    plain = os.read
    monkeypatch.setattr(os, "read", lambda handle, count: plain(handle, 3))
    before = len(os.listdir("/proc/self/fd"))
    with folder(root) as source, source.read(at("a")) as content:
        assert content.stream.read() == b"abcdefgh"
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_fifo_in_the_files_place_is_never_opened(root: Path) -> None:
    put(root, "a")
    with folder(root) as source:
        version = source.version(at("a"))
        (root / "a").unlink()
        os.mkfifo(root / "a")
        for call in (
            lambda: source.read(at("a")),
            lambda: source.presence(at("a")),
            lambda: source.version(at("a")),
            lambda: source.remove(at("a"), version),
        ):
            with pytest.raises(Changed):
                call()
    assert (root / "a").is_fifo()


# -- erasing


def test_hard_links_are_told_before_and_after(root: Path, tmp_path: Path) -> None:
    full = put(root, "a")
    os.link(full, tmp_path / "other")
    with folder(root) as source:
        (item,) = source.walk("")
        assert isinstance(item, Item)
        assert item.links == 2
        with pytest.raises(Unsupported):
            source.stage(item.locator, item.version, b"new")
        receipt = source.remove(item.locator, item.version)
    assert receipt.outcome is Outcome.ERASED
    assert receipt.survives == ("1 other name (hard links) with the same content",)
    assert (tmp_path / "other").read_bytes() == b"x"
    assert os.listdir(root) == []


def test_a_folder_swapped_for_a_link_leads_nowhere(root: Path, tmp_path: Path) -> None:
    """Promise 6."""
    full = put(root, "a/b/offert.txt")
    with folder(root) as source:
        version = source.version(at("a/b/offert.txt"))
        (root / "a").rename(tmp_path / "a")  # the same inode, size and time, now outside
        (root / "a").symlink_to(tmp_path / "a")
        for call in (
            lambda: source.remove(at("a/b/offert.txt"), version),
            lambda: source.stage(at("a/b/offert.txt"), version, b"new"),
            lambda: source.read(at("a/b/offert.txt")),
            lambda: source.presence(at("a/b/offert.txt")),
        ):
            with pytest.raises(Changed):
                call()
    assert full.read_bytes() == b"x"
    assert os.listdir(tmp_path / "a/b") == ["offert.txt"]


@pytest.fixture
def colleague(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[], None]], None]:
    """Does something in the instant before a rename or a swap."""

    def arrange(function: str, deed: Callable[[], None]) -> None:
        plain = getattr(atomic, function)

        def disturbed(one: atomic.Place, other: atomic.Place) -> None:
            monkeypatch.setattr(atomic, function, plain)
            deed()
            plain(one, other)

        monkeypatch.setattr(atomic, function, disturbed)

    return arrange


def test_what_is_saved_in_the_last_instant_is_not_erased(
    root: Path, colleague: Callable[[str, Callable[[], None]], None]
) -> None:
    put(root, "a")

    def save() -> None:
        put(root, "a.tmp", b"theirs").rename(root / "a")

    with folder(root) as source:
        version = source.version(at("a"))
        colleague("move_private", save)
        with pytest.raises(Changed):
            source.remove(at("a"), version)
    assert (root / "a").read_bytes() == b"theirs"
    assert os.listdir(root) == ["a"]


def test_what_is_saved_in_the_last_instant_is_not_swapped_away(
    root: Path, colleague: Callable[[str, Callable[[], None]], None]
) -> None:
    put(root, "a")

    def save() -> None:
        put(root, "a.tmp", b"theirs").rename(root / "a")

    with folder(root) as source:
        staged = source.stage(at("a"), source.version(at("a")), b"new")
        colleague("exchange", save)
        with pytest.raises(Changed):
            source.commit(staged)
        assert (root / "a").read_bytes() == b"theirs"
        source.abandon(staged)
    assert os.listdir(root) == ["a"]


def crash(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("name", ["a", "räkning.xlsx", "\udcff.txt"])
def test_a_crash_while_erasing_is_no_absence(root: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (root / name).write_bytes(b"x")
    with folder(root) as source:
        version = source.version(at(name))
        with monkeypatch.context() as patch:
            patch.setattr(os, "unlink", crash)
            with pytest.raises(KeyboardInterrupt):
                source.remove(at(name), version)
    (left,) = os.listdir(root)
    assert left.startswith(".gallra-old-")
    with folder(root) as source:
        assert walked(source)[0] == [left]
        assert source.presence(at(name)) is Presence.PRESENT
        with pytest.raises(Changed):
            source.remove(at(name), Version("1-1-1"))
        assert source.remove(at(name), version).outcome is Outcome.ERASED
        assert source.presence(at(name)) is Presence.ABSENT
        assert source.remove(at(name), version).outcome is Outcome.ABSENT
    assert os.listdir(root) == []


def test_a_new_file_under_the_name_of_one_being_erased_is_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, "a")
    with folder(root) as source:
        version = source.version(at("a"))
        with monkeypatch.context() as patch:
            patch.setattr(os, "unlink", crash)
            with pytest.raises(KeyboardInterrupt):
                source.remove(at("a"), version)
        put(root, "a", b"theirs")
        with pytest.raises(Changed):
            source.remove(at("a"), version)
        assert (root / "a").read_bytes() == b"theirs"
        assert len(walked(source)[0]) == 2
        assert source.remove(at("a"), source.version(at("a"))).outcome is Outcome.ERASED
        assert source.presence(at("a")) is Presence.PRESENT  # the first one, still aside
        assert source.remove(at("a"), version).outcome is Outcome.ERASED
    assert os.listdir(root) == []


# -- changing, with and without renameat2


@pytest.fixture(params=["renameat2", "no exchange", "links", "plain renames"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """File systems of four kinds: everything, NO_REPLACE only, hard links only, neither."""
    kind = str(request.param)
    plain = atomic._renameat2

    def limited(old: atomic.Place, new: atomic.Place, flag: int) -> None:
        if kind != "no exchange" or flag == atomic._EXCHANGE:
            raise atomic.NotOffered
        plain(old, new, flag)

    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    if kind != "renameat2":
        monkeypatch.setattr(atomic, "_renameat2", limited)
    if kind == "plain renames":
        monkeypatch.setattr(os, "link", no_links)
    return kind


def test_erasing_on_every_file_system(root: Path, system: str) -> None:
    put(root, "a")
    put(root, "b", b"kept")
    with folder(root) as source:
        assert source.remove(at("a"), source.version(at("a"))).outcome is Outcome.ERASED
    assert os.listdir(root) == ["b"]


def test_changing_on_every_file_system(root: Path, system: str) -> None:
    put(root, "a").chmod(0o640)
    with folder(root) as source:
        staged = source.stage(at("a"), source.version(at("a")), b"new")
        if system == "plain renames":  # nothing there can be swapped without the risk of losing a colleague's save
            with pytest.raises(Unsupported):
                source.commit(staged)
            return
        answer = source.commit(staged)
        assert source.commit(staged) == answer
    assert (root / "a").read_bytes() == b"new"
    assert (root / "a").stat().st_mode & 0o777 == 0o640
    assert os.listdir(root) == ["a"]


@pytest.mark.parametrize("system", ["renameat2", "no exchange", "links"], indirect=True)
@pytest.mark.parametrize("then", ["commit", "abandon"])
@pytest.mark.parametrize("step", range(8))
def test_a_crash_at_any_step_of_a_swap(
    root: Path, monkeypatch: pytest.MonkeyPatch, system: str, then: str, step: int
) -> None:
    """Promise 5: old, or old and staged, or new; and the next session reaches the same end."""
    put(root, "a", b"old")
    with folder(root) as source:
        staged = source.stage(at("a"), source.version(at("a")), b"new")
        crashed = False
        with monkeypatch.context() as patch:
            count = iter(range(step))

            def counted(plain: Callable[..., Any]) -> Callable[..., Any]:
                def call(*args: Any, **named: Any) -> Any:
                    if next(count, None) is None:
                        raise KeyboardInterrupt
                    return plain(*args, **named)

                return call

            for module, name in ((os, "link"), (os, "unlink"), (atomic, "_renameat2"), (os, "fchmod"), (os, "fsync")):
                patch.setattr(module, name, counted(getattr(module, name)))
            try:
                source.commit(staged)
            except KeyboardInterrupt:
                crashed = True
    contents = {(root / name).read_bytes() for name in os.listdir(root)}
    assert contents in ({b"old", b"new"}, {b"new"})
    done = contents == {b"new"}
    with folder(root) as source:
        assert source.presence(at("a")) is Presence.PRESENT
        if then == "commit":
            answer = source.commit(staged)
            assert answer == (at("a"), source.version(at("a")))
        elif done:
            with pytest.raises(Changed):
                source.abandon(staged)
        else:
            source.abandon(staged)
    assert crashed or step >= 2
    assert os.listdir(root) == ["a"]
    assert (root / "a").read_bytes() == (b"new" if then == "commit" or done else b"old")


def test_staging_again_replaces_what_the_journal_lost(root: Path) -> None:
    put(root, "a")
    with folder(root) as source:
        version = source.version(at("a"))
        lost = source.stage(at("a"), version, b"first")
        staged = source.stage(at("a"), version, b"second try")
        with pytest.raises(Changed):
            source.commit(lost)
        source.commit(staged)
    assert (root / "a").read_bytes() == b"second try"
    assert os.listdir(root) == ["a"]


def test_what_is_staged_is_found_by_a_walk(root: Path) -> None:
    put(root, "a.xlsx")
    with folder(root) as source:
        source.stage(at("a.xlsx"), source.version(at("a.xlsx")), b"new")
        names, _ = walked(source)
    assert [name for name in names if name.startswith(".gallra-new-") and name.endswith(".xlsx")]


def test_attributes_and_permissions_changed_meanwhile_are_kept(root: Path) -> None:
    full = put(root, "a")
    os.setxattr(full, "user.mime_type", b"text/plain")
    with folder(root) as source:
        staged = source.stage(at("a"), source.version(at("a")), b"new")
        full.chmod(0o600)
        os.setxattr(full, "user.mime_type", b"text/csv")
        source.commit(staged)
    assert full.stat().st_mode & 0o777 == 0o600
    assert os.getxattr(full, "user.mime_type") == b"text/csv"


@pytest.mark.parametrize("name", ["user.xdg.comment", "user.xdg.origin.url", "user.xdg.tags", "user.mime_type.old"])
def test_a_file_with_remarks_of_users_is_not_rewritten_but_may_leave_whole(root: Path, name: str) -> None:
    full = put(root, "a")
    os.setxattr(full, name, b"om Anna Ek")
    with folder(root) as source:
        with pytest.raises(Unsupported, match="extended attributes"):
            source.stage(at("a"), source.version(at("a")), b"new")
        assert os.listdir(root) == ["a"]
        assert full.read_bytes() == b"x"
        assert source.remove(at("a"), source.version(at("a"))).outcome is Outcome.ERASED
    assert os.listdir(root) == []


def test_remarks_of_users_that_came_meanwhile_stop_the_swap(root: Path) -> None:
    full = put(root, "a")
    with folder(root) as source:
        staged = source.stage(at("a"), source.version(at("a")), b"new")
        os.setxattr(full, "user.xdg.comment", b"om Anna Ek")
        with pytest.raises(Unsupported, match="extended attributes"):
            source.commit(staged)
        assert full.read_bytes() == b"x"
        source.abandon(staged)
    assert os.listdir(root) == ["a"]


def test_a_changed_file_has_a_time_of_its_own(root: Path) -> None:
    full = put(root, "a")
    os.utime(full, (1, 1))
    with folder(root) as source:
        source.commit(source.stage(at("a"), source.version(at("a")), b"y"))
    assert full.stat().st_mtime > 1_000_000


def test_a_token_that_names_another_file_is_malformed(root: Path) -> None:
    put(root, "a")
    put(root, "b")
    with folder(root) as source:
        staged = source.stage(at("a"), source.version(at("a")), b"new")
        for token in ("b 1-1-1", "", staged.token.split()[0]):
            forged = type(staged)(staged.locator, staged.expected, token)
            for call in (source.commit, source.abandon):
                with pytest.raises(Malformed):
                    call(forged)
    assert (root / "b").exists()


def test_moves_overwrite_nothing(root: Path, system: str) -> None:
    put(root, "a", b"a")
    put(root, "b", b"b")
    opened = Root(str(root))
    with pytest.raises(FileExistsError):
        atomic.move_private(atomic.Place(opened.fd, "a"), atomic.Place(opened.fd, "b"))
    opened.close()
    assert (root / "a").read_bytes() == b"a"
    assert (root / "b").read_bytes() == b"b"


@pytest.fixture
def read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file system that answers EROFS to every rename and creation."""
    put(tmp_path, "ro/a")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr(atomic, "_renameat2", refuse)
    yield tmp_path / "ro"


def test_a_read_only_file_system_denies(read_only: Path) -> None:
    with folder(read_only) as source:
        version = source.version(at("a"))
        with pytest.raises(Denied):
            source.remove(at("a"), version)
        assert source.presence(at("a")) is Presence.PRESENT
    assert (read_only / "a").read_bytes() == b"x"


def test_a_wrong_scope_is_not_found(root: Path) -> None:
    with folder(root) as source, pytest.raises(NotFound):
        list(source.walk("a"))
