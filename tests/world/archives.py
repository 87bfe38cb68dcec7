"""arkiv/: a zip in a zip, a tar.gz, an old mailbox file; and what cannot be read, on purpose, in several sources."""

from __future__ import annotations

from tests.world.model import Place
from tests.world.office import docx, odt
from tests.world.packing import encrypted_zip, tar_piece, zip_piece
from tests.world.papers import mbox, pdf, picture_pdf, table, text
from tests.world.post import plain_mail
from tests.world.site import Site
from tests.world.truth import Draft, Piece


def archives(site: Site) -> None:
    """Old years, packed."""
    buyers = site.cast.buyers
    for number in range(max(1, len(buyers) // 20)):
        group = site.rng.sample(buyers, 5)
        rows = []
        for one in group[:3]:
            draft = Draft()
            rows.append(([draft.entity("{a.customer}", one), draft.entity("{a.name}", one)], draft))
        listing = table(["Kundnr", "Namn"], rows)
        mail, _ = plain_mail(site, group[3], "Gammal fråga", site.filler(2), f"zip.{number}")
        note = Draft()
        lines = [note.say("Reklamation från {a.name}, {a.email_upper}", a=group[4]), *site.filler(3)]
        inner = zip_piece([("lista.csv", listing), ("brev/fråga.eml", mail)])
        year = 2015 + number
        members = [(f"{year}/inre.zip", inner), (f"{year}/reklamation.odt", odt(lines, note))]
        site.file("arkiv", f"arkiv-{year}-{number:02d}.zip", zip_piece(members))
        _tar(site, number)
    mails = [plain_mail(site, one, "Från förr", site.filler(2), f"mbox.{one.id}")[0] for one in buyers[:4]]
    site.file("arkiv", "gammal-post.mbox", mbox(mails))
    one = buyers[2]
    draft = Draft()
    only = text([draft.say("Pärm {a.customer} {a.name}", a=one)], draft)
    site.file("arkiv", "en-kund.zip", zip_piece([("pärm.txt", only), ("tom.txt", text(["Tom."]))]))


def unreadable(site: Site) -> None:
    """Encrypted, cut off, unknown, and a scan without text. Each is a gap in the truth."""
    plain = text(site.filler(6)).data
    place = site.file("arkiv", "lönelistor.zip", Piece(encrypted_zip("löner-2023.txt", plain, b"hemligt")))
    site.gap(Place(place.source, place.path, ("member löner-2023.txt",)), "encrypted")
    whole = docx(site.filler(40)).data
    place = site.file("projekt", "Protokoll/avbruten.docx", Piece(whole[: len(whole) * 2 // 3]))
    site.gap(place, "unreadable")
    blob = bytes(range(1, 32)) + site.rng.randbytes(3000)
    site.gap(site.file("projekt", "maskin.blob", Piece(blob)), "unknown format")
    place = site.file("projekt", "inskannat.pdf", Piece(picture_pdf(200)))
    site.gap(Place(place.source, place.path, ("page 1",)), "needs OCR")
    owner = site.cast.doubles["anna"]
    sketch = b"\x8fSKISS\x00" + site.rng.randbytes(500)
    site.gap(site.file("kunder", f"{owner.folder}/skiss.qzx", Piece(sketch), owner=owner), "unknown format")


def _tar(site: Site, number: int) -> None:
    one, other, third = site.rng.sample(site.cast.buyers, 3)
    first, second, row = Draft(), Draft(), Draft()
    page = pdf([([first.say("Besiktning hos {a.name}", a=one), first.say("{a.address}", a=one)], first)])
    note = text([second.say("{a.name} har ringt igen.", a=other), *site.filler(2)], second, "iso-8859-1")
    line = [row.entity("{a.name}", third), row.entity("{a.id10}", third)]
    members = [
        ("hem/besiktning.pdf", page),
        ("hem/samtal.txt", note),
        ("hem/djup.zip", zip_piece([("a/b/rader.csv", table(["Namn", "Personnr"], [(line, row)]))])),
    ]
    site.file("arkiv", f"server-{number:02d}.tar.gz", tar_piece(members))
