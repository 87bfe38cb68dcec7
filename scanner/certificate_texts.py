"""The words of a certificate, in the languages it is written in. `ONE|MANY` where a count decides."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, dict[str, str]]] = {
    "sv": {
        "title": "Intyg om radering av personuppgifter",
        "lead": "Intyget redovisar vad som sökts, raderats och kontrollerats i ärendet. Det innehåller inga uppgifter "
        "om den person som ärendet gäller.",
        "case": "Ärende",
        "controller": "Personuppgiftsansvarig",
        "ground": "Grund",
        "ground_value": "Rätten till radering, artikel 17 i dataskyddsförordningen (GDPR)",
        "outcome": "Utfall",
        "complete": "Fullständigt",
        "complete_except": "Fullständigt, utom det som finns kvar hos källan till och med {until}",
        "until_unknown": "ett datum som källan inte anger",
        "incomplete": "Ofullständigt: {unresolved} och {gaps}",
        "unresolved": "{count} träff är inte löst|{count} träffar är inte lösta",
        "gaps": "{count} del kunde inte sökas|{count} delar kunde inte sökas",
        "incomplete_note": "Det som inte är löst finns kvar eller väntar på beslut. Det som inte kunde sökas kan "
        "innehålla uppgifter om personen. Vilka träffar och delar det gäller framgår av ärendet.",
        "total": "Träffar sammanlagt",
        "scope": "Objekt är filer och meddelanden; poster är det som finns i dem, som rader, kort, händelser och "
        "bilagor. Intyget omfattar endast de källor som nämns här. Säkerhetskopior, ögonblicksbilder av filsystem och "
        "system som inte nämns ingår inte.",
        "dates": "Datum",
        "opened": "Ärendet öppnat och sökning gjord",
        "approved": "Planen godkänd",
        "run": "Radering avslutad",
        "verified": "Kontrollerat",
        "issued": "Intyget utfärdat",
        "sources": "Vad som sökts och vad det ledde till",
        "source": "Källa",
        "items": "Objekt",
        "records": "Poster",
        "scanned_at": "Senast genomsökt",
        "findings": "Träffar",
        "not_searched": "Kunde inte sökas",
        "none": "inga",
        "never": "aldrig",
        "verification": "Kontroll",
        "verification_value": "{looked} eftersöktes på nytt hos källan och {searched} gicks igenom på nytt efter "
        "raderingen.",
        "looked": "{count} raderat objekt|{count} raderade objekt",
        "searched": "{count} källa|{count} källor",
        "traces": "Spårbarhet",
        "plan": "Planens kontrollsumma",
        "audit": "Revisionskedjans senaste länk",
        "software": "Program",
        "sign": "Underskrift",
        "place_date": "Ort och datum",
        "signature": "Namnteckning",
        "role": "Roll",
        "name": "Namnförtydligande",
        "erased": "raderad och kontrollerad|raderade och kontrollerade",
        "absent": "redan borta",
        "recoverable": "borttagen, återställbar en tid|borttagna, återställbara en tid",
        "kept": "behållen efter beslut|behållna efter beslut",
        "open": "olöst|olösta",
        "blocked": "hindrad|hindrade",
        "failed": "misslyckad|misslyckade",
    },
    "en": {
        "title": "Certificate of erasure of personal data",
        "lead": "This certificate states what was searched, erased and verified in the case. It holds no data about "
        "the person whom the case concerns.",
        "case": "Case",
        "controller": "Controller",
        "ground": "Ground",
        "ground_value": "Right to erasure, Article 17 of the General Data Protection Regulation (GDPR)",
        "outcome": "Outcome",
        "complete": "Complete",
        "complete_except": "Complete except what is retained until {until}",
        "until_unknown": "a date that the source does not tell",
        "incomplete": "Incomplete: {unresolved} and {gaps}",
        "unresolved": "{count} finding is not resolved|{count} findings are not resolved",
        "gaps": "{count} part could not be searched|{count} parts could not be searched",
        "incomplete_note": "What is not resolved is still there or waits for a decision. What could not be searched "
        "may hold data about the person. The case tells which findings and parts these are.",
        "total": "Findings in all",
        "scope": "Items are files and messages; records are what is in them, such as rows, cards, events and "
        "attachments. The certificate covers only the sources named here. Backups, snapshots of file systems and "
        "systems that are not named are not covered.",
        "dates": "Dates",
        "opened": "Case opened and search made",
        "approved": "Plan approved",
        "run": "Erasure finished",
        "verified": "Verified",
        "issued": "Certificate issued",
        "sources": "What was searched, and what came of it",
        "source": "Source",
        "items": "Items",
        "records": "Records",
        "scanned_at": "Last walked",
        "findings": "Findings",
        "not_searched": "Could not be searched",
        "none": "none",
        "never": "never",
        "verification": "Verification",
        "verification_value": "{looked} looked for again at the source, and {searched} walked again after the erasure.",
        "looked": "{count} erased item was|{count} erased items were",
        "searched": "{count} source was|{count} sources were",
        "traces": "Traceability",
        "plan": "Checksum of the plan",
        "audit": "Last link of the audit chain",
        "software": "Software",
        "sign": "Signature",
        "place_date": "Place and date",
        "signature": "Signature",
        "role": "Role",
        "name": "Name in print",
        "erased": "erased and verified",
        "absent": "already gone",
        "recoverable": "removed, recoverable for a time",
        "kept": "kept by decision",
        "open": "not resolved",
        "blocked": "blocked",
        "failed": "failed",
    },
}


def counted(words: str, count: int) -> str:
    """The form of `ONE|MANY` that goes with the count."""
    one, _, many = words.partition("|")
    return (many or one) if count != 1 else one


GAPS_SV: Final[dict[str, str]] = {
    "encrypted": "krypterad|krypterade",
    "unreadable": "oläslig|oläsliga",
    "too large": "för stor|för stora",
    "too deep": "för djupt nästlad|för djupt nästlade",
    "denied": "åtkomst nekad",
    "timed out": "tiden tog slut",
    "out of memory": "minnet tog slut",
    "reader crashed": "läsaren kraschade",
    "unknown format": "okänt format",
    "special file": "specialfil|specialfiler",
    "link not followed": "länk som inte följts|länkar som inte följts",
    "changed while read": "ändrades under läsning",
    "needs OCR": "kräver textigenkänning",
    "stale": "inaktuell|inaktuella",
    "never scanned": "aldrig genomgången|aldrig genomgångna",
    "unreachable": "gick inte att nå",
}
