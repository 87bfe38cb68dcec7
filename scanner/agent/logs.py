"""The agent's log: one line an event, JSON or text, in which only known keys stand, each of a known shape.

No personal data can slip in by a slip of the pen: what is not listed here is left out, of an exception only its type is
told (its text may hold a path or a name), and from sentences every word is taken that could be an address, a path or a
number of a person. A log that cannot be written harms nothing: the line is lost, and the next one is tried.
"""

from __future__ import annotations

import io
import logging
import logging.handlers
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, TextIO, cast

import structlog
from structlog.stdlib import BoundLogger
from structlog.typing import EventDict, Processor, WrappedLogger

from config.running import Log
from connectors.errors import ConfigError
from scanner.printable import clean

WITHHELD: Final = "…"

_LONGEST: Final = 300  # characters of a sentence
_LONGEST_NAME: Final = 100
_EVENT: Final = re.compile(r"[a-z][a-z ,-]{0,79}")
_WORD: Final = re.compile(r"[a-z][a-z-]{0,39}")
_COUNTED: Final = re.compile(r"[a-z][a-z _-]{0,39}")
_CASE: Final = re.compile(r"[0-9]{4}-[0-9]{4,9}", re.ASCII)
_TELLING: Final = re.compile(r"\S*(?:[@\\/]|[0-9](?:[ -]?[0-9]){4})\S*")
_LIBRARIES: Final = ("apscheduler", "watchdog", "urllib3")


def open_log(log: Log) -> BoundLogger:
    """The log as the configuration asks for it; stderr where it names no file.

    Raises ConfigError where the file cannot be opened. What libraries would log is silenced: it holds tracebacks and
    paths. To open it again, as after SIGHUP, `close_log` the old one first.
    """
    for name in _LIBRARIES:
        _silence(logging.getLogger(name))
    plain = logging.Logger("gallra.agent", logging.getLevelName(log.level.upper()))  # in no tree: nobody else listens
    handler = _handler(log)
    handler.setFormatter(_Bare())
    plain.addHandler(handler)
    processors: list[Processor] = [
        structlog.stdlib.filter_by_level,
        only_known,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        *_rendering(log.format),
    ]
    made = structlog.wrap_logger(
        plain, processors=processors, wrapper_class=BoundLogger, context_class=dict, cache_logger_on_first_use=True
    )
    return cast(BoundLogger, made.bind())


def close_log(log: BoundLogger) -> None:
    """Let go of the log's file; lines after that are lost."""
    plain: logging.Logger = log._logger
    for handler in plain.handlers[:]:
        plain.removeHandler(handler)
        with suppress(OSError):
            handler.close()
    plain.addHandler(logging.NullHandler())


def only_known(_: WrappedLogger, __: str, told: EventDict) -> EventDict:
    """What of an event may be written down."""
    kept: EventDict = {"event": _event(told.get("event"))}
    fault = told.get("fault") or told.get("exc_info")
    if fault:
        kept["fault"] = _fault(fault)
    for key, shaped in KNOWN.items():
        if key in told and told[key] is not None:
            kept[key] = shaped(told[key])
    return kept


def _event(value: object) -> str:
    return value if isinstance(value, str) and _EVENT.fullmatch(value) else WITHHELD


def _name(value: object) -> str:
    """A name that an admin gave: of a source, a rule, a job."""
    return clean(value)[:_LONGEST_NAME] if isinstance(value, str) else WITHHELD


def _word(value: object) -> str:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else WITHHELD


def _case(value: object) -> str:
    return value if isinstance(value, str) and _CASE.fullmatch(value) else WITHHELD


def _number(value: object) -> int | str:
    return value if isinstance(value, int) else WITHHELD


def _seconds(value: object) -> float | str:
    return round(value, 3) if isinstance(value, int | float) else WITHHELD


