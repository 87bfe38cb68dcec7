"""What is backed up in the suite: three states of one folder, with look-alikes and hostile names. Persons are made up.

Each state is a mapping of paths, with `/`, to bytes. Names that are no UTF-8 hold surrogate escapes (PEP 383).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SUBJECT: Final = "kunder/Anna/brev-7731.txt"
"""In the first two states with the same bytes, then deleted: what most checks erase. Its name is found nowhere else."""

CANARY: Final = b"Anna Andersson, kanariefageln 7731-QX\n"
"""The bytes of SUBJECT, which are found nowhere else."""

STAYING: Final = "kunder/Anna/avtal.txt"
"""The same in all three."""

SHARED: Final = "kunder/lista.csv"
"""Another content in each state."""

TURNED: Final = "ruta"
"""A file in the first state, a folder with `TURNED/b` in it in the others, beside `TURNED + "b"`."""

TWINS: Final = ("kopior/ett.txt", "kopior/annan/ett.txt")
"""The same bytes at two paths in the last two states."""

TWIN_BYTES: Final = b"the same bytes twice, 5512-TW\n"

EMPTIED: Final = ("mappar/Bo", "mappar/Cecilia")
"""Folders with one file, `fil.txt`, in all states."""

NEIGHBOURS: Final = (
    "kunder/Anna Andersson/brev.txt", "kunder/Anna/brev-773.txt", "kunder/Anna/Brev-7731.txt", "kunder/anna/brev.txt",
    "Anna/brev.txt", "kunder/Annafrid/Anna/brev.txt",
)  # fmt: skip
"""Look like SUBJECT, and stay when it goes."""

HOSTILE: Final = (
    "*", "x*", "[x]", "?", "**/y", "-rf", "--", "!neg", "#rem", "$HOME", "${IFS}", "%41", " blank ", "tail ", "a\nb",
    "a\\b", "a\\", "'q'", '"q"', "{p,r}", "re:x", "sh:x", "pf:x", "..x", "a;b", "(x|y)", "^x$", "~",
    "raksmo\u0308rga\u030as", "\udcff\udce5.txt",
)  # fmt: skip
"""Paths below `namn/` that are taken for a pattern, an option or an escape where somebody is careless."""

PLAIN: Final = (
    "x", "xy", "y", "z/y", "rf", "neg", "rem", "HOME", "IFS", "A", "blank", "tail", "a", "b", "ab", "q", "p", "r",
    "home", "raksm\u00f6rg\u00e5s", "\udcff.txt",
)  # fmt: skip
"""Paths below `namn/` that those then take with them."""


def hostile() -> tuple[str, ...]:
    """The whole paths of HOSTILE."""
    return tuple(f"namn/{name}" for name in HOSTILE)


def plain() -> tuple[str, ...]:
    """The whole paths of PLAIN."""
    return tuple(f"namn/{name}" for name in PLAIN)


def states() -> tuple[Mapping[str, bytes], ...]:
    """The three, the oldest first."""
    always = {STAYING: b"an agreement that stays, 1\n", "kunder/tom.txt": b""}
    always |= {path: f"neighbour {number}\n".encode() for number, path in enumerate(NEIGHBOURS)}
    always |= {path: f"hostile {number}\n".encode() for number, path in enumerate(hostile())}
    always |= {path: f"plain {number}\n".encode() for number, path in enumerate(plain())}
    always |= {f"{folder}/fil.txt": f"in a folder {number}\n".encode() for number, folder in enumerate(EMPTIED)}
    turned = {f"{TURNED}/b": b"below\n"}
    twins = dict.fromkeys(TWINS, TWIN_BYTES)
    return (
        always | {SUBJECT: CANARY, SHARED: b"first\n", TURNED: b"a file once\n", TURNED + "b": b"longer\n"},
        always | {SUBJECT: CANARY, SHARED: b"second, longer\n", TURNED + "b": b"longer\n"} | turned | twins,
        always | {SHARED: b"third\n", TURNED + "b": b"longer\n", "sist.txt": b"the last\n"} | turned | twins,
    )
