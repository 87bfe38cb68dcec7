"""What an erasure of Anna may leave and must leave in the small company, told by os and hashlib."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Set

from tests.little import ANNA, BO, FILES, HERS

LIST = "kunder/lista.csv"
SPARED = f"Namn;E-post;Mobil\nBo Dal;{BO};070-174 06 06\n".encode()  # the list without her row
LISTED = hashlib.sha256(SPARED).hexdigest()


def only_hers_went(before: Mapping[str, str], after: Mapping[str, str], gone: Set[str] = HERS) -> None:
    """Her files and her row are gone; every other byte of the sources is as it was, and nothing is new."""
    assert ANNA in FILES["lista.csv"]
    assert set(before) - set(after) == gone
    assert {**before, LIST: LISTED}.items() >= after.items(), [
        path for path in after if after[path] != before.get(path)
    ]
    assert after[LIST] == LISTED, "her row left the list"


def whole_or_less(before: Mapping[str, str], after: Mapping[str, str], doomed: Set[str]) -> None:
    """At any moment of a run: nothing but hers is missing, and the list is the old one or the new one."""
    stray = {path for path in after if path not in before}
    assert all(os.path.basename(path).startswith(".gallra-") for path in stray), stray
    assert set(before) - set(after) <= doomed
    changed = {path for path in set(after) - stray if after[path] != before[path]}
    assert changed <= {LIST}
    assert after[LIST] in (before[LIST], LISTED)
