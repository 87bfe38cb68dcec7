"""A certificate's rows on backups and on what people were asked for, in one language. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.certificate_backup_texts import BACKUP_TEXTS

Json = dict[str, Any]
Rows = Iterator[tuple[str, str]]

_DATED = ("kept", "held", "immutable")


def words(language: str) -> Mapping[str, str]:
    """The words of this part."""
    return BACKUP_TEXTS[language]


def asked(values: Json, text: Mapping[str, str]) -> str:
    """What the request says of backups, and how many are known."""
    told, unknown = values["request"]["backups"], len(values.get("uncovered", ()))
    if not told["asked"]:
        return text["backups_not_asked"]
    if not told["configured"]:
        return text["backups_unknown_only" if unknown or "uncovered" not in values else "backups_none"]
    known = _counted(text["backups_asked"], told["configured"])
    return f"{known}; {_counted(text['backups_unknown'], unknown)}" if unknown else known


def note(values: Json, text: Mapping[str, str], withheld: str) -> str | None:
    """The remark on sources of which no backup is known; None where there is nothing to remark."""
    if not values["request"]["backups"]["asked"] or not values.get("uncovered"):
        return None
    names = [name or withheld for name in values["uncovered"]]
    return text["backups_note"].format(sources=", ".join(names))


def backup_rows(values: Json, text: Mapping[str, str]) -> Rows:
    """Each backup with what became of what it had of the person."""
    for row in values.get("backups", ()):
        yield row["backup"] or text["backup_number"].format(number=row["number"]), "; ".join(_done(row, text))


def hand_rows(values: Json, text: Mapping[str, str]) -> Rows:
    """Each place that people were asked about, with their answer."""
    for row in values.get("hands", ()):
        name = row["name"] or text["hand_number"].format(number=row["number"])
        yield f"{name} ({text[row['kind']]})", ", ".join(_said(row, text))


def _done(row: Json, text: Mapping[str, str]) -> Iterator[str]:
    if not row["searched_at"]:
        yield text["backup_unsearched"]
    elif not row["found"]:
        yield text["backup_nothing"]
    if row["dropped"]:
        snapshots = _counted(text["backup_snapshots"], row["snapshots"])
        yield _counted(text["backup_dropped"], row["dropped"], snapshots=snapshots)
    if row["absent"]:
        yield _counted(text["backup_absent"], row["absent"])
    for kind in _DATED:
        for one in row[kind]:
            until = one["until"] or text["backup_until_unknown"]
            yield _counted(text[f"backup_{kind}"], one["count"], until=until)
    if row["open"]:
        yield _counted(text["backup_open"], row["open"])


def _said(row: Json, text: Mapping[str, str]) -> Iterator[str]:
    state = text.get(f"hand_{row['state']}", text["hand_open"])
    yield state.format(until=row["until"] or text["backup_until_unknown"])
    if row["on"]:
        yield text["hand_said"].format(by=row["by"] or text["hand_by_withheld"], on=row["on"])
        yield text["hand_written" if row["written"] else "hand_unwritten"]


def _counted(form: str, count: int, **more: object) -> str:
    one, _, many = form.partition("|")
    return ((many or one) if count != 1 else one).format(count=count, **more)
