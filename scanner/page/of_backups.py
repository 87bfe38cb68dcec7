"""Why something is, or stays, in a backup, in Swedish: what gallra makes of it, and what the tools of backups answer.

Commands, options and settings stay as they are.
"""

from __future__ import annotations

from typing import Final

from scanner.backups import copies, erasing, pending

OF_COPIES: Final = {
    copies.RECORD: "en post i en fil i en säkerhetskopia, som ingen redigerar där: gallra decide CASE --backups "
    "drop|ledger",
    copies.IN_LEDGER: "det är kvar i säkerhetskopian enligt beslut: raderingslistan känner igen personen "
    "efter en återställning",
    copies.BESIDE: "det är kvar i säkerhetskopian, eftersom filen innehåller sådant som behålls: raderingslistan "
    "känner igen det efter en återställning",
    copies.ALONE: "originalet är borta från källan utan detta ärende: besluta om det som säkerhetskopian har",
    erasing.LIVE_STAYS: "det som det är en kopia av är kvar",
    pending.WAITS: "väntar på gallra backups erase",
    pending.STORED: "ingen ögonblicksbild har det längre, men säkerhetskopian lagrar ännu sådant som ingen hänvisar "
    "till, och det kan vara det: gallra erase CASE gör det utrymmet fritt",
    pending.UNTOLD: "hittas inte längre, men säkerhetskopian kunde inte svara på om den lagrar sådant som ingen "
    "ögonblicksbild hänvisar till",
    pending.FOLDER_LEFT: "ingenting hittas i den längre, men ögonblicksbilder har kvar själva mappen: gallra erase "
    "CASE tar bort den där den är tom; annat i den, som en länk, är för säkerhetskopians eget verktyg",
}
"""Whole reasons."""

HEADS_OF_COPIES: Final = {
    f"{copies.IN_LEDGER}: ": f"{OF_COPIES[copies.IN_LEDGER]}: ",
}
"""How a reason begins that ends with what a person wrote."""

PATTERNS_OF_COPIES: Final = (
    (
        r"rewritten, but the room is not reclaimed yet: run gallra erase ([0-9-]+) again(?: \((.+)\))?",
        "omskrivet, men utrymmet är inte frigjort än: kör gallra erase {0} igen{1:brackets}",
    ),
    (
        r"rewritten, but nobody could tell whether it can still be read; run gallra erase ([0-9-]+) again"
        r"(?: \((.+)\))?",
        "omskrivet, men ingen kunde säga om det fortfarande går att läsa; kör gallra erase {0} igen{1:brackets}",
    ),
    (
        r"it was taken out of the snapshots, and can still be read; run gallra erase ([0-9-]+) again",
        "det är borttaget ur ögonblicksbilderna, och går ännu att läsa; kör gallra erase {0} igen",
    ),
    (
        r"the repository is locked(?: since ([0-9: -]+))? by .+ that has ended; nobody else removes that lock: .+",
        "arkivet är låst{0:since} av en process som har avslutats; ingen annan tar bort det låset: när ingen restic "
        "arbetar med det, kör `restic unlock` och försök igen",
    ),
    (
        r"the repository is locked(?: since ([0-9: -]+))? by .+; try again when that is done, or .+",
        "arkivet är låst{0:since}; försök igen när det är klart, eller kör `restic unlock` om ingenting arbetar med "
        "det längre",
    ),
    (
        r"restic stopped with exit code ([0-9]+); run `restic check` to see what it says",
        "restic slutade med kod {0}; kör `restic check` och se vad den säger",
    ),
    (r"borg failed with code ([0-9]+) for a reason that gallra does not know", "borg misslyckades med kod {0}"),
    (r"(\S+) has said nothing for ([0-9]+) seconds; it was stopped", "{0} var tyst i {1} sekunder, och stoppades"),
    (
        r"(\S+) is not installed here, or `binary` does not name it: install it",
        "{0} är inte installerad här, eller så pekar `binary` inte på den: installera den",
    ),
    (r"(\S+) cannot be started here: look at `binary`", "{0} går inte att starta här: se över `binary`"),
)
"""Reasons with something in them."""

