"""Who looks at items for a search: workers that know the subject, each content of a backup once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from config.build import readers_of
from config.model import Config
from scanner.backups.origins import Origins
from scanner.backups.twins import Twins
from scanner.examining import Examining
from scanner.model import SubjectId
from scanner.records import IdType
from scanner.registers.by_path import ByPath
from scanner.strangers import strangers_on

# What reads is imported when there is something to read: it takes as long as a whole look at the index.
if TYPE_CHECKING:
    from scanner.examine import ExamineSettings
    from scanner.read import ReaderSettings


class Looking:
    """One search. `ours` are names that are no other persons'; `reader` is called when something is read."""

    def __init__(
        self,
        config: Config,
        reader: Callable[[], ReaderSettings],
        origins: Origins,
        subject: Sequence[SubjectId],
        ours: tuple[str, ...],
    ) -> None:
        self._config = config
        self._reader = reader
        self._origins = origins
        self._subject = subject
        self._ours = ours

    def examining(self, workers: int, papers: bool) -> Examining:
        """The workers; `papers`: whether it counts what kind of document something is."""
        backups = {one.name for one in self._config.backups}
        return Examining(partial(self._settings, papers), workers, partial(readers_of, self._config), backups)

    def twins(self, examine: Examining) -> Twins:
        """`examine`, with each content of a backup looked at once."""
        known = (*self._values(IdType.NAME), *self._ours)
        registers = ByPath(self._config.registers, self._origins)
        return Twins(examine, self._origins, registers, partial(strangers_on, known))

    def _settings(self, papers: bool) -> ExamineSettings:
        from scanner.examine import ExamineSettings  # noqa: PLC0415 - see above

        names, addresses = self._values(IdType.NAME), self._values(IdType.ADDRESS)
        language = self._config.agent.language
        subject = tuple(self._subject)
        return ExamineSettings(self._reader(), names, self._ours, addresses, subject, language, papers=papers)

    def _values(self, kind: IdType) -> tuple[str, ...]:
        return tuple(one.value for one in self._subject if one.type is kind)
