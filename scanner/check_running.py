"""What `gallra check` says of schedules: those by which nothing would ever be begun, and what `gallra run` lacks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Final

from config.cron import read_cron
from config.model import Config, Source
from config.running import Health, Log, Notify, Schedule, Schedules
from config.secrets import resolve
from config.times import is_quiet
from connectors.errors import ConfigError

_EXTRA: Final = {
    "apscheduler": "APScheduler",
    "prometheus_client": "prometheus-client",
    "structlog": "structlog",
    "watchdog": "watchdog",
}
_MONDAY: Final = datetime(2001, 1, 1)  # any week serves
_MINUTE: Final = timedelta(minutes=1)
_WEEK: Final = 7 * 24 * 60


def running_problems(config: Config) -> list[str]:
    """Schedules that never begin anything, a log's folder and a webhook's secret that are not there."""
    problems = [
        f"{where}: all that its schedule says falls in its quiet hours, so nothing is ever begun: change one of them"
        for where, schedule in _schedules(config)
        if _never(schedule)
    ]
    if config.log.file is not None and not config.log.file.parent.is_dir():
        problems.append("[log] file: its folder is not there, and gallra run does not begin without it: make it")
    if config.notify.secret:
        try:
            resolve(config.notify.secret, config.base)
        except ConfigError as error:
            problems += [f"[notify] secret: {one}" for one in error.problems]
    return problems


def running_advice(config: Config) -> list[str]:
    """That the agent's packages are not installed, where the file says anything of what it does."""
    wanted, missing = list(_wanted(config)), missing_packages()
    if not wanted or not missing:
        return []
    return [
        f"{', '.join(wanted)}: only gallra run heeds it, which needs {', '.join(missing)}, not installed here: "
        "pip install 'gallra[agent]'"
    ]


def missing_packages() -> list[str]:
    """What `gallra run` needs and is not installed."""
    return [name for module, name in _EXTRA.items() if find_spec(module) is None]


def _schedules(config: Config) -> Iterator[tuple[str, Schedule]]:
    """Each schedule that somebody wrote, and what it is called."""
    if any(one.schedule is None for one in config.places):
        yield "[schedule]", config.schedules.sources
    for one in config.places:
        if one.schedule is not None:
            yield _called(one), one.schedule


def _never(schedule: Schedule) -> bool:
    """True where no minute of a week is both due and not quiet."""
    if not schedule.quiet or not (schedule.every or schedule.cron):
        return False
    cron = read_cron(schedule.cron) if schedule.cron else None
    for number in range(_WEEK):
        moment = _MONDAY + number * _MINUTE
        due = cron is None or (
            moment.weekday() in cron.weekdays and moment.hour in cron.hours and moment.minute in cron.minutes
        )
        if due and not is_quiet(schedule.quiet, moment):
            return False
    return True


def _wanted(config: Config) -> Iterator[str]:
    """What the file says that only `gallra run` heeds."""
    tables = {
        "[schedule]": config.schedules != Schedules(),
        "[notify]": config.notify != Notify(),
        "[log]": config.log != Log(),
        "[health]": config.health != Health(),
    }
    yield from (table for table, is_set in tables.items() if is_set)
    yield from (_called(one) for one in config.places if one.schedule is not None or one.watch)


def _called(place: Source) -> str:
    return f'[[{"backup" if place.backup else "source"}]] "{place.name}"'