def _when(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else WITHHELD


def _counts(value: object) -> dict[str, int]:
    if not isinstance(value, Mapping):
        return {}
    return {k: v for k, v in value.items() if isinstance(k, str) and _COUNTED.fullmatch(k) and isinstance(v, int)}


def sentence(value: object) -> str:
    """A sentence of our own for an admin, without words that could be personal data; of an exception its type."""
    if isinstance(value, BaseException):
        return type(value).__name__
    return _TELLING.sub(WITHHELD, clean(value))[:_LONGEST] if isinstance(value, str) else WITHHELD


def _fault(value: object) -> str:
    if value is True:
        value = sys.exc_info()[1]
    if isinstance(value, tuple) and len(value) == 3:  # as sys.exc_info gives it
        value = value[1]
    return type(value).__name__ if isinstance(value, BaseException) else _word(value)


KNOWN: Final[Mapping[str, Callable[[object], Any]]] = {
    "job": _name,
    "source": _name,
    "rule": _name,
    "case": _case,
    "kind": _word,
    "way": _word,
    "signal": _word,
    "state": _word,
    "outcome": _word,
    "watch": _word,
    "run": _number,
    "pid": _number,
    "code": _number,
    "failures": _number,
    "tries": _number,
    "problems": _number,
    "paths": _number,  # how many
    "jobs": _number,
    "seconds": _seconds,
    "next": _when,
    "due": _when,
    "counts": _counts,
    "error": sentence,
}
"""The keys that may stand in the log, besides event, time, level and fault, in their order; and the shape of each."""


def _rendering(form: str) -> list[Processor]:
    if form == "json":
        return [_in_order, structlog.processors.JSONRenderer(ensure_ascii=False)]
    order = ["time", "level", "event", "fault", *KNOWN]
    return [_flat, structlog.processors.LogfmtRenderer(key_order=order, drop_missing=True, bool_as_flag=False)]


def _in_order(_: WrappedLogger, __: str, told: EventDict) -> EventDict:
    return {"time": told.pop("time"), "level": told.pop("level"), **told}


def _flat(_: WrappedLogger, __: str, told: EventDict) -> EventDict:
    """Counts one by one, as text has no place for a table."""
    counts = told.pop("counts", {})
    told.update({f"count_{name.replace(' ', '_')}": number for name, number in counts.items()})
    return told


def _silence(library: logging.Logger) -> None:
    library.propagate = False
    if not library.handlers:
        library.addHandler(logging.NullHandler())


def _handler(log: Log) -> logging.Handler:
    if log.file is None:
        return _Stderr()
    try:
        return _File(
            log.file, maxBytes=log.max_bytes, backupCount=log.keep, encoding="utf-8", errors="backslashreplace"
        )
    except OSError as error:
        why = os.strerror(error.errno or 0)
        hint = "its folder must be there, and be writable for this user"
        raise ConfigError([f"[log] file: cannot be written: {why}; {hint}"]) from None


class _Bare(logging.Formatter):
    """What was rendered, and no traceback after it."""

    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage()


class _Stderr(logging.StreamHandler[TextIO]):
    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Nothing: there is nowhere to tell it."""


class _File(logging.handlers.RotatingFileHandler):
    """Mode 0600. Nothing is buffered: what a full disk did not take is forgotten, not gathered in memory."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Nothing: there is nowhere to tell it."""

    def doRollover(self) -> None:  # noqa: N802
        """Turn the file over; where that is not possible, it grows on."""
        if self.backupCount == 0:
            with suppress(OSError):
                os.truncate(self.baseFilename, 0)
            return
        with suppress(OSError):
            super().doRollover()

    def _open(self) -> io.TextIOWrapper:
        raw = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with suppress(OSError):  # another's file: it may be one that only root may change
            if Path(self.baseFilename).is_file():
                os.fchmod(raw, 0o600)
        return io.TextIOWrapper(
            cast(io.BufferedWriter, io.FileIO(raw, "ab")),
            encoding=self.encoding,
            errors=self.errors,
            write_through=True,
        )
