"""What the agent tells a job, and what the job answers: one JSON line each way, through its stdin and stdout."""

from __future__ import annotations

import base64
import json
import pickle
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from config.model import Config

BUSY: Final = "busy"
"""The outcome of a job that found its source, or its chore, in the hands of another process: nothing was done."""


@dataclass(frozen=True, slots=True)
class Order:
    """Do this job (`scan:NAME`, `chore:NAME`), as run `run` of the Book.

    `paths`: look at these alone; None: walk the source. `full`: read all again. `settings` is the configuration that
    the agent goes by, which the file at `config` need not hold any more; None: read the file.
    """

    config: Path
    job: str
    run: int
    paths: frozenset[str] | None = None
    full: bool = False
    settings: Config | None = None

    def line(self) -> bytes:
        """The order as it is sent. The settings hold no secret, only references to them."""
        told: dict[str, object] = {"config": str(self.config), "job": self.job, "run": self.run, "full": self.full}
        told["paths"] = None if self.paths is None else sorted(self.paths)
        if self.settings is not None:
            told["settings"] = base64.b64encode(pickle.dumps(self.settings)).decode("ascii")
        return json.dumps(told).encode("ascii") + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Order:
        """The order in a line that the agent that started us sent. Raises ValueError, KeyError for what is none."""
        raw = json.loads(line)
        paths, settings = raw.get("paths"), raw.get("settings")
        return cls(
            config=Path(raw["config"]),
            job=str(raw["job"]),
            run=int(raw["run"]),
            paths=None if paths is None else frozenset(paths),
            full=bool(raw.get("full")),
            settings=pickle.loads(base64.b64decode(settings)) if settings else None,  # noqa: S301 - from our parent
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """How a job ended: `outcome` as of `scanner.agent.book.Run`, or BUSY; `error` is a sentence without names.

    `changed`: a scan altered the index.
    """

    run: int
    outcome: str
    code: int = 0
    changed: bool = False
    error: str = ""

    def line(self) -> bytes:
        """The answer as it is sent."""
        return json.dumps(asdict(self)).encode("ascii") + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Answer | None:
        """The answer in what a job said; None where it died before it could say it."""
        try:
            raw = json.loads(line)
            return cls(int(raw["run"]), str(raw["outcome"]), int(raw["code"]), bool(raw["changed"]), str(raw["error"]))
        except (ValueError, KeyError, TypeError):
            return None
