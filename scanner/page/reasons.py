"""Reasons that a case holds, in Swedish. They are kept in English; one that is not known here is shown as it is."""

from __future__ import annotations

import re
from typing import Final

from scanner.at_work import FOR_THE_COMPANY, IN_FOLDER, ONE_OF_US
from scanner.by_hand import REPLACED
from scanner.by_hand import UNTOLD as UNTOLD_BY_HAND
from scanner.candidates import NOT_LOOKED_THROUGH
from scanner.hands.asking import NOT_ASKED, NOTHING_GOES
from scanner.identity.city import BARE, NOBODY, SEVERAL
from scanner.identity.missing import DOUBTFUL, NAME_ALONE, OF_STAFF, SEVERAL_NAMES
from scanner.notifying import AND, UNTOLD
from scanner.page.failures import HEADS, OF_RUNS, OF_SOURCES
from scanner.page.of_backups import HEADS_OF_COPIES, OF_COPIES, OF_TOOLS, PATTERNS_OF_COPIES
from scanner.page.of_culls import PATTERNS_OF_CULLS
from scanner.page.texts import TYPES_SV
from scanner.still_there import STILL_THERE
from scanner.uncovered import UNCOVERED

_FIXED: Final = {
    "it also holds others' data": "det innehåller också andras uppgifter",
    "it may be somebody else of the same name": "det kan vara någon annan med samma namn",
    "what speaks for it is used by several persons: it may be somebody else's": (
        "det som talar för det används av flera: det kan vara någon annans"
    ),
    "the number, whose check digit is wrong, is only written in it: it may be somebody else's": (
        "numret, vars kontrollsiffra är fel, står bara skrivet i det: det kan vara någon annans"
    ),
    "part of it could not be read, or it changed since the last scan": "en del gick inte att läsa, eller så har det "
    "ändrats sedan den senaste genomgången",
    "a single fact speaks for it, which may be somebody else's too": "en enda uppgift talar för det, och den kan vara "
    "någon annans också",
    "the person is only in its properties or its author": "personen finns bara i egenskaperna eller som författare",
    "it is a database: what is in it is for its program to erase": "det är en databas: dess program får radera i den",
    "the person stands in it only as somebody's relation": "personen står där bara som någons anhörig",
    "the person stands in it as another's relation, contact or guardian": "personen står där som någon annans anhörig, "
    "kontakt eller vårdnadshavare",
    "the person is named in it beside others: erasing puts a mark in place of what names the person": "personen nämns "
    "bredvid andra: vid radering sätts ett märke i stället för det som pekar ut personen",
    "it changed since the last scan, or could not be looked at": "det har ändrats sedan den senaste genomgången, eller "
    "så gick det inte att läsa",
    "it could not be tried": "det gick inte att pröva",
    "a note or a link on it, which leaves with it, names others": "en anteckning eller länk på det nämner andra",
    "its name or its folder bears the person's name": "dess namn eller mapp bär personens namn",
    "the folder bears the subject's name": "mappen bär personens namn",
    UNTOLD_BY_HAND: "vad som måste göras för hand kunde inte sägas: källan gick inte att titta på",
    REPLACED: "en nyare export har ersatt den här, som nu ingår i planen",
    UNCOVERED: "ingen [[backup]] täcker den",
    NOTHING_GOES: "ingenting försvinner från källorna som den har kopior av",
    NOT_ASKED: "säkerhetskopior ingår inte i det här ärendet",
    UNTOLD: "servern kunde inte tillfrågas om vem den skulle meddela vid radering",
    STILL_THERE: "det finns kvar som det var, fast sökningen inte längre hittar det: titta på det, och behåll eller "
    "radera",
    "it stays for what is held or kept in it": "den är kvar för det som behålls i den",
    "it is there again": "det finns där igen",
    "waits for a decision": "väntar på beslut",
    "not found any more, but its source was not walked to the end after the run": "hittas inte längre, men källan har "
    "inte gåtts igenom till slut efteråt",
    "not found any more, but something there could not be searched": "hittas inte längre, men något där gick inte att "
    "söka i",
    "it was to stay, and is gone without this case": "det skulle vara kvar, och är borta utan detta ärende",
    "no hold keeps it any more": "ingen regel håller kvar det längre",
    "changed since it was decided; decide again": "ändrat efter beslutet; besluta igen",
    "it holds something that is kept or held": "det innehåller något som behålls",
    "stood with the person who was erased, and came back": "stod med den som raderades, och har kommit tillbaka",
    "a person looked and could not tell": "någon har tittat och kunde inte avgöra",
    "taken by a person": "godtagen av en person",
    "the row is about somebody else": "raden handlar om någon annan",
    "gallra changes no text in a database": "gallra ändrar ingen text i en databas",
    "held by a rule of this company's configuration": "behålls enligt en regel i företagets inställningar",
    "it may be a document that the law keeps: look at it before it is erased": "det kan vara en handling som lagen "
    "kräver att man behåller: titta på den innan den raderas",
    "held, and its year is not known: say until when with gallra decide": "behålls, och dess år är okänt: ange till "
    "när med gallra decide",
    "it lies with the subject's own, but holds entries of the company's people": "det ligger med personens eget, men "
    "innehåller uppgifter om företagets anställda",
    FOR_THE_COMPANY: "personen handlar där för företagets räkning: det är företagets, och den andra partens",
    ONE_OF_US: "det kan vara företagets eget: personen står där som anställd",
    IN_FOLDER: "det ligger i personens mapp och kan vara företagets eget: mappen är ingen personalmapp",
    NOT_LOOKED_THROUGH.setting: "namnet med initial, kortform eller annan stavning i sig: fler poster än gränsen kan "
    "innehålla det",
    DOUBTFUL: "poster med samma namn och telefon men en annan e-postadress eller ett annat kundnummer kan vara någon "
    "annans: de är förslag, och är inte tillagda",
    SEVERAL_NAMES: "olika namn står bredvid det uppgivna, och inget är tillagt: ange även namnet (--name)",
    OF_STAFF: "namnet bredvid det uppgivna är även en anställds, och ingen registerrad och inget kort säger att det är "
    "personens: det är inte tillagt; är det personens, ange det också (--name)",
    NOBODY: "ingen registerrad och inget kort med namnet anger en postadress där",
    SEVERAL: "flera poster med namnet anger en postadress där, och ingenting förenar dem till en person: ingen har "
    "följts; ange även en e-postadress, en telefon eller ett nummer",
    BARE: "registerraden eller kortet med namnet och platsen har varken e-postadress, telefon eller nummer",
    NAME_ALONE: "ett namn i sig leder inte till någon annan uppgift: ange även en ort, en e-postadress, en telefon "
    "eller ett nummer",
    **OF_RUNS,
    **OF_SOURCES,
    **OF_COPIES,
    **OF_TOOLS,
}
_STARTS: Final = {
    "this e-mail address": "den här e-postadressen",
    "this phone": "den här telefonen",
    "this personnummer": "det här personnumret",
    "this customer number": "det här kundnumret",
    "these identifiers": "de här uppgifterna",
    "somebody": "någon",
    "no written confirmation": "ingen skriftlig bekräftelse",
    "this name and place": "det här namnet och den här orten",
    "e-mail address": "e-postadress",
    "customer number": "kundnummer",
}
_NOTICE: Final = re.compile(r"(?:(.+); )?would notify ([0-9]+) (?:person|people)")
"""What `scanner.notifying` adds to a reason, or gives alone."""

