"""A case as JSON and back: the blob that is sealed. Not the contract of the command line (that is answer_json)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from connectors.base import GapReason, LeftOut, Locator, Receipt, Strength, Version
from connectors.base import Outcome as Removal
from scanner.model import (
    Accepted,
    Action,
    Case,
    CaseGap,
    Choice,
    Cut,
    Evidence,
    Finding,
    InBackups,
    Ownership,
    Request,
    Searched,
    State,
    Step,
    SubjectId,
    Suggestion,
    Tier,
    Verdict,
    Whether,
)
from scanner.records import IdType, Role

FORMAT = 2
_READ = (1, 2)  # what this gallra opens
Json = dict[str, Any]


def dump_case(case: Case) -> bytes:
    """The whole case. Names that are not UTF-8 survive: locators are percent-encoded, all else is ASCII JSON."""
    return pack(
        {
            "format": FORMAT,
            "number": case.number,
            "created": case.created.isoformat(),
            "subject": [_subject(one) for one in case.subject],
            "findings": [_finding(one) for one in case.findings],
            "gaps": [[str(one.locator), one.reason.value, one.detail] for one in case.gaps],
            "searched": [_searched(one) for one in case.searched],
            "shown_plan": case.shown_plan,
            "approved_plan": case.approved_plan,
            "status": case.status,
            "approved_at": _when(case.approved_at),
            "run_at": _when(case.run_at),
            "verified_at": _when(case.verified_at),
            "request": _request(case.request),
            "accepted": [_accepted(one) for one in case.accepted],
            "rules": case.rules,
            "missing": case.missing,
            "suggestions": [_suggestion(one) for one in case.suggestions],
            "in_backups": case.in_backups.value if case.in_backups else None,
            "in_backups_why": case.in_backups_why,
            "cull": case.cull,
            "choices": [[one.type.value, one.value, one.answer.value] for one in case.choices],
        }
    )


def load_case(blob: bytes) -> Case:
    """What `dump_case` wrote, now or in an earlier version. Raises ValueError on another format."""
    raw = json.loads(blob)
    if raw.get("format") not in _READ:
        raise ValueError(f"case format {raw.get('format')}: this gallra reads format {FORMAT}")
    return Case(
        number=raw["number"],
        created=datetime.fromisoformat(raw["created"]),
        subject=[_load_subject(one) for one in raw["subject"]],
        findings=[_load_finding(one) for one in raw["findings"]],
        gaps=[CaseGap(Locator.parse(where), GapReason(why), detail) for where, why, detail in raw["gaps"]],
        searched=[_load_searched(*one) for one in raw["searched"]],
        shown_plan=raw["shown_plan"],
        approved_plan=raw["approved_plan"],
        status=raw["status"],
        approved_at=_load_when(raw["approved_at"]),
        run_at=_load_when(raw["run_at"]),
        verified_at=_load_when(raw["verified_at"]),
        request=_load_request(raw.get("request", {})),
        accepted=[_load_accepted(one) for one in raw.get("accepted", ())],
        rules=raw.get("rules", ""),
        missing=raw.get("missing", []),
        in_backups=InBackups(raw["in_backups"]) if raw.get("in_backups") else None,
        in_backups_why=raw.get("in_backups_why", ""),
        cull=raw.get("cull", ""),
        suggestions=[_load_suggestion(*one) for one in raw.get("suggestions", ())],
        choices=[Choice(IdType(kind), value, Whether(said)) for kind, value, said in raw.get("choices", ())],
    )


def step_json(step: Step) -> Json:
    """One step of a plan, for the journal."""
    return {
        "locator": str(step.locator),
        "version": version_json(step.version),
        "content": step.content,
        "findings": list(step.findings),
        "cuts": [[list(one.steps), one.amend, one.print, one.occurrence] for one in step.cuts],
        "folder": step.folder,
        "notifies": step.notifies,
    }


def load_step(raw: Json) -> Step:
    """What `step_json` made."""
    return Step(
        Locator.parse(raw["locator"]),
        load_version(raw["version"]),
        raw["content"],
        tuple(raw["findings"]),
        tuple(Cut(tuple(steps), *rest) for steps, *rest in raw.get("cuts", ())),
        raw.get("folder", False),
        raw.get("notifies", False),
    )


def receipt_json(receipt: Receipt) -> Json:
    """What a source said of a removal, for the journal."""
    return {
        "locator": str(receipt.locator),
        "outcome": receipt.outcome.value,
        "survives": list(receipt.survives),
        "until": receipt.until.isoformat() if receipt.until else None,
    }


def load_receipt(raw: Json) -> Receipt:
    """What `receipt_json` made."""
    return Receipt(
        Locator.parse(raw["locator"]), Removal(raw["outcome"]), tuple(raw["survives"]), load_date(raw["until"])
    )


def load_date(text: str | None) -> date | None:
    """An ISO date or nothing."""
    return date.fromisoformat(text) if text else None


def pack(value: Json) -> bytes:
    """Compact ASCII JSON."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _subject(one: SubjectId) -> list[object]:
    return [one.type.value, one.value, one.given, one.because, one.shared, one.unsure]


def _load_subject(raw: list[Any]) -> SubjectId:
    kind, value, *rest = raw
    return SubjectId(IdType(kind), value, *rest)


