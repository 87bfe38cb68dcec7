"""One archive without what is doomed: listed, written anew beside the old one, proved, and given its name."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import BinaryIO

from connectors.backups import archive_tar, archive_tar_writing, archive_zip, archive_zip_writing
from connectors.backups.archive_files import File, beside, kind_of, unpacked_of
from connectors.backups.archive_members import Form, Member, Unlisted, emptied
from connectors.backups.archive_streams import Damaged, packer
from connectors.backups.archive_swap import rewritten
from connectors.backups.base import Key
from connectors.base import Locator
from connectors.errors import Changed, ConnectorError, Unreachable, Unsupported
from connectors.files.atomic import Place
from connectors.files.handles import Root
from connectors.files.in_use import Guard
from connectors.files.states import token_of
from connectors.files.steady import open_file

_PROOF = "the archive that was written anew is not what it should be; the old one was left as it is: it differs in {}"


@dataclass(slots=True)
class Done:
    """What became of one archive: what left it, and what a hard link that stays keeps in it."""

    gone: set[Key] = field(default_factory=set)
    kept: set[Key] = field(default_factory=set)
    held: set[Key] = field(default_factory=set)  # and what `error` kept in it
    error: ConnectorError | None = None


def without(
    root: Root, file: File, doomed: Collection[Key], folders: Collection[str], guard: Guard, *, empty: bool
) -> Done:
    """The archive without these, and without these folders where nothing is in them then.

    Raises Damaged, Changed, NotFound, Denied where it cannot be listed to its end, and Unreachable: it is as it was.
    """
    locator = Locator("", "")  # errors are the caller's to place
    *above, name = file.parts
    done = Done()
    with root.folder(above) as folder:
        place, private = Place(folder, name), Place(folder, beside(name))
        kind, members = listed(place, file, locator)
        wanted = {
            number
            for number, one in enumerate(members)
            if isinstance(one, Member) and one.form is Form.FILE and (one.path, one.content) in doomed
        }
        kept = _kept(members, wanted) if kind == "tar" else set()
        done.kept = {_key(members[number]) for number in kept}
        wanted = {number for number in wanted if _key(members[number]) not in done.kept}
        gone = wanted | emptied(members, wanted, set(folders))
        if not gone:
            return done

        def write(old: BinaryIO, new: BinaryIO) -> None:
            (_write_tar if kind == "tar" else _write_zip)(old, new, members, gone)

        keys = {_key(members[number]) for number in wanted}
        try:
            rewritten(place, private, file.token, locator, write, guard, empty=empty)
        except Unreachable:
            raise
        except ConnectorError as error:
            done.held, done.error = keys, error
        else:
            done.gone = keys
    return done


def listed(place: Place, file: File, locator: Locator) -> tuple[str, list[Member | Unlisted]]:
    """What the archive is, and all of its members. Raises Damaged, Changed, Denied, Unreachable."""
    handle, state = open_file(place, locator)
    with os.fdopen(handle, "rb") as stream:
        if token_of(state) != file.token:
            raise Changed("the archive was changed meanwhile; look again")
        kind = kind_of(stream)
        if kind == "zip":
            return kind, list(archive_zip.members(archive_zip.opened(stream)))
        return kind, [member for member, _ in archive_tar.members(unpacked_of(stream))]


def _kept(members: list[Member | Unlisted], wanted: set[int]) -> set[int]:
    """What must stay since a hard link that stays leads to it; then what that one's other links lead to, and so on."""
    kept: set[int] = set()
    while more := archive_tar_writing.linked(members, wanted - kept) - kept:
        kept |= more
    return kept


def _key(member: Member | Unlisted) -> Key:
    return (member.path, member.content) if isinstance(member, Member) else ("", "")


def _write_tar(old: BinaryIO, new: BinaryIO, members: list[Member | Unlisted], gone: set[int]) -> None:
    old.seek(0)
    head = old.read(16)
    put, end = packer(head, new)
    archive_tar_writing.write(unpacked_of(old), members, gone, put)
    end()
    new.flush()
    _proved(archive_tar_writing.differences(unpacked_of(old), unpacked_of(new), gone))


def _write_zip(old: BinaryIO, new: BinaryIO, members: list[Member | Unlisted], gone: set[int]) -> None:
    try:
        archive_zip_writing.write(old, members, gone, new)
        new.flush()
        _proved(archive_zip_writing.differences(old, new, gone))
    except archive_zip.FAULTS:
        raise Damaged("it is damaged") from None


def _proved(differs: str) -> None:
    if differs:
        raise Unsupported(_PROOF.format(differs))
