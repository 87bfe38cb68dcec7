"""What runs beside the jobs, in threads: watching, the health endpoint, notices. Begun, ended, and begun anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from config.model import Config
from scanner.agent.book import FILE
from scanner.agent.health import Health
from scanner.agent.live import Live
from scanner.agent.notices import Notices
from scanner.agent.status import Snapshot, take
from scanner.agent.watching import NOT_WATCHED, Changed, Watching

if TYPE_CHECKING:
    from structlog.stdlib import BoundLogger


class Beside:
    """All of it for one configuration; `live` tells what the agent does at this moment."""

    def __init__(self, config: Config, changed: Changed, live: Callable[[], Live], log: BoundLogger) -> None:
        self._config, self._changed, self._live = config, changed, live
        self._health = Health(config.health.listen, self._snapshot)
        self._notices = Notices(config, config.agent.state / FILE, log)
        self._watching = Watching(config.sources, changed, _own(config))

    def start(self) -> None:
        """Begin. Raises ConfigError where the health endpoint cannot listen; nothing is begun then."""
        self._health.start()
        self._notices.start()
        self._watching.start()

    def stop(self) -> None:
        """End. Takes a few seconds, at most, for each of them."""
        self._health.stop()
        self._watching.stop()
        self._notices.stop()

    def reload(self, config: Config, log: BoundLogger) -> None:
        """Go by another configuration; what it leaves as it was goes on undisturbed. Raises as `start`."""
        before, self._config = self._config, config
        if config.health != before.health:
            health = Health(config.health.listen, self._snapshot)
            try:
                health.start()
            except BaseException:
                self._config = before
                raise
            self._health.stop()
            self._health = health
        self._notices.stop()
        self._notices = Notices(config, config.agent.state / FILE, log)
        self._notices.start()
        if (config.sources, _own(config)) != (before.sources, _own(before)):
            self._watching.stop()
            self._watching = Watching(config.sources, self._changed, _own(config))
            self._watching.start()

    def watches(self) -> dict[str, str]:
        """How each source is watched, as of `LiveJob`."""
        states = self._watching.states().items()
        return {name: "" if state.startswith(NOT_WATCHED) else state for name, state in states}

    def _snapshot(self) -> Snapshot:
        return take(self._config, datetime.now(UTC), self._live())


def _own(config: Config) -> list[Path]:
    """What gallra writes itself: no change of a source."""
    others = (config.log.file, config.erase.statistics)
    return [config.agent.state, *(one for one in others if one is not None)]
