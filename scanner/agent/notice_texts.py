"""The words of notices, in Swedish and English: what happened, and the command that comes next. Pure; names nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from scanner.agent.done import Notice
from scanner.printable import clean

_TITLES: Final[Mapping[str, Mapping[str, str]]] = {
    "sv": {
        "returned": "Raderade uppgifter har kommit tillbaka",
        "hold-ended": "Det som en lag har hållit kvar behöver inte vara kvar längre",
        "culled": "Gallring",
        "deadline": "En begäran ska besvaras",
        "task": "En uppgift väntar på någon",
        "erased": "Agenten har raderat",
        "failing": "Något misslyckas gång på gång",
        "recovered": "Det fungerar igen",
        "drift": "Data stämmer inte med policyn",
        "attention": "Någon behöver titta på detta",
    },
    "en": {
        "returned": "Erased data has come back",
        "hold-ended": "What a law has held need not be kept any longer",
        "culled": "Routine culling",
        "deadline": "A request must be answered",
        "task": "A task waits for somebody",
        "erased": "The agent has erased",
        "failing": "Something fails again and again",
        "recovered": "It works again",
        "drift": "The data is not as the policy says",
        "attention": "Somebody must look at this",
    },
}
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "sv": {
        "case": "Ärende",
        "source": "Källa eller regel",
        "due": "Dag",
        "counts": "Antal",
        "next": "Nästa steg",
        "several": "{count} meddelanden",
        "foot": "Skickat av gallra. Här står inga personuppgifter; de finns i ärendet.",
    },
    "en": {
        "case": "Case",
        "source": "Source or rule",
        "due": "Day",
        "counts": "Count",
        "next": "Next",
        "several": "{count} notices",
        "foot": "Sent by gallra. No personal data stands here; it is in the case.",
    },
}
_COUNTS: Final[Mapping[str, str]] = {
    "absent": "borta sedan tidigare",
    "blocked": "hindrade",
    "breaking": "bryter mot regeln",
    "days_left": "dagar kvar",
    "days_over": "dagar för sent",
    "erased": "raderade",
    "failed": "misslyckade",
    "failures": "misslyckanden",
    "held": "kvarhållna",
    "items": "objekt",
    "kept": "sparade",
    "looked": "kontrollerade",
    "open": "öppna",
    "recoverable": "går att återställa en tid",
    "task": "uppgifter",
    "untold": "gick inte att avgöra",
}
"""What is counted, in Swedish; what is not here is told as it is called."""
_NEXT: Final[Mapping[str, str]] = {
    "returned": "gallra after-restore",
    "task": "gallra tasks",
    "drift": "gallra status --policy",
    "failing": "gallra status",
    "attention": "gallra status",
}
_OF_CASES: Final = frozenset({"task", "drift"})  # whose next command is the same, whether they name a case or not


def title(notice: Notice, language: str) -> str:
    """What happened, in a few words."""
    return _TITLES[language].get(notice.event, notice.event)


def next_command(notice: Notice) -> str:
    """What to run now; "" where nothing needs to be done."""
    if notice.case and notice.event not in _OF_CASES:
        return f"gallra show {notice.case}"
    return _NEXT.get(notice.event, "")


def line_of(notice: Notice, language: str) -> str:
    """All of it in one line."""
    facts = "; ".join(f"{name}: {value}" for name, value in _facts(notice, language))
    return f"{title(notice, language)}. {facts}" if facts else title(notice, language)


def subject_of(notices: Sequence[Notice], language: str) -> str:
    """The subject of a mail of these."""
    if len(notices) > 1:
        return f"gallra: {_WORDS[language]['several'].format(count=len(notices))}"
    case = f" ({notices[0].case})" if notices[0].case else ""
    return f"gallra: {title(notices[0], language)}{case}"


def body_of(notices: Sequence[Notice], language: str) -> str:
    """The text of that mail."""
    lines: list[str] = []
    for one in notices:
        lines += [title(one, language), *(f"  {name}: {value}" for name, value in _facts(one, language)), ""]
    return "\n".join([*lines, _WORDS[language]["foot"]]) + "\n"


def _facts(notice: Notice, language: str) -> list[tuple[str, str]]:
    counts = ", ".join(f"{_counted(name, language)} {number}" for name, number in sorted(notice.counts.items()))
    found = {
        "case": notice.case,
        "source": clean(notice.source),
        "due": notice.due.isoformat() if notice.due else "",
        "counts": counts,
        "next": next_command(notice),
    }
    return [(_WORDS[language][key], value) for key, value in found.items() if value]


def _counted(name: str, language: str) -> str:
    return clean(_COUNTS.get(name, name) if language == "sv" else name.replace("_", " "))