OF_TOOLS: Final = {
    "no snapshot lists it, but the backup has not been reclaimed: it may still be stored": "ingen ögonblicksbild har "
    "det, men utrymmet är inte frigjort: det kan ännu vara lagrat",
    "part of the backup could not be listed": "en del av säkerhetskopian gick inte att lista",
    "the backup is not open": "säkerhetskopian är inte öppnad",
    "it was taken out of the snapshots, and can still be read": "det är borttaget ur ögonblicksbilderna, och går ännu "
    "att läsa",
    "a file in a backup is not edited: it can be dropped from the snapshots, or stay": "en fil i en säkerhetskopia "
    "redigeras inte: den kan tas bort ur ögonblicksbilderna, eller vara kvar",
    "this system keeps no files in memory alone: gallra erases in backups on Linux": "det här systemet kan inte hålla "
    "filer enbart i minnet: gallra raderar i säkerhetskopior på Linux",
    # restic
    "the password does not open the repository: look at `password`": "lösenordet öppnar inte arkivet: se över "
    "`password`",
    "the disk of the repository is full: make room there, and try again": "arkivets disk är full: gör plats, och "
    "försök igen",
    "the repository does not let this account do that: it may be append-only or read-only; it must be opened by an "
    "account that may delete, for as long as the erasing takes": "arkivet låter inte kontot göra det: det kan vara "
    "append-only eller bara läsbart; det måste öppnas av ett konto som får radera, så länge raderingen pågår",
    "the repository does not answer: look at the network, and at the server that it lies on": "arkivet svarar inte: se "
    "över nätet och servern som det ligger på",
    "the repository is damaged: what it stores is missing, or is not what was stored; run `restic check --read-data`, "
    "and follow restic's own guide to repair it": "arkivet är skadat: kör `restic check --read-data`, och följ restics "
    "egen anvisning för att laga det",
    "there is no restic repository at that place now: is it mounted, and is the name right?": "det finns inget "
    "restic-arkiv på den platsen nu: är den monterad, och stämmer namnet?",
    "a snapshot cannot be read: run `restic check`, and repair or forget that snapshot": "en ögonblicksbild går inte "
    "att läsa: kör `restic check`, och laga eller glöm (forget) den ögonblicksbilden",
    "a path in the backup is too long for restic to select": "en sökväg i säkerhetskopian är för lång för att restic "
    "ska kunna välja den",
    "no snapshot lists it, but the repository stores what no snapshot refers to: it has not been reclaimed": "ingen "
    "ögonblicksbild har det, men arkivet lagrar sådant som ingen hänvisar till: utrymmet är inte frigjort",
    "restic was ended before it was done; try again": "restic avbröts innan den var klar; försök igen",
    "the repository holds no snapshot, where there were some: is it the right one?": "arkivet har ingen "
    "ögonblicksbild, och hade sådana: är det rätt arkiv?",
    "the repository is not open": "arkivet är inte öppnat",
    "the repository lets nobody take the old snapshots away: it is append-only or read-only; the rewritten ones lie "
    "beside them, and an account that may delete finishes it": "arkivet låter ingen ta bort de gamla "
    "ögonblicksbilderna: det är append-only eller bara läsbart; de omskrivna ligger bredvid, och ett konto som får "
    "radera slutför det",
    "this restic is too old to take files out of snapshots: install restic 0.15 or newer": "den här restic är för "
    "gammal för att ta filer ur ögonblicksbilder: installera restic 0.15 eller nyare",
    "`binary` names something that is not restic": "`binary` pekar på något som inte är restic",
    # borg
    "the disk of the repository is full, or its quota is used up: make room, and run again": "arkivets disk är full, "
    "eller dess kvot är slut: gör plats, och kör igen",
    "the repository is append-only: nothing in it can be erased until an admin sets append_only to 0 (`borg config`) "
    "and runs gallra again": "arkivet är append-only: ingenting i det kan raderas förrän en administratör sätter "
    "append_only till 0 (`borg config`) och kör gallra igen",
    "borg did not compact: the repository is append-only here or on its server, and keeps all that was ever stored "
    "until an admin compacts it there": "borg komprimerade inte: arkivet är append-only här eller på sin server, och "
    "har kvar allt som någonsin lagrats tills en administratör komprimerar det där",
    "the repository is locked by another borg: try again when that is done; where no borg runs any more, an admin "
    "removes the lock by `borg break-lock`": "arkivet är låst av en annan borg: försök igen när den är klar; om ingen "
    "borg kör längre tar en administratör bort låset med `borg break-lock`",
    "the repository cannot be reached: look at `repository`, its mount and its server": "arkivet går inte att nå: se "
    "över `repository`, monteringen och servern",
    "the repository is damaged: look at `borg check`, and run again when it is whole": "arkivet är skadat: se `borg "
    "check`, och kör igen när det är helt",
    "the repository cannot be locked: this user needs to write in it": "arkivet går inte att låsa: användaren måste få "
    "skriva i det",
    "the repository is mounted read-only": "arkivet är monterat för enbart läsning",
    "the repository needs a newer borg": "arkivet kräver en nyare borg",
    "the repository holds no archive, though it held some: look at `repository`": "arkivet har ingen ögonblicksbild, "
    "och hade sådana: se över `repository`",
    "the server does not let this user in there": "servern släpper inte in användaren där",
    "this user may not read the repository": "användaren får inte läsa arkivet",
    "this user may not read or write all of the repository": "användaren får inte läsa eller skriva allt i arkivet",
    "this user may not read all of the repository's segments": "användaren får inte läsa alla arkivets segment",
    "borg does not trust the repository (moved, exchanged, or not encrypted though there is a password): run `borg "
    "info` as the same user, and answer its question": "borg litar inte på arkivet (flyttat, utbytt, eller okrypterat "
    "fast det finns ett lösenord): kör `borg info` som samma användare, och svara på dess fråga",
    "borg finds no key file for the repository: look at `folder`": "borg hittar ingen nyckelfil till arkivet: se över "
    "`folder`",
    "new snapshots that hold it are being made: run again when no borg is at work": "nya ögonblicksbilder med det "
    "håller på att göras: kör igen när ingen borg arbetar",
    "a piece of a file, of a backup that was broken off: delete that archive, or let prune do it": "en bit av en fil, "
    "av en säkerhetskopiering som avbröts: radera den ögonblicksbilden, eller låt prune göra det",
    "there is a snapshot of the name that gallra needs for a while (NAME.gallra): run again; is it yours, rename it": (
        "det finns en ögonblicksbild med namnet som gallra behöver en stund (NAMN.gallra): kör igen; är den er, döp om "
        "den"
    ),
    # mirrors and archives
    "a backup is being made, which holds the lock file: run again afterwards": "en säkerhetskopiering pågår, och "
    "håller låsfilen: kör igen efteråt",
    "a lock file stands whose process has ended: see that no backup is being made, and remove it": "en låsfil står "
    "kvar, vars process har avslutats: se till att ingen säkerhetskopiering pågår, och ta bort den",
    "no folder fits the patterns of `snapshots`: is the mirror mounted?": "ingen mapp passar mönstren i `snapshots`: "
    "är spegeln monterad?",
    "the generations change while they are worked on: run again when no backup is being made": "generationerna ändras "
    "under arbetet: kör igen när ingen säkerhetskopiering pågår",
    "the file system of the mirror is mounted read-only: mount it for writing, and run again": "spegelns filsystem är "
    "monterat för enbart läsning: montera det för skrivning, och kör igen",
    "the file or its folder is immutable or append-only (chattr +i, +a): take that off, and run again": "filen eller "
    "dess mapp är oföränderlig eller append-only (chattr +i, +a): ta bort det, och kör igen",
    "part of the mirror could not be looked at: see that the account may read all of it, and run again": "en del av "
    "spegeln gick inte att titta på: se till att kontot får läsa allt, och kör igen",
    "nothing is in the backup's folder: is it mounted?": "ingenting finns i säkerhetskopians mapp: är den monterad?",
    "the sentinel file is not there: is the folder mounted?": "vaktfilen (sentinel) finns inte: är mappen monterad?",
    "no archive is in the backup's folder: is it mounted, and does `match` fit their names?": "inget arkiv finns i "
    "säkerhetskopians mapp: är den monterad, och passar `match` deras namn?",
    "an archive cannot be looked through to its end: see it yourself, and erase or replace it; then run again": "ett "
    "arkiv gick inte att gå igenom till slut: titta på det själv, och radera eller ersätt det; kör sedan igen",
    "an archive was changed while it was looked at: run again when no backup is being made": "ett arkiv ändrades medan "
    "det gicks igenom: kör igen när ingen säkerhetskopiering pågår",
    "the archive has other names (hard links), which would keep what it holds": "arkivet har fler namn (hårda länkar), "
    "som skulle ha kvar innehållet",
    "the disk has no room for the archive that is written anew beside the old one: make room, and run again": "disken "
    "har ingen plats för arkivet som skrivs om bredvid det gamla: gör plats, och kör igen",
    "a folder in the backup's folder cannot be listed: see that the account may read it": "en mapp i säkerhetskopians "
    "mapp går inte att lista: se till att kontot får läsa den",
    # buckets with versions
    "the bucket refuses it: by its policy, or by an Object Lock that the account may not see": "hinken vägrar: på "
    "grund av sin policy, eller ett Object Lock som kontot inte får se",
    "an upload to its key was begun and never finished: it may hold it; finish or abort it, then run again": "en "
    "uppladdning till dess nyckel påbörjades och blev aldrig klar: den kan innehålla det; slutför eller avbryt den, "
    "och kör igen",
    "older versions may not be listed: grant s3:ListBucketVersions": "äldre versioner får inte listas: ge rätten "
    "s3:ListBucketVersions",
}
"""What a user meets of what tools and folders of backups answer."""