_AFTER: Final = {
    "it also holds others' data, and ": "det innehåller också andras uppgifter, och ",
    "it cannot be taken out safely: ": "det går inte att ta ut säkert: ",
    "it cannot be taken out: ": "det går inte att ta ut: ",
    **HEADS,
    **HEADS_OF_COPIES,
}
"""How a reason begins that ends with another one."""

_PATTERNS: Final = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        *PATTERNS_OF_COPIES,
        *PATTERNS_OF_CULLS,
        (
            r"it lies with the subject's own, but names ([0-9]+) other identifiers?",
            "det ligger med personens eget, men innehåller {0:uppgift|uppgifter} om andra",
        ),
        (
            r"it is the person's, but names ([0-9]+) other identifiers?",
            "det är personens, men innehåller {0:uppgift|uppgifter} om andra",
        ),
        (
            r"the same content has ([0-9]+) names \(hard links\)(?:; removing one leaves it)?",
            "samma innehåll har {0} namn (hårda länkar)",
        ),
        (
            r"(.+) must delete the contact on the phone and hand over a new export of all its contacts",
            "{0} ska radera kontakten i telefonen och lämna en ny export av alla kontakter",
        ),
        (
            r"(.+) must hand over a new export: none is newer than the task",
            "{0} ska lämna en ny export: ingen är nyare än uppgiften",
        ),
        (
            r"(.+) must hand over an export of all contacts: the newest lacks many of the contacts that were there: is "
            r"it whole, and of this phone\?",
            "{0} ska lämna en export av alla kontakter: den nyaste saknar många som fanns: är den hel, och från "
            "den här telefonen?",
        ),
        (
            r"(.+) must delete it: the phone hands over no exports any more",
            "{0} ska radera den: telefonen lämnar inga exporter längre",
        ),
        (
            r"(.+) must have the processor erase what it has of the person, and confirm it in writing",
            "{0} ska se till att biträdet raderar vad det har om personen, och bekräftar det skriftligt",
        ),
        (
            r"(.+) must look through the binder, take out what is about the person, and confirm it",
            "{0} ska gå igenom pärmen, ta ut det som rör personen, och bekräfta det",
        ),
        (
            r"(.+) must have the provider erase its copies of what goes here, and confirm it in writing",
            "{0} ska se till att leverantören raderar sina kopior av det som raderas här, och bekräftar det skriftligt",
        ),
        (
            r"confirmed, says (.+) on ([0-9-]{10}) \((SHA-256 [0-9a-f]{64}|no written confirmation)\)(|: .+)",
            "bekräftat enligt {0} den {1} ({2}){3}",
        ),
        (
            r"nothing found there, says (.+) on ([0-9-]{10}) \((SHA-256 [0-9a-f]{64}|no written confirmation)\)(|: .+)",
            "ingenting fanns där, enligt {0} den {1} ({2}){3}",
        ),
        (
            r"the server does not take the changed item: (.+)",
            "servern tar inte emot det ändrade: {0}",
        ),
        (r"by hand: the newest export is ([0-9]+) days old", "för hand: den nyaste exporten är {0:dag|dagar} gammal"),
        (r"the server fails by itself \(HTTP status ([0-9]+)\)", "servern misslyckas själv (HTTP-status {0})"),
        (r"the server answers with HTTP status ([0-9]+)", "servern svarar med HTTP-status {0}"),
        (r"held by a person's decision in case (.+)", "behålls enligt en persons beslut i ärende {0}"),
        (
            r"no register row or card joins (this .+|these identifiers) to an e-mail address",
            "ingen registerrad och inget kort förenar {0} med en e-postadress",
        ),
        (
            r"no register row, card or header joins (this .+|these identifiers) to a name: what bears only the name is "
            r"not found",
            "ingen registerrad, inget kort och inget brevhuvud förenar {0} med ett namn: det som bara bär namnet "
            "hittas inte",
        ),
        (
            r"the given (.+) is used by several persons: nothing was added through it",
            "den uppgivna uppgiften ({0}) används av flera: ingenting är tillagt genom den",
        ),
        (
            r"the given (.+) may be used by several persons: nothing was added through it",
            "den uppgivna uppgiften ({0}) kan användas av flera: ingenting är tillagt genom den",
        ),
        (
            r"the e-mail address that stands with (this .+|these identifiers) is used by several persons, and not "
            r"enough by itself",
            "e-postadressen som står med {0} används av flera, och räcker inte i sig",
        ),
        (
            r"stands with the given ([a-z ]+?) in (.+), and ([0-9]+) more places?",
            "står med den uppgivna uppgiften ({0}) i {1}, och på {2:ställe|ställen} till",
        ),
        (r"stands with the given ([a-z ]+?) in (.+)", "står med den uppgivna uppgiften ({0}) i {1}"),
        (
            r"stands with the added ([a-z ]+?) in (.+), and ([0-9]+) more places?",
            "står med en tillagd uppgift ({0}) i {1}, och på {2:ställe|ställen} till",
        ),
        (r"stands with the added ([a-z ]+?) in (.+)", "står med en tillagd uppgift ({0}) i {1}"),
        (
            r"bears the given name and (city|address) in (.+), and ([0-9]+) more places?",
            "bär det uppgivna namnet och ({0}) i {1}, och på {2:ställe|ställen} till",
        ),
        (r"bears the given name and (city|address) in (.+)", "bär det uppgivna namnet och ({0}) i {1}"),
    )
)
NOTES_SV: Final = {
    "it changed since the last scan; this is what stands there now": "det har ändrats sedan den senaste genomgången; "
    "så här står det nu",
    "the record is no longer there as it was found; scan and look again": "posten finns inte kvar så som den hittades; "
    "gå igenom källan och se efter igen",
    "it is not there any more": "det finns inte kvar",
    "the account may not read it": "kontot får inte läsa det",
    "its source could not be read now": "källan gick inte att läsa nu",
    "it was erased": "det är raderat",
    "a part of it could not be read": "en del gick inte att läsa",
    "not all that was found in it can be pointed out: a value is broken over lines, encoded or only derived": "allt "
    "som hittades kan inte pekas ut: en uppgift är delad över rader, kodad eller bara härledd",
    "it could not be looked at": "det gick inte att titta på",
}