def _suggestion(one: Suggestion) -> list[object]:
    return [one.name, one.type.value, one.value, one.places, one.where, one.unsure]


def _load_suggestion(name: str, kind: str, *rest: Any) -> Suggestion:  # noqa: ANN401 - as JSON gives it
    return Suggestion(name, IdType(kind), *rest)


def _finding(one: Finding) -> Json:
    return {
        "id": one.id,
        "locator": str(one.locator),
        "kind": one.kind,
        "tier": one.tier.value,
        "evidence": [[seen.type.value, seen.role.value, *([seen.how] if seen.how else [])] for seen in one.evidence],
        "ownership": one.ownership.value,
        "action": one.action.value,
        "version": version_json(one.version),
        "content": one.content,
        "others": one.others,
        "links": one.links,
        "state": one.state.value,
        "until": one.until.isoformat() if one.until else None,
        "reason": one.reason,
        "verdict": one.verdict.value if one.verdict else None,
        "offer": one.offer.value,
        "print": one.print,
        "occurrence": one.occurrence,
        "statute": one.statute,
        "hold": one.hold,
        "beside": list(one.beside),
        "taken": one.taken,
        "notifies": one.notifies,
        "since": _when(one.since),
        "mark": one.mark,
        "unseen": one.unseen,
        "copy_of": one.copy_of,
        "snapshots": one.snapshots,
        "oldest": _when(one.oldest),
        "newest": _when(one.newest),
        "part": one.part,
        "lapsed": [one.lapsed, _day(one.lapsed_on)],
        "proposed": one.proposed.value if one.proposed else None,
    }


def _load_finding(raw: Json) -> Finding:
    return Finding(
        id=raw["id"],
        locator=Locator.parse(raw["locator"]),
        kind=raw["kind"],
        tier=Tier(raw["tier"]),
        evidence=tuple(Evidence(IdType(kind), Role(role), *how) for kind, role, *how in raw["evidence"]),
        ownership=Ownership(raw["ownership"]),
        action=Action(raw["action"]),
        version=load_version(raw["version"]),
        content=raw["content"],
        others=raw["others"],
        links=raw["links"],
        state=State(raw["state"]),
        until=load_date(raw["until"]),
        reason=raw["reason"],
        verdict=Verdict(raw["verdict"]) if raw["verdict"] else None,
        offer=Action(raw.get("offer", Action.REMOVE)),
        print=raw.get("print", ""),
        occurrence=raw.get("occurrence", 1),
        statute=raw.get("statute"),
        hold=raw.get("hold", ""),
        beside=tuple(raw.get("beside", ())),
        taken=raw.get("taken", False),
        notifies=raw.get("notifies", 0),
        since=_load_when(raw.get("since")),
        mark=raw.get("mark", ""),
        unseen=raw.get("unseen", False),
        copy_of=raw.get("copy_of", 0),
        snapshots=raw.get("snapshots", 0),
        oldest=_load_when(raw.get("oldest")),
        newest=_load_when(raw.get("newest")),
        part=raw.get("part", False),
        lapsed=raw.get("lapsed", ("", None))[0],
        lapsed_on=load_date(raw.get("lapsed", ("", None))[1]),
        proposed=Action(raw["proposed"]) if raw.get("proposed") else None,
    )


def _request(one: Request) -> Json:
    return {
        "received": _day(one.received),
        "due": _day(one.due),
        "extended_at": _day(one.extended_at),
        "identified": one.identified,
        "identified_by": one.identified_by,
        "identified_at": _when(one.identified_at),
        "backups": one.backups,
    }


def _load_request(raw: Json) -> Request:
    return Request(
        received=load_date(raw.get("received")),
        due=load_date(raw.get("due")),
        extended_at=load_date(raw.get("extended_at")),
        identified=raw.get("identified"),
        identified_by=raw.get("identified_by"),
        identified_at=_load_when(raw.get("identified_at")),
        backups=raw.get("backups", True),
    )


def _searched(one: Searched) -> list[Any]:
    left = [[out.setting, out.items, out.folders, out.countable] for out in one.left_out]
    return [one.source, one.items, one.records, _when(one.scanned_at), left, one.error, one.follows]


def _load_searched(
    source: str,
    items: int,
    records: int,
    when: str | None,
    left: Sequence[Sequence[Any]] = (),
    error: str = "",
    follows: str = "",
) -> Searched:
    """One line; an earlier version wrote the first four columns of it."""
    return Searched(source, items, records, _load_when(when), tuple(LeftOut(*out) for out in left), error, follows)


def _accepted(one: Accepted) -> list[str]:
    return [str(one.locator), one.reason.value, one.by, one.why, one.at.isoformat()]


def _load_accepted(raw: list[str]) -> Accepted:
    where, reason, by, why, at = raw
    return Accepted(Locator.parse(where), GapReason(reason), by, why, datetime.fromisoformat(at))


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def version_json(version: Version) -> list[str]:
    """A source's version of an item."""
    return [version.token, version.strength.value]


def load_version(raw: list[str]) -> Version:
    """What `version_json` made."""
    return Version(raw[0], Strength(raw[1]))


def _when(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _load_when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
