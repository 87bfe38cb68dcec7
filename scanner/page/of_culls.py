"""The words of a page about a case of routine culling, where they are others than those about a person."""

from __future__ import annotations

from typing import Final

OF_CULLS: Final[dict[str, dict[str, str]]] = {
    "sv": {
        "title": "Vad som får gallras enligt en regel",
        "subject": "Rutinmässig gallring: ingen enskild person har begärt den",
        "missing": "Obs",
        "own": "får gallras enligt regeln",
        "nothing": "Ingenting ska gallras.",
        "nothing_but": "Ingenting ska gallras, men allt gick inte att titta på.",
    },
    "en": {
        "title": "What may go by a rule of culling",
        "subject": "Routine culling: it is about no person",
        "missing": "Note",
        "own": "may go by the rule",
        "nothing": "Nothing is due.",
        "nothing_but": "Nothing is due, but not all could be looked at.",
    },
}
PATTERNS_OF_CULLS: Final = (
    (r"due since ([0-9-]+) by the rule (.+)", "får gallras sedan {0} enligt regeln {1}"),
    (
        r"([0-9]+) more are due: one run of this rule takes ([0-9]+) \(max_items\)",
        "{0} till får gallras: regeln tar {1} åt gången (max_items)",
    ),
    (
        r"([0-9]+) that the rule is about have no known day, and are never culled",
        "{0} som regeln gäller har inget känt datum, och gallras aldrig",
    ),
    (
        r"([0-9]+) that are due could only be erased by people, in the source itself",
        "{0} som får gallras kan bara raderas av människor, i själva källan",
    ),
    (
        r"copies in backups are no part of a cull: they leave when the backups expire",
        "kopior i säkerhetskopior ingår inte: de försvinner när säkerhetskopiorna löper ut",
    ),
    (
        r"only what its text looks like says that the rule is about it: look at it before it is erased",
        "bara det som texten liknar säger att regeln gäller det: titta på det innan det raderas",
    ),
    (
        r"part of it could not be read: look whether the law keeps it before it is erased",
        "en del gick inte att läsa: se efter om lagen kräver att det sparas innan det raderas",
    ),
    (
        r"not erased: by its own dates, read right before, no rule says that it may go",
        "inte raderat: enligt sina egna datum, lästa strax innan, får det inte gallras",
    ),
    (
        r"a rule of culling may be about it, and it could not be looked at, or has changed since the last scan",
        "en gallringsregel kan gälla det, och det gick inte att titta på eller har ändrats sedan den senaste "
        "genomgången",
    ),
)
