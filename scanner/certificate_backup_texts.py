"""The words of a certificate on backups and on what people were asked for. `ONE|MANY` where a count decides."""

from __future__ import annotations

from typing import Final

BACKUP_TEXTS: Final[dict[str, dict[str, str]]] = {
    "sv": {
        "backups_title": "Säkerhetskopior",
        "backups_scope": "Det som sägs raderat ur en säkerhetskopia har tagits ur varje ögonblicksbild som höll det, "
        "utrymmet har frigjorts, och det som antecknades före raderingen kan inte längre läsas. Övriga filer är "
        "orörda.",
        "backups_note": "Radering ur säkerhetskopior begärdes, men för dessa källor är ingen säkerhetskopia känd, och "
        "ingen har sökts: {sources}.",
        "backups_asked": "begärda; {count} uppsatt|begärda; {count} uppsatta",
        "backups_unknown": "{count} källa utan känd säkerhetskopia|{count} källor utan känd säkerhetskopia",
        "backups_none": "begärda; enligt den personuppgiftsansvarige finns inga",
        "backups_unknown_only": "begärda; ingen är uppsatt, och ingen har sökts",
        "backups_not_asked": "inte begärda; ingenting har raderats ur säkerhetskopior",
        "backup_number": "Säkerhetskopia {number}",
        "backup_nothing": "inget av personen funnet",
        "backup_unsearched": "inte genomsökt",
        "backup_snapshots": "1 ögonblicksbild|upp till {count} ögonblicksbilder",
        "backup_dropped": "{count} fil raderad ur {snapshots}; kan inte läsas längre|{count} filer raderade ur "
        "{snapshots}; kan inte läsas längre",
        "backup_absent": "{count} fil redan borta|{count} filer redan borta",
        "backup_kept": "{count} fil kvar efter beslut till och med {until}; kommer uppgifterna tillbaka vid en "
        "återläsning känns de igen|{count} filer kvar efter beslut till och med {until}; kommer uppgifterna tillbaka "
        "vid en återläsning känns de igen",
        "backup_held": "{count} fil behållen enligt lag till och med {until}|{count} filer behållna enligt lag till "
        "och med {until}",
        "backup_immutable": "{count} fil som säkerhetskopian låser till och med {until} och ingen kan radera "
        "före dess|{count} filer som säkerhetskopian låser till och med {until} och ingen kan radera före dess",
        "backup_open": "{count} olöst|{count} olösta",
        "backup_until_unknown": "tills vidare",
        "hands_title": "Vad som bara människor kan radera",
        "hand_number": "Ställe {number}",
        "provider": "leverantör av säkerhetskopior",
        "processor": "personuppgiftsbiträde",
        "paper": "papper",
        "hand_task": "ombedd; har inte svarat",
        "hand_open": "inte tillfrågad än",
        "hand_erased": "raderat",
        "hand_absent": "inget fanns",
        "hand_recoverable": "raderat; kvar i kopior till och med {until}",
        "hand_kept": "kvar efter beslut",
        "hand_held": "behållet enligt lag",
        "hand_said": "enligt {by} {on}",
        "hand_by_withheld": "den som framgår av ärendet",
        "hand_written": "med skriftlig bekräftelse",
        "hand_unwritten": "utan skriftlig bekräftelse",
    },
    "en": {
        "backups_title": "Backups",
        "backups_scope": "What is said to be erased from a backup was taken out of every snapshot that held it, the "
        "room was made free, and what was noted of it before the erasure can no longer be read. Other files are as "
        "they were.",
        "backups_note": "Erasure from backups was asked for, but no backup of these sources is known, and none was "
        "searched: {sources}.",
        "backups_asked": "asked for; {count} configured",
        "backups_unknown": "{count} source without a known backup|{count} sources without a known backup",
        "backups_none": "asked for; by the controller's word there are none",
        "backups_unknown_only": "asked for; none is configured, and none was searched",
        "backups_not_asked": "not asked for; nothing was erased from backups",
        "backup_number": "Backup {number}",
        "backup_nothing": "nothing of the person found",
        "backup_unsearched": "not searched",
        "backup_snapshots": "1 snapshot|up to {count} snapshots",
        "backup_dropped": "{count} file erased from {snapshots}; it can no longer be read|{count} files erased from "
        "{snapshots}; they can no longer be read",
        "backup_absent": "{count} file already gone|{count} files already gone",
        "backup_kept": "{count} file kept by decision until {until}; should it come back by a restore, the data is "
        "recognised|{count} files kept by decision until {until}; should they come back by a restore, the data is "
        "recognised",
        "backup_held": "{count} file kept by law until {until}|{count} files kept by law until {until}",
        "backup_immutable": "{count} file that the backup locks until {until}, which nobody can erase before|{count} "
        "files that the backup locks until {until}, which nobody can erase before",
        "backup_open": "{count} not resolved",
        "backup_until_unknown": "further notice",
        "hands_title": "What only people can erase",
        "hand_number": "Place {number}",
        "provider": "provider of backups",
        "processor": "processor",
        "paper": "paper",
        "hand_task": "asked; no answer yet",
        "hand_open": "not asked yet",
        "hand_erased": "erased",
        "hand_absent": "nothing was there",
        "hand_recoverable": "erased; in copies until {until}",
        "hand_kept": "kept by decision",
        "hand_held": "kept by law",
        "hand_said": "says {by} on {on}",
        "hand_by_withheld": "who is named in the case",
        "hand_written": "with a written confirmation",
        "hand_unwritten": "without a written confirmation",
    },
}
