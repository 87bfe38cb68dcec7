"""Mirrors: folders with generations (rsnapshot, `rsync --link-dest`), or one plain copy of a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from connectors.backups.base import Backup, Entry, Snapshot
from connectors.backups.mirror_erasing import Eraser
from connectors.backups.mirror_generations import Generation, Generations
from connectors.backups.mirror_listing import Inode, Mounts, Trouble, files
from connectors.backups.mirror_lock import held
from connectors.backups.mirror_names import strayed, tell_others
from connectors.backups.mirror_root import Rooted, address, sentinel_problems
from connectors.base import (
    Capabilities,
    Content,
    Gap,
    Locator,
    Option,
    Outcome,
    Presence,
    Receipt,
    Strength,
    Version,
)
from connectors.errors import Changed, ConnectorError, Denied, NotFound, Unreachable
from connectors.files.atomic import Place
from connectors.files.handles import parts_of
from connectors.files.in_use import Guard, nobody_asks, not_open, writable
from connectors.files.mounts import file_system, is_network
from connectors.files.states import look_at_file, token_of
from connectors.files.steady import open_content

_LEAVE, _ERASE = "leave", "erase"
_PASSES = 3
_MOVING = "the generations change while they are worked on: run again when no backup is being made"
_LIMITS = (
    "names (hard links) of the same content outside the mirror keep it; the receipt counts them",
    "symbolic links are no items: what they are called and where they lead stays",
    "blocks on the disk are freed, not overwritten",
    "snapshots of the file system that the mirror lies on keep what was in it",
)


class Mirror(Backup):
    """One mirror. A generation is a snapshot; hard links in them share their content, which is read once."""

    kind: ClassVar[str] = "mirror"
    frozen: ClassVar[bool] = False  # rsnapshot renames the generations, a plain mirror is changed where it is
    options: ClassVar[tuple[Option, ...]] = (
        Option("path", str, "the folder; relative paths start at the configuration file", path=True),
        Option(
            "snapshots",
            list,
            'patterns of the generations\' folders, like "*/daily.*"; nothing: the names that rsnapshot and dates '
            'give; ["."]: a plain mirror',
            [],
        ),
        Option("sentinel", str, "a file in the folder that must be there, else the backup counts as not mounted", ""),
        Option("lockfile", str, "rsnapshot's lockfile: it is waited for, and held while something is erased", ""),
        Option("open_files", str, "what to do with a file that somebody has open", _LEAVE, choices=(_LEAVE, _ERASE)),
    )

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        super().__init__(name, settings)
        self._rooted: Rooted | None = None
        self._mounts: Mounts | None = None
        self._network = False  # a share of another machine
        self._generations = Generations(settings.get("snapshots") or ())
        self._known: list[Generation] = []
        self._ids: dict[Inode, str] = {}

    @classmethod
    def validate(cls, settings: Mapping[str, Any]) -> list[str]:
        """Patterns must be relative paths of a depth that is known."""
        problems = sentinel_problems(settings)
        lock = settings.get("lockfile") or ""
        if lock and not str(lock).startswith("/"):
            problems.append("lockfile: must be a whole path, as in rsnapshot's own settings")
        patterns = settings.get("snapshots") or []
        for pattern in patterns:
            parts = pattern.strip("/").split("/") if isinstance(pattern, str) else [""]
            if pattern != "." and any(part in ("", ".", "..") or "**" in part for part in parts):
                problems.append('snapshots: every pattern must be a relative path like "daily.*", without . .. and **')
        if "." in patterns and len(patterns) > 1:
            problems.append('snapshots: "." means that there are no generations: it must stand alone')
        return problems

    def open(self) -> Capabilities:
        """Open the folder, and keep the handle."""
        self.close()
        self._rooted = Rooted(self.settings)
        try:
            self._mounts = Mounts(self._rooted.root)
            self._network = is_network(file_system(self._rooted.root.real))
            facts = tuple(self._facts())
        except BaseException:
            self.close()
            raise
        return Capabilities(Strength.STRONG, stages=False, limits=_LIMITS, facts=facts)

    def close(self) -> None:
        """Let go of the folder."""
        if self._rooted is not None:
            self._rooted.close()
        self._rooted, self._known, self._ids = None, [], {}
        self.changed()

    def snapshots(self) -> list[Snapshot]:
        """The generations, and what is beside them."""
        return [Snapshot(one.id, one.at, one.label) for one in self._find()]

    def entries(self, snapshot: Snapshot) -> Iterator[Entry | Gap]:
        """Every file of the generation."""
        known = self._known or self._find()
        generation = next((one for one in known if one.id == snapshot.id), None)
        if generation is None:
            raise NotFound("the generation is gone meanwhile")
        ids = self._ids  # hard links share theirs: made once
        skip = set() if generation.folder else {one.folder for one in known} | {self._opened.sentinel}
        try:
            for one in files(self._opened.root, generation.folder, skip, self._seen.inode):
                path = _entry_path(generation, one.path if isinstance(one, Trouble) else one[0])
                if isinstance(one, Trouble):
                    yield Gap(Locator(self.name, path), one.reason, one.detail)
                else:
                    inode = one[1]
                    content = ids.get(inode)
                    if content is None:
                        content = ids[inode] = inode.content
                    yield Entry(path, content, inode.size)
        except (NotFound, Changed):
            raise Unreachable(_MOVING) from None
        self._vouch()

    def read(self, locator: Locator) -> Content:
        """Open the file in the newest generation that has it, without touching its access time."""
        path, content = address(locator, self.name)
        for known in (self._known, None):  # what is known of the generations may be old
            for generation in reversed(self._find() if known is None else known):
                found = self._content(generation, path, content, locator)
                if found is not None:
                    return found
        raise NotFound("no generation holds it", locator)

    def version(self, locator: Locator) -> Version:
        """The id of its content, where a generation has it."""
        if self.presence(locator) is Presence.ABSENT:
            raise NotFound("no generation holds it", locator)
        return Version(address(locator, self.name)[1], Strength.STRONG)

    def presence(self, locator: Locator) -> Presence:
        """Absent where no generation has it by that name, and nothing was left aside of it."""
        return Presence.PRESENT if self._holding(locator) else Presence.ABSENT

    def note(self, locators: Sequence[Locator]) -> dict[Locator, str]:
        """Where its content lies on the disk: mount, inode, size, time."""
        found = {locator: self._holding(locator) for locator in locators}
        return {locator: "" if inode is None else str(inode) for locator, inode in found.items()}

    def rewrite(
        self, locators: Sequence[Locator], folders: Sequence[str] = ()
    ) -> dict[Locator, Receipt | ConnectorError]:
        """Every name of the contents at their paths, in each generation; then the folders, where they are empty."""
        for locator in locators:
            address(locator, self.name)
        for folder in folders:
            parts_of(Locator(self.name, folder), self.name)
        self.changed()
        self._vouch()
        if not locators and not folders:
            return {}
        with held(str(self.settings.get("lockfile") or "")):
            self._writable()
            eraser = Eraser(self._opened.root, self._seen, self._guard, empty=self._network)
            told = self._settled(eraser, locators, folders)
            left = {inode: count for inode, count in eraser.left.items() if count > 0}
            if left:
                tell_others(told, left, self._everything())
        return told

    def has_folder(self, path: str) -> bool:
        """See Backup. A link by its name counts."""
        locator = Locator(self.name, path)
        parts_of(locator, self.name)
        for generation in self._find():
            parts = generation.inside(path)
            if parts is None or self._in_another(generation, parts):
                continue
            try:
                with self._opened.root.folder(parts, locator):
                    return True
            except Changed:
                return True
            except NotFound:
                self._vouch()
        return False

    def reclaim(self) -> None:
        """There is nothing to reclaim: a file without names is gone."""
        self._vouch()

    def unreclaimed(self) -> bool:
        """Never: see `reclaim`."""
        self._vouch()
        return False

    def prove(self, notes: Mapping[Locator, str]) -> dict[Locator, Presence | ConnectorError]:
        """Absent where no generation has it, and its inode is under no name that a crash or a renaming left."""
        told: dict[Locator, Presence | ConnectorError] = {}
        for locator in notes:
            try:
                told[locator] = self.presence(locator)
            except (Denied, Unreachable) as error:
                told[locator] = error
        open_ = {locator: note for locator, note in notes.items() if note and told[locator] is Presence.ABSENT}
        if open_:
            generations = {one.folder for one in self._known if one.folder}
            told |= strayed(open_, generations, self._everything())
        return told

    # What is there

    def _find(self) -> list[Generation]:
        self._vouch()
        self._known = self._generations.find(self._opened.root, self._opened.sentinel)
        if self._generations.asked and not any(one.folder for one in self._known):
            self._known = []
            raise Unreachable("no folder fits the patterns of `snapshots`: is the mirror mounted?")
        self._vouch()
        return self._known

    def _holding(self, locator: Locator) -> Inode | None:
        path, content = address(locator, self.name)
        eraser = Eraser(self._opened.root, self._seen, nobody_asks, empty=False)
        for generation in self._find():
            parts = generation.inside(path)
            if parts is not None and not self._in_another(generation, parts):
                inode = eraser.holds(parts, content, locator)
                if inode is not None:
                    return inode
        self._vouch()
        return None

    def _in_another(self, generation: Generation, parts: Sequence[str]) -> bool:
        """Whether a path beside the generations leads into one of them: there it is another item."""
        if generation.folder:
            return False
        path = "/".join(parts) + "/"
        return path == f"{self._opened.sentinel}/" or any(
            one.folder and path.startswith(one.folder + "/") for one in self._known
        )

    def _content(self, generation: Generation, path: str, content: str, locator: Locator) -> Content | None:
        parts = generation.inside(path)
        if parts is None or self._in_another(generation, parts):
            return None
        try:
            with self._opened.root.folder(parts[:-1], locator) as folder:
                place = Place(folder, parts[-1])
                state = look_at_file(place, locator)
                if self._seen.inode(state, folder).content != content:
                    return None
                found = open_content(place, locator, place.name)
        except (NotFound, Changed):
            self._opened.root.check()
            return None
        if found.version.token != token_of(state):
            found.stream.close()
            raise Changed("the item changed while it was opened; read it again", locator)
        return Content(found.stream, Version(content, Strength.STRONG), found.size, found.name)

    # What is erased

    def _settled(
        self, eraser: Eraser, locators: Sequence[Locator], folders: Sequence[str]
    ) -> dict[Locator, Receipt | ConnectorError]:
        """Goes over the generations until they are the same before and after: a backup may be rotating them."""
        gone: set[Locator] = set()
        for _ in range(_PASSES):
            generations = self._find()
            failed: dict[Locator, ConnectorError] = {}
            for locator in locators:
                try:
                    if self._erase(eraser, generations, locator):
                        gone.add(locator)
                except ConnectorError as error:
                    failed[locator] = error
            for folder in sorted(folders, key=len, reverse=True):
                self._remove_folder(eraser, generations, folder)
            if [one.folder for one in self._find()] == [one.folder for one in generations]:
                break
        else:
            raise Unreachable(_MOVING)
        for locator in locators:
            if locator not in failed and self._holding(locator):
                failed[locator] = Unreachable(_MOVING, locator)
        return {
            one: failed.get(one) or Receipt(one, Outcome.ERASED if one in gone else Outcome.ABSENT) for one in locators
        }

    def _erase(self, eraser: Eraser, generations: Sequence[Generation], locator: Locator) -> bool:
        path, content = address(locator, self.name)
        gone = False
        for generation in generations:
            parts = generation.inside(path)
            if parts is not None and not self._in_another(generation, parts):
                gone |= eraser.erase(parts, content, locator)
        return gone

    def _remove_folder(self, eraser: Eraser, generations: Sequence[Generation], folder: str) -> None:
        for generation in generations:
            parts = generation.inside(folder)
            if parts is not None and not any(f"{one.folder}/".startswith("/".join(parts) + "/") for one in generations):
                eraser.remove_folder(parts, Locator(self.name, folder))

    def _everything(self) -> Iterator[tuple[str, Inode, os.stat_result] | Trouble]:
        yield from files(self._opened.root, "", set(), self._seen.inode)
        self._vouch()

    def _writable(self) -> None:
        try:
            flags = os.fstatvfs(self._opened.root.fd).f_flag
        except OSError:
            return  # erasing will tell
        if flags & os.ST_RDONLY:
            raise Denied("the file system of the mirror is mounted read-only: mount it for writing, and run again")

    @property
    def _guard(self) -> Guard:
        if (self.settings.get("open_files") or _LEAVE) != _LEAVE:
            return nobody_asks
        return writable if self._network else not_open

    def _facts(self) -> Iterator[str]:
        generations = [one for one in self._find() if one.folder]
        if generations:
            plural = "s" * (len(generations) != 1)
            yield f"{len(generations)} generation{plural}, the oldest of {generations[0].at:%Y-%m-%d}"
        else:
            yield (
                "one plain copy: no generations were found" if not self.settings.get("snapshots") else "one plain copy"
            )
        if generations and not self.settings.get("lockfile"):
            yield "no lockfile is set: erase when no backup is being made"
        if self._network and not self.settings.get("sentinel"):
            yield "no sentinel is set: a share that is not mounted is only noticed when the folder is empty"

    def _vouch(self) -> None:
        self._opened.vouch(expect_items=self.expect_items)

    @property
    def _opened(self) -> Rooted:
        if self._rooted is None:
            raise Unreachable("the backup is not open")
        return self._rooted

    @property
    def _seen(self) -> Mounts:
        if self._mounts is None:
            raise Unreachable("the backup is not open")
        return self._mounts


def _entry_path(generation: Generation, path: str) -> str:
    """The path of an entry, from that of its file below the root; "" for the generation itself."""
    if not generation.folder:
        return path
    inner = path[len(generation.folder) + 1 :]
    return generation.above + inner if inner else ""
