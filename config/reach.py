"""What must not lie where a source would read and change it as its own: a phone's exports, a backup."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from config.model import Source
from connectors.files.globs import Globs


def in_reach(folder: str, sources: Iterable[Source], key: str = "path") -> Iterator[Source]:
    """The sources of which one lies in the other with this folder, but for those that leave it out with `exclude`.

    `key` is the setting that holds a source's own folder.
    """
    place = Path(os.path.realpath(folder))
    for one in sources:
        other_folder = one.settings.get(key)
        if not isinstance(other_folder, str) or not other_folder:
            continue
        other = Path(os.path.realpath(other_folder))
        if not (other == place or other in place.parents or place in other.parents):
            continue
        if other not in place.parents or not _leaves_out(one, str(place.relative_to(other))):
            yield one


def _leaves_out(source: Source, folder: str) -> bool:
    """True where its `exclude` keeps it from all that may lie in the folder, at any depth."""
    excluded = Globs(source.settings.get("exclude") or ())
    return all(excluded.covers(f"{folder}/{some_path}") for some_path in ("any name.bin", "any folder/any name.bin"))
