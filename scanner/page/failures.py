"""Why a step was not carried out, in Swedish: what sources answer, and what an executor makes of it.

Only what a user meets in an answer: an address or a setting in a text stays as it is.
"""

from __future__ import annotations

from typing import Final

from scanner import outcomes

HEADS: Final = {
    "denied: ": "nekad: ",
    "held by the source: ": "hålls kvar av källan: ",
    "the source cannot do this safely: ": "källan kan inte göra det säkert: ",
    "could not be reached: ": "gick inte att nå: ",
    "the source failed: ": "källan misslyckades: ",
    "the last scan failed: ": "den senaste genomgången misslyckades: ",
    "could not be looked at before erasing: ": "gick inte att titta på före raderingen: ",
}
"""How a reason begins that ends with what the source said (`scanner.outcomes.of_error`)."""

OF_RUNS: Final = {
    outcomes.CHANGED: "ändrat efter planen: gå igenom källan och se efter igen",
    outcomes.LIES: "källan säger att det är raderat, men har det kvar",
    outcomes.NOT_TRIED: "inte prövat: källan gick inte att nå",
    outcomes.UNUSABLE: "gick inte att nå: dess inställningar går inte att använda, eller så är den inte längre "
    "inställd; se gallra check",
    outcomes.NOT_EMPTY: "mappen är inte tom: det som är kvar i den ingår inte i planen",
    outcomes.NOT_REWRITTEN: "efter ändringen är innehållet inte det som gjordes",
    outcomes.UNSEEN: "källan tog emot raderingen men kunde inte svara på om det är borta",
    outcomes.MAY_SURVIVE: "borta härifrån, men innehållet hade fler namn (hårda länkar) och kan finnas kvar under dem",
}

OF_SOURCES: Final = {
    # calendars and address books
    "the server does not let the account in: check user, password (or token) and auth": "servern släpper inte in "
    "kontot: kontrollera user, password (eller token) och auth",
    "the account may not do this there": "kontot får inte göra det där",
    "open elsewhere: a client has locked it; try again later": "öppet hos någon annan: ett program har låst det; "
    "försök igen senare",
    "the server asks for patience": "servern ber om tålamod",
    "the server has no space left for this account": "servern har inget utrymme kvar för kontot",
    "the server says that it is erased, and still has it": "servern säger att det är raderat, och har det kvar",
    "the server does not keep what it was given": "servern sparar inte det som den fick",
    "the server gives only weak versions there, and takes no conditional change": "servern har bara svaga versioner "
    "där, och tar inte emot någon villkorad ändring",
    "the server cannot be reached: is it running, is url right?": "servern går inte att nå: är den igång, stämmer url?",
    "the server's answer broke off": "serverns svar bröts",
    "nothing is there, and something was: was the account emptied, or is it another one?": "ingenting finns där, men "
    "något fanns: har kontot tömts, eller är det ett annat?",
    "the server names an address outside of the collection": "servern uppger en adress utanför samlingen",
    "a collection is not there any more": "en samling finns inte kvar",
    # folders and shares, phones
    "open elsewhere: it is left alone until it is closed there; run again then": "öppet hos någon annan: det lämnas "
    "ifred tills det är stängt där; kör igen då",
    "the account may not do this: check the permissions of the file and its folder (a share also says so of a file "
    "that is locked elsewhere)": "kontot får inte göra det: kontrollera rättigheterna till filen och mappen (en delad "
    "mapp säger så även om en fil som är låst av någon annan)",
    "the file system is mounted read-only": "filsystemet är monterat för enbart läsning",
    "the disk is full or over its quota": "disken är full eller över sin kvot",
    "the source is opened for reading only": "källan är öppnad för enbart läsning",
    "the source's folder is not there, or is no folder: is it mounted?": "källans mapp finns inte, eller är ingen "
    "mapp: är den monterad?",
    "the source's folder is empty and was not: is it mounted?": "källans mapp är tom, och var inte "
    "det: är den monterad?",
    "the source's folder does not answer": "källans mapp svarar inte",
    "it is the newest export, and tells what is on the phone: its holder deletes there": "det är den nyaste exporten, "
    "som visar vad som finns i telefonen: den som har telefonen raderar där",
    "by hand: no whole export lies there": "för hand: ingen hel export finns där",
    # mailboxes
    "the mail folder is open for reading only: look at the account's rights": "mappen går bara att läsa: se över "
    "kontots rättigheter",
    "the account may not delete messages in the mail folder: it needs the rights t and e (delete, expunge)": "kontot "
    "får inte radera brev i mappen: det behöver rättigheterna t och e (delete, expunge)",
    "the mail server has not answered in time; see `timeout`": "e-postservern svarade inte i tid; se `timeout`",
    "the line to the mail server was cut": "förbindelsen till e-postservern bröts",
    "the mail server says that it has erased the message, and still has it": "e-postservern säger att brevet är "
    "raderat, och har det kvar",
    # buckets
    "the account may not do this: check its policy, the bucket's and the key's": "kontot får inte göra det: "
    "kontrollera dess policy, hinkens och nyckelns",
    "a legal hold of the bucket keeps it: its owner must lift that first": "hinken håller kvar det (legal hold): "
    "dess ägare måste häva det först",
}