_OPTIONAL: Final = {"since": " sedan {}", "brackets": " ({})"}


class _Part(str):
    """A piece of a reason; `{0:ställe|ställen}` is a number with the form that fits it.

    What may be lacking: `{0:since}` is a time, `{0:brackets}` a reason of its own.
    """

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        if spec in _OPTIONAL:
            return _OPTIONAL[spec].format(in_swedish(str(self))) if self else ""
        one, _, many = spec.partition("|")
        return f"{self!s} {one if self == '1' else many}" if spec else str(self)


def in_swedish(reason: str) -> str:
    """The reason in Swedish, or as it is."""
    if reason in _FIXED:
        return _FIXED[reason]
    notice = _NOTICE.fullmatch(reason)
    if notice:
        before = f"{in_swedish(notice[1])}; " if notice[1] else ""
        return f"{before}servern skulle meddela {notice[2]} {'person' if notice[2] == '1' else 'personer'}"
    if reason.endswith(AND + UNTOLD):
        return f"{in_swedish(reason.removesuffix(AND + UNTOLD))}{AND}{_FIXED[UNTOLD]}"
    for start, told in _AFTER.items():
        if reason.startswith(start):
            return told + in_swedish(reason.removeprefix(start))
    for pattern, words in _PATTERNS:
        match = pattern.fullmatch(reason)
        if match:
            return words.format(
                *(_Part(_STARTS.get(part) or TYPES_SV.get(part.replace(" ", "_"), part)) for part in match.groups(""))
            )
    return reason
