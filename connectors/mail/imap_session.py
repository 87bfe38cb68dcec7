"""A session with one account: the line, made anew after a drop where that is safe, its folders, and the open one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from connectors.errors import Changed, ConnectorError, Denied, NotFound, Throttled, Unreachable
from connectors.locator import Locator
from connectors.mail.imap_box import Box, open_box
from connectors.mail.imap_errors import Dropped, refusal
from connectors.mail.imap_folders import Folder, Tree, list_folders
from connectors.mail.imap_line import Answer, Line, string
from connectors.mail.imap_settings import port_of
from connectors.mail.imap_sign_in import connect
from connectors.network import Slot

T = TypeVar("T")

_OPENING = "opening the mail folder"


class Session:
    """Signed in with `open`; every other method needs that."""

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self.name = name
        self.settings = settings
        self.tree = Tree()
        self._line: Line | None = None
        self._slot: Slot | None = None
        self._box: Box | None = None
        self._validities: dict[str, int] = {}

    def open(self) -> None:
        """Wait for a connection that may be had, sign in, and list the folders."""
        server = f"{self.settings['host']}:{port_of(self.settings)}"
        self._slot = Slot(server, self.settings["connections"], self.settings["timeout"])
        try:
            self._slot.open()
            self._sign_in()
            self.refresh()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Hang up. Safe to call twice."""
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._slot is not None:
            self._slot.close()
            self._slot = None
        self._box = None
        self._validities.clear()

    @property
    def line(self) -> Line:
        """The line. Raises Unreachable where there is none."""
        if self._line is None:
            raise Unreachable("the source is not open")
        return self._line

    def patiently(self, ask: Callable[[], T]) -> T:
        """What `ask` gives; once more on a new line where the old one is dead. For what changes nothing."""
        try:
            return ask()
        except Dropped:
            self._sign_in()
            return ask()

    def awake(self) -> None:
        """Sign in again where the line is known to be dead."""
        if self.line.dead:
            self._sign_in()

    def refresh(self) -> None:
        """List the folders as they are now. A server that has none at all is not believed."""
        self.tree = list_folders(self.line)
        if not self.tree.folders and not self.tree.doubles:
            raise Unreachable("the mail server lists no folder at all: has the mailbox been moved?")

    def box(self, folder: str, locator: Locator | None = None, *, write: bool = False, since: bytes = b"") -> Box:
        """The folder, opened anew.

        Raises NotFound where the server has no such folder, by its list and by its refusal; Denied where it lists one
        that may not be opened.
        """
        self._box = None
        known = self.tree.folders.get(folder)
        if known is None:
            known = self._listed(folder, locator)
        found = open_box(self.line, folder, known.wire, write=write, since=since)
        if isinstance(found, Answer):
            raise self._refused(folder, found, locator)
        self._box = found
        return found

    def standing(self, folder: str, locator: Locator | None = None) -> Box:
        """The folder as it was opened, where it is the open one; else opened anew."""
        if self._box is not None and self._box.folder == folder and not self._box.writable and not self.line.dead:
            return self._box
        return self.box(folder, locator)

    def remember(self, box: Box) -> None:
        """Its messages have been told of under this UIDVALIDITY."""
        self.numbered(box.folder, box.uidvalidity)

    def numbered(self, folder: str, uidvalidity: int) -> None:
        """Messages of the folder are known under this UIDVALIDITY."""
        self._validities[folder] = uidvalidity

    def same(self, box: Box, locator: Locator) -> None:
        """Raises Changed where the folder's UIDs are not those that were told of: what became of them is unknown."""
        if self._validities.get(box.folder, box.uidvalidity) != box.uidvalidity:
            raise Changed("the mail folder was made anew, and its messages are numbered anew: look again", locator)

    def vouch(self, *, known: bool) -> None:
        """Raises Unreachable where all folders are empty and were not."""
        if known and not self.patiently(self._holds_something):
            raise Unreachable("all mail folders are empty and were not: has the mailbox been moved?")

    # -- details

    def _sign_in(self) -> None:
        if self._line is not None:
            self._line.hang_up()
        self._box = None
        self._line = connect(self.settings)
        if self._line.has("ENABLE", "QRESYNC"):
            self._line.ask(b"ENABLE", b"QRESYNC").check("telling of what has vanished")

    def _holds_something(self) -> bool:
        names = (name for name in self.tree.chosen(self.settings) if name in self.tree.folders)
        return any(self._holds_any(self.tree.folders[name]) for name in names)

    def _holds_any(self, folder: Folder) -> bool:
        """False only where the server counts, and counts none."""
        try:
            answer = self.line.ask(b"STATUS", string(folder.wire), b"(MESSAGES)").check("counting the messages")
        except (Denied, NotFound, Throttled):
            return True
        told = [one[-1] for one in answer.untagged.get("STATUS", [])]
        return not any(isinstance(one, bytes) and one.upper().rstrip().endswith(b"(MESSAGES 0)") for one in told)

    def _listed(self, folder: str, locator: Locator | None) -> Folder:
        self.refresh()
        if folder in self.tree.doubles:
            raise Denied("two mail folders have that name: rename one", locator)
        if folder not in self.tree.folders:
            raise NotFound("the mail folder is not there", locator)
        return self.tree.folders[folder]

    def _refused(self, folder: str, answer: Answer, locator: Locator | None) -> ConnectorError:
        """Why a folder that was listed could not be opened: it is gone by now, or may not be opened."""
        error = refusal(answer.status, answer.code, _OPENING, locator)
        if not isinstance(error, (NotFound, Denied)):
            return error
        self.refresh()
        if folder in self.tree.folders:
            return Denied("the mail folder may not be opened: look at the account's rights", locator)
        if answer.code in ("NOPERM", "AUTHORIZATIONFAILED"):
            return error
        return NotFound("the mail folder is not there", locator)
