"""What is special to maildirs: flags, moves, twins, folders. The witness is os."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Gap, GapReason, Item, ItemKind, Locator, Outcome, Presence
from connectors.errors import Changed, Denied, Malformed, NotFound, Unreachable, Unsupported
from connectors.mail import boxes as boxes_module
from connectors.mail.maildir import Maildir


def make(path: Path) -> Path:
    for box in ("cur", "new", "tmp"):
        (path / box).mkdir(parents=True)
    return path


def put(path: Path, content: bytes = b"Subject: x\r\n\r\n") -> Path:
    path.write_bytes(content)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make(tmp_path / "Maildir")


def maildir(root: Path, *folders: str) -> Maildir:
    return Maildir("post", {"path": str(root), "folders": list(folders)})


def at(path: str) -> Locator:
    return Locator("post", path)


def walked(source: Maildir) -> dict[str, Item]:
    events = [event for scope in source.scopes() for event in source.walk(scope)]
    return {event.locator.path: event for event in events if isinstance(event, Item)}


def gaps(source: Maildir) -> dict[str, GapReason]:
    events = [event for scope in source.scopes() for event in source.walk(scope)]
    return {event.locator.path: event.reason for event in events if isinstance(event, Gap)}


def test_a_new_flag_or_a_move_keeps_locator_and_version(root: Path) -> None:
    full = put(root / "new" / "1.M1.host")
    with maildir(root) as source:
        before = walked(source)
        full.rename(root / "cur" / "1.M1.host:2,")
        assert walked(source) == before
        (root / "cur" / "1.M1.host:2,").rename(root / "cur" / "1.M1.host:2,FRS")
        assert walked(source) == before
        assert list(before) == ["INBOX/1.M1.host"]
        assert before["INBOX/1.M1.host"].kind is ItemKind.MESSAGE


def test_a_message_is_erased_whatever_its_flags_are_by_now(root: Path) -> None:
    put(root / "new" / "1")
    put(root / "cur" / "10:2,S")
    with maildir(root) as source:
        version = source.version(at("INBOX/1"))
        (root / "new" / "1").rename(root / "cur" / "1:2,RS")
        assert source.remove(at("INBOX/1"), version).outcome is Outcome.ERASED
    assert os.listdir(root / "cur") == ["10:2,S"]


def test_a_message_flagged_in_the_last_instant_is_erased(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root / "cur" / "1:2,")
    with maildir(root) as source:
        version = source.version(at("INBOX/1"))
        plain = boxes_module.Boxes.find

        def find(self: boxes_module.Boxes, unique: str, locator: Locator) -> Any:
            found = plain(self, unique, locator)
            monkeypatch.setattr(boxes_module.Boxes, "find", plain)
            (root / "cur" / "1:2,").rename(root / "cur" / "1:2,S")
            return found

        monkeypatch.setattr(boxes_module.Boxes, "find", find)
        assert source.remove(at("INBOX/1"), version).outcome is Outcome.ERASED
    assert os.listdir(root / "cur") == []


def test_a_commit_keeps_the_flags_the_message_has_by_now(root: Path) -> None:
    put(root / "cur" / "1:2,")
    with maildir(root) as source:
        staged = source.stage(at("INBOX/1"), source.version(at("INBOX/1")), b"new")
        assert os.listdir(root / "cur") == ["1:2,"]
        (root / "cur" / "1:2,").rename(root / "cur" / "1:2,FS")
        assert source.commit(staged) == (at("INBOX/1"), source.version(at("INBOX/1")))
    assert (root / "cur" / "1:2,FS").read_bytes() == b"new"
    assert os.listdir(root / "cur") == ["1:2,FS"]
    assert os.listdir(root / "tmp") == []


def test_reading_gives_a_message(root: Path) -> None:
    put(root / "cur" / "1:2,S", b"Subject: hej\r\n\r\n")
    with maildir(root) as source, source.read(at("INBOX/1")) as content:
        assert content.stream.read() == b"Subject: hej\r\n\r\n"
        assert (content.media_type, content.name) == ("message/rfc822", "1.eml")
    assert os.listdir(root / "cur") == ["1:2,S"]


def test_two_files_of_one_name_are_told_apart(root: Path) -> None:
    one, two = put(root / "cur" / "1:2,S", b"one"), put(root / "new" / "1", b"two!")
    first, second = (f"INBOX/1;inode={path.stat().st_ino}" for path in (one, two))
    with maildir(root) as source:
        items = walked(source)
        assert set(items) == {first, second}
        assert source.presence(at("INBOX/1")) is Presence.PRESENT
        for call in (source.read, source.version, lambda x: source.remove(x, items[first].version)):
            with pytest.raises(Changed):
                call(at("INBOX/1"))
        with source.read(at(second)) as content:
            assert content.stream.read() == b"two!"
        locator, version = source.commit(source.stage(at(second), items[second].version, b"changed"))
        assert source.version(locator) == version
        assert two.read_bytes() == b"changed"
        assert source.remove(at(first), items[first].version).outcome is Outcome.ERASED
        assert source.presence(at(first)) is Presence.ABSENT
        assert source.presence(locator) is Presence.PRESENT
    assert not one.exists()
    assert two.exists()


def test_two_names_of_one_file_are_one_message(root: Path) -> None:
    os.link(put(root / "new" / "1"), root / "cur" / "1:2,")
    with maildir(root) as source:
        items = walked(source)
        assert list(items) == ["INBOX/1"]
        assert items["INBOX/1"].links == 2
        receipt = source.remove(at("INBOX/1"), items["INBOX/1"].version)
        assert (receipt.outcome, receipt.survives) == (Outcome.ERASED, ())
    assert os.listdir(root / "new") == os.listdir(root / "cur") == []


def test_all_kinds_of_folders_are_found(root: Path) -> None:
    for path in (".Arkiv.2024", "Projekt/Bro", ".Skr&AOQ-ppost", ".R&-D", ".&broke-", ".Projekt.Bro"):
        make(root / path)
    (root / "no maildir" / "deep").mkdir(parents=True)
    with maildir(root) as source:
        assert list(source.scopes()) == [
            "INBOX", "&broke-", ".Projekt.Bro", "Arkiv/2024", "Projekt/Bro", "R&D", "Skräppost",
        ]  # fmt: skip


def test_a_folder_of_maildirs_needs_none_of_its_own(tmp_path: Path) -> None:
    put(make(tmp_path / "anna") / "new" / "1")
    with maildir(tmp_path) as source:
        assert list(walked(source)) == ["anna/1"]


def test_only_the_chosen_folders_are_searched(root: Path) -> None:
    put(make(root / ".Arkiv") / "new" / "1")
    put(root / "new" / "2")
    with maildir(root, "Arkiv") as source:
        assert list(walked(source)) == ["Arkiv/1"]
    with pytest.raises(Unreachable):
        maildir(root, "Arkiv", "Skickat").open()


def test_a_missing_cur_is_unreachable_and_named(root: Path) -> None:
    put(make(root / ".Sub") / "new" / "1")
    (root / "cur").rmdir()
    with pytest.raises(Unreachable, match="lacks its cur/"):
        maildir(root).open()


def test_a_copy_that_dropped_its_empty_directories_is_read_and_erased(root: Path) -> None:
    put(root / "cur" / "1:2,S")
    (root / "new").rmdir()
    (root / "tmp").rmdir()
    with maildir(root) as source:
        items = walked(source)
        assert list(items) == ["INBOX/1"]
        item = items["INBOX/1"]
        with pytest.raises(Unsupported, match="lacks its tmp/"):
            source.stage(item.locator, item.version, b"x")
        assert source.remove(item.locator, item.version).outcome is Outcome.ERASED
    assert os.listdir(root / "cur") == []


def test_a_subfolder_without_a_box_is_unreachable(root: Path) -> None:
    (make(root / ".Sub") / "cur").rmdir()
    with maildir(root) as source, pytest.raises(Unreachable, match="lacks its cur/"):
        walked(source)


def test_no_maildir_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(Unreachable, match="cur, new and tmp are missing"):
        maildir(tmp_path).open()


def test_links_and_odd_things_are_gaps(root: Path, tmp_path: Path) -> None:
    outside = make(tmp_path / "outside")
    put(outside / "cur" / "9")
    (root / ".Shared").symlink_to(outside)
    (root / "cur" / "1:2,").symlink_to(outside / "cur" / "9")
    (root / "cur" / "dir").mkdir()
    put(root / "tmp" / "delivery")
    with maildir(root) as source:
        assert walked(source) == {}
        assert gaps(source) == {
            ".Shared": GapReason.LINK,
            "INBOX/1": GapReason.LINK,
            "INBOX/dir": GapReason.SPECIAL_FILE,
        }


def test_a_message_in_a_folder_that_was_shut_is_not_absent(
    open_tmp: Path, without_rights: Callable[[Callable[[], Any]], Any]
) -> None:
    put(make(open_tmp / "m") / "cur" / "1")
    put(make(open_tmp / "m" / ".Shut") / "cur" / "2")
    with maildir(open_tmp / "m") as source:
        item = walked(source)["Shut/2"]
    (open_tmp / "m" / ".Shut").chmod(0)

    def look() -> list[str]:
        answers = []
        with maildir(open_tmp / "m") as source:
            for ask in (lambda: source.presence(item.locator), lambda: source.remove(item.locator, item.version)):
                try:
                    answers.append(str(ask()))
                except Denied:
                    answers.append("denied")
        return answers

    answers = without_rights(look)
    (open_tmp / "m" / ".Shut").chmod(0o755)
    assert answers == ["denied", "denied"]
    assert os.listdir(open_tmp / "m" / ".Shut" / "cur") == ["2"]


def test_a_folder_that_may_not_be_read_is_a_gap(
    open_tmp: Path, without_rights: Callable[[Callable[[], Any]], Any]
) -> None:
    put(make(open_tmp / "m") / "cur" / "1")
    put(make(open_tmp / "m" / ".Shut") / "cur" / "2")
    (open_tmp / "m" / ".Shut" / "cur").chmod(0)

    def look() -> Any:
        with maildir(open_tmp / "m") as source:
            return list(walked(source)), gaps(source)

    assert without_rights(look) == (["INBOX/1"], {"Shut": GapReason.DENIED})


def crash(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_crash_while_erasing_is_no_absence(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root / "cur" / "1.M1.host:2,S")
    with maildir(root) as source:
        version = source.version(at("INBOX/1.M1.host"))
        with monkeypatch.context() as patch:
            patch.setattr(os, "unlink", crash)
            with pytest.raises(KeyboardInterrupt):
                source.remove(at("INBOX/1.M1.host"), version)
    with maildir(root) as source:
        (left,) = walked(source)
        assert left.startswith("INBOX/.gallra-old-")
        assert source.presence(at("INBOX/1.M1.host")) is Presence.PRESENT
        assert source.remove(at("INBOX/1.M1.host"), version).outcome is Outcome.ERASED
        assert source.presence(at("INBOX/1.M1.host")) is Presence.ABSENT
    assert os.listdir(root / "cur") == []


def test_what_a_crash_left_in_tmp_is_met(root: Path) -> None:
    put(root / "cur" / "1:2,S")
    with maildir(root) as source:
        source.stage(at("INBOX/1"), source.version(at("INBOX/1")), b"new")
        (left,) = set(walked(source)) - {"INBOX/1"}
        assert left.startswith("INBOX/.gallra-new-")
        assert source.remove(at(left), source.version(at(left))).outcome is Outcome.ERASED
    assert os.listdir(root / "tmp") == []


def test_many_absent_answers_need_few_lists(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root / "cur" / "1:2,S")
    for box in ("cur", "new", "tmp"):
        os.utime(root / box, (1, 1))
    lists = 0
    plain = boxes_module.Boxes._listed

    def counted(self: boxes_module.Boxes) -> Any:
        nonlocal lists
        lists += 1
        return plain(self)

    monkeypatch.setattr(boxes_module.Boxes, "_listed", counted)
    with maildir(root) as source:
        for number in range(100):
            assert source.presence(at(f"INBOX/none{number}")) is Presence.ABSENT
        assert lists == 1
        put(root / "new" / "none5")
        assert source.presence(at("INBOX/none5")) is Presence.PRESENT


@pytest.mark.parametrize("path", ["1", "", "INBOX/", "INBOX/../1", "/INBOX/1"])
def test_what_is_no_address_is_malformed(root: Path, path: str) -> None:
    with maildir(root) as source, pytest.raises(Malformed):
        source.presence(at(path))


def test_a_folder_that_is_gone_has_no_messages(root: Path) -> None:
    with maildir(root) as source:
        assert source.presence(at("Gone/1")) is Presence.ABSENT
        with pytest.raises(NotFound):
            source.read(at("Gone/1"))


def test_an_empty_maildir_is_fine_until_items_are_expected(root: Path) -> None:
    with maildir(root) as source:
        assert walked(source) == {}
        source.expect_items = True
        with pytest.raises(Unreachable):
            list(source.scopes())


def test_bad_folder_names_are_told() -> None:
    assert Maildir.validate({"folders": ["INBOX", ""]})
    assert not Maildir.validate({"folders": ["INBOX"]})


# -- reading one message after the other, with the folder kept open


@pytest.fixture
def sub(root: Path) -> Path:
    """The folder Arkiv, with a message."""
    put(make(root / ".Arkiv") / "cur" / "1:2,S", b"Subject: ett\n\n")
    return root / ".Arkiv"


def read(source: Maildir, path: str) -> bytes:
    with source.read(at(path)) as content:
        return content.stream.read()


def test_a_message_is_read_again_under_its_new_flags(root: Path, sub: Path) -> None:
    with maildir(root) as source:
        assert read(source, "Arkiv/1") == read(source, "Arkiv/1") == b"Subject: ett\n\n"
        (sub / "cur" / "1:2,S").rename(sub / "cur" / "1:2,FS")
        assert read(source, "Arkiv/1") == b"Subject: ett\n\n"
        (sub / "cur" / "1:2,FS").rename(sub / "new" / "1")
        assert read(source, "Arkiv/1") == b"Subject: ett\n\n"
        (sub / "new" / "1").unlink()
        with pytest.raises(NotFound):
            source.read(at("Arkiv/1"))


def test_a_folder_that_was_moved_away_is_read_no_more(root: Path, sub: Path, tmp_path: Path) -> None:
    with maildir(root) as source:
        assert read(source, "Arkiv/1") == read(source, "Arkiv/1")
        sub.rename(tmp_path / "away")
        with pytest.raises(NotFound):
            source.read(at("Arkiv/1"))
        put(make(sub) / "cur" / "1:2,S", b"Subject: en annan\n\n")
        assert read(source, "Arkiv/1") == b"Subject: en annan\n\n"


@pytest.mark.parametrize("swapped", [".Arkiv", ".Arkiv/cur"])
def test_a_folder_that_became_a_link_is_read_no_more(root: Path, sub: Path, tmp_path: Path, swapped: str) -> None:
    with maildir(root) as source:
        assert read(source, "Arkiv/1") == read(source, "Arkiv/1")
        (root / swapped).rename(tmp_path / "away")
        (root / swapped).symlink_to(tmp_path / "away")
        with pytest.raises(Changed):
            source.read(at("Arkiv/1"))


def test_another_root_in_the_same_place_is_unreachable(root: Path, sub: Path, tmp_path: Path) -> None:
    with maildir(root) as source:
        assert read(source, "Arkiv/1") == read(source, "Arkiv/1")
        root.rename(tmp_path / "away")
        make(root)
        with pytest.raises(Unreachable):
            source.read(at("Arkiv/1"))


def test_a_fifo_in_a_messages_place_is_never_opened(root: Path, sub: Path) -> None:
    with maildir(root) as source:
        assert read(source, "Arkiv/1") == read(source, "Arkiv/1")
        (sub / "cur" / "1:2,S").unlink()
        os.mkfifo(sub / "cur" / "1:2,S")
        with pytest.raises(Changed):
            source.read(at("Arkiv/1"))


def test_reading_on_leaves_no_handles_open(root: Path, sub: Path) -> None:
    put(root / "cur" / "2:2,S")
    before = len(os.listdir("/proc/self/fd"))
    with maildir(root) as source:
        for path in ("Arkiv/1", "Arkiv/1", "INBOX/2", "INBOX/2"):
            read(source, path)
        most = len(os.listdir("/proc/self/fd"))
        for _ in range(20):
            for path in ("Arkiv/1", "Arkiv/1", "INBOX/2", "INBOX/2"):
                read(source, path)
        assert len(os.listdir("/proc/self/fd")) == most
    assert len(os.listdir("/proc/self/fd")) == before
