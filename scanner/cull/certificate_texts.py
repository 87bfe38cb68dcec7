"""The words of a certificate of routine culling, where they differ from those of an erasure that a person asked for."""

from __future__ import annotations

from typing import Final

CULL_TEXTS: Final[dict[str, dict[str, str]]] = {
    "sv": {
        "title": "Intyg om rutinmässig gallring",
        "lead": "Intyget redovisar vad som gallrats enligt en av företagets gallringsregler, och hur det "
        "kontrollerats. Ingen enskild person har begärt det, och det innehåller inga uppgifter om någon.",
        "ground_value": "Lagringsminimering, artikel 5.1 e i dataskyddsförordningen (GDPR)",
        "incomplete_note": "Det som inte är löst finns kvar eller väntar på beslut. Det som inte kunde sökas kan "
        "innehålla sådant som regeln gäller. Vilka träffar och delar det gäller framgår av ärendet.",
        "accepted_note": "{count} del kunde inte sökas, och det har godtagits av den som anges nedan.|{count} delar "
        "kunde inte sökas, och det har godtagits av den som anges nedan.",
        "rule": "Gallringsregel",
        "rule_withheld": "framgår av ärendet",
        "culled": "Gallrat",
        "culled_value": "{count} objekt|{count} objekt",
        "scope": "Objekt är filer, meddelanden och liknande. Intyget omfattar endast de källor som nämns här. Kopior i "
        "säkerhetskopior gallras inte: de försvinner när säkerhetskopiorna löper ut.",
    },
    "en": {
        "title": "Certificate of routine culling",
        "lead": "This certificate states what was culled by one of the company's rules, and how that was verified. No "
        "single person asked for it, and it holds no data about anybody.",
        "ground_value": "Storage limitation, Article 5(1)(e) of the General Data Protection Regulation (GDPR)",
        "incomplete_note": "What is not resolved is still there or waits for a decision. What could not be searched "
        "may hold what the rule is about. The case tells which findings and parts these are.",
        "accepted_note": "{count} part could not be searched, and who is named below has accepted that.|{count} parts "
        "could not be searched, and who is named below has accepted that.",
        "rule": "Rule of culling",
        "rule_withheld": "the case tells",
        "culled": "Culled",
        "culled_value": "{count} item|{count} items",
        "scope": "Items are files, messages and the like. The certificate covers only the sources named here. Copies "
        "in backups are not culled: they leave when the backups expire.",
    },
}
