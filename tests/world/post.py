"""post/: the company's mailbox. Threads with each customer, then what goes to many, from nobody, or about somebody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.world import contacts, meetings
from tests.world.letters import Attachment, Letter, address, compose, encoded
from tests.world.model import Person, Staff
from tests.world.office import docx, xlsx
from tests.world.packing import zip_piece
from tests.world.papers import calendar, cards, pdf, table, text
from tests.world.people import SWITCHBOARD
from tests.world.site import Site
from tests.world.truth import Draft, Piece, national
from tests.world.words import PRODUCTS

_CODINGS = (
    ("utf-8", "quoted-printable"),
    ("iso-8859-1", "quoted-printable"),
    ("utf-8", "base64"),
    ("utf-16", "base64"),
    ("utf-8", "8bit"),
    ("windows-1252", "base64"),
)
_STYLES = ("plain", "encoded", "latin", "reversed", "plain", "bare")


def threads(site: Site, mails: int) -> None:
    """`mails` mails with each customer: asked, answered, asked again with attachments, invoiced, passed on."""
    for number, one in enumerate(site.cast.buyers):
        thread = _Thread(site, one, number)
        for turn in range(mails):
            thread.turn(turn)


def circulars(site: Site) -> None:
    """Mails to several persons, about persons who are not in the headers, and from newsletters."""
    buyers = site.cast.buyers
    for number in range(max(2, len(buyers) // 10)):
        _to_many(site, number, site.rng.sample(buyers, 4))
        _about(site, number, *site.rng.sample(buyers, 2))
        _list_inside(site, number, *site.rng.sample(buyers, 4))
        newsletter(site, number)
    _between_staff(site)


class _Thread:
    """One customer's conversation with one of the staff."""

    def __init__(self, site: Site, one: Person, number: int) -> None:
        self.site, self.one, self.number = site, one, number
        self.host: Staff = site.staff[number % len(site.staff)]
        self.when = site.day()
        self.product = site.rng.choice(PRODUCTS)
        self.last: Letter | None = None
        self.quoted: Callable[[Draft], str] = lambda draft: ""

    def turn(self, turn: int) -> None:
        steps = (self._asks, self._answers, self._sends, self._invoices, self._passes_on)
        steps[turn % len(steps)](turn)
        self.when += timedelta(hours=self.site.rng.randrange(3, 90), minutes=turn)

    def _asks(self, turn: int) -> None:
        self._from_customer(turn, self.site.filler(2), [])

    def _sends(self, turn: int) -> None:
        self._from_customer(turn, ["Här kommer det ni bad om."], _papers(self.site, self.one, self.number))

    def _from_customer(self, turn: int, lines: list[str], attachments: list[Attachment]) -> None:
        draft = Draft()
        sender = _sender(draft, self.one, self.number)
        name = draft.say("{a.name}", a=self.one)
        signature = (
            [name] if turn else [name, draft.say("Tel: {a.phone}", a=self.one), draft.say("{a.address}", a=self.one)]
        )
        body = "\n".join(["Hej!", "", *lines, "", "Vänliga hälsningar", *signature, "", self.quoted(draft)])
        self._deliver("INBOX", turn, draft, sender, [_to(draft, self.host)], body, attachments)
        self._quote(turn, lines, self.one)

    def _answers(self, turn: int) -> None:
        draft = Draft()
        lines = [f"Tack för din fråga om {self.product}.", *self.site.filler(3)]
        quote = docx([f"Offert {self.product}", *self.site.filler(5)])
        attachments = [Attachment("Offert.docx", quote, _WORD)] if self.number % 2 else []
        if self.number % 4 == 3:  # an invitation that names only the customer
            uid = f"besok-{self.number}-{turn}@kalender.invex.example"
            invite = calendar([meetings.event(uid, self.host, [self.one], self.when + timedelta(days=3))])
            attachments.append(Attachment("invite.ics", invite, "text/calendar; method=REQUEST"))
        self._from_staff("Skickat", turn, draft, lines, attachments)

    def _invoices(self, turn: int) -> None:
        draft, page = Draft(), Draft()
        lines = [
            "Faktura",
            page.say("{a.name}", a=self.one),
            page.say("{a.customer}", a=self.one),
            *self.site.filler(3),
        ]
        bare = Draft()
        terms = pdf([(["Orderbekräftelse", bare.say("Beställare: {a.name}", a=self.one)], bare)])
        papers = [Attachment("faktura.pdf", pdf([(lines, page)]), _PDF), Attachment("order.pdf", terms, _PDF)]
        self._from_staff("Skickat", turn, draft, ["Bifogat finns faktura och orderbekräftelse."], papers)

    def _passes_on(self, turn: int) -> None:
        """Between two of the staff: the customer's mail inside a mail, or pasted below."""
        other = self.site.staff[(self.number + 1) % len(self.site.staff)]
        draft = Draft()
        attachments = []
        body = "Kan du ta den här?\n\n" + self.host.first + "\n"
        if self.number % 2 and self.last is not None:
            inner = compose(self.last)
            attachments = [Attachment("Vidarebefordrat.eml", inner, "message/rfc822")]
        else:
            body += "\n----- Vidarebefordrat meddelande -----\n" + draft.say("Från: {a.name} <{a.email}>\n", a=self.one)
            body += self.quoted(draft)
        self._deliver("Arkiv", turn, draft, _to(draft, self.host), [_to(draft, other)], body, attachments)

    def _from_staff(
        self, folder: str, turn: int, draft: Draft, lines: list[str], attachments: list[Attachment]
    ) -> None:
        to = [_sender(draft, self.one, self.number)]
        body = "\n".join(
            [draft.say("Hej {a.first},", a=self.one), "", *lines, "", _foot(draft, self.host), "", self.quoted(draft)]
        )
        self._deliver(folder, turn, draft, _to(draft, self.host), to, body, attachments)
        self._quote(turn, lines, self.host)

    def _deliver(
        self, folder: str, turn: int, draft: Draft, sender: str, to: list[str], body: str, attachments: list[Attachment]
    ) -> None:
        charset, encoding = _CODINGS[(self.number + turn) % len(_CODINGS)]
        message_id = f"{self.number}.{turn}.{int(self.when.timestamp())}@mx.invex.example"
        extra = [("In-Reply-To", f"<{self.last.message_id}>")] if self.last else []
        letter = Letter(
            draft, sender, to, ("Sv: " if turn else "") + f"Fråga om {self.product}", self.when, message_id, body,
            html=_html(body) if (self.number + turn) % 3 == 0 else None,
            charset=charset, encoding=encoding, attachments=attachments, extra=extra,
        )  # fmt: skip
        self.site.mail(folder, compose(letter), self.when, flags=None if turn == 2 and folder == "INBOX" else "S")
        if folder == "INBOX":
            self.last = letter

    def _quote(self, turn: int, lines: list[str], who: Person | Staff) -> None:
        """What the next mail quotes of this one."""
        day, before = f"{self.when:%Y-%m-%d %H:%M}", self.quoted if turn < 4 else lambda draft: ""

        def quoted(draft: Draft) -> str:
            head = draft.say("Den {day} skrev {a.name} <{a.email}>:", day=day, a=who)
            inner = [*lines, "", *before(draft).splitlines()]
            return "\n".join([head, *(f"> {line}".rstrip() for line in inner)])

        self.quoted = quoted


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PDF = "application/pdf"


def _papers(site: Site, one: Person, number: int) -> list[Attachment]:
    """What a customer attaches: by turns a card, a zip, a document with a Swedish name, a sheet."""
    draft = Draft()
    if number % 4 == 0:
        return [Attachment("kort.vcf", cards([contacts.modern(one, site)]), "text/vcard; charset=utf-8")]
    if number % 4 == 1:
        note = text([draft.say("Fullmakt för {a.name}, {a.id}", a=one), *site.filler(2)], draft)
        return [
            Attachment(
                "papper.zip", zip_piece([("in/fullmakt.txt", note), ("läs.txt", text(["Tomt."]))]), "application/zip"
            )
        ]
    if number % 4 == 2:
        lines = [draft.say("Beställare: {a.name}", a=one), *site.filler(4)]
        style = "rfc2047" if number % 8 == 2 else "rfc2231"
        return [Attachment("Önskemål.docx", docx(lines, draft), _WORD, style)]
    row = [draft.entity("{a.name}", one), draft.entity("{a.phone}", one), "120"]
    return [Attachment("mått.xlsx", xlsx([("Mått", ["Namn", "Telefon", "Längd"], [(row, draft)])]), _EXCEL)]


def _sender(draft: Draft, one: Person, number: int) -> str:
    if not one.emails:  # the daughter writes from nobody's address
        return encoded(draft.entity("{a.name}", one)) + " <noreply@formular.example>"
    return address(draft, one, _STYLES[number % len(_STYLES)])


def _to(draft: Draft, host: Staff) -> str:
    return f"{encoded(draft.say('{a.name}', a=host))} <{draft.say('{a.email}', a=host)}>"


def _foot(draft: Draft, host: Staff) -> str:
    name = draft.say("{a.name}", a=host)
    lines = [name, "Invex AB", f"Växel {national(SWITCHBOARD)}, {draft.say('direkt {a.phone}', a=host)}"]
    return "\n".join([*lines, draft.say("{a.email}", a=host)])


def _html(body: str) -> str:
    escaped = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    lines = "".join(f"<div>{line or '<br>'}</div>\n" for line in escaped.split("\n"))
    return f"<html><head><style>div {{margin: 0}}</style></head><body>\n{lines}</body></html>\n"


def _to_many(site: Site, number: int, group: list[Person]) -> None:
    """To one, copies to the others; one more is named in the text only."""
    draft, when, host = Draft(), site.day(), site.staff[number % len(site.staff)]
    *addressed, talked = [one for one in group if one.emails]
    to, *copies = [address(draft, one, _STYLES[number % 2]) for one in addressed]
    body = "\n".join(
        ["Hej alla,", "", *site.filler(3), draft.say("{a.name} kan inte komma.", a=talked), "", _foot(draft, host)]
    )
    letter = Letter(
        draft, _to(draft, host), [to], "Gemensam information", when, f"alla.{number}@mx.invex.example", body, cc=copies
    )
    site.mail("Skickat", compose(letter), when)


def _about(site: Site, number: int, one: Person, other: Person) -> None:
    """One customer writes of another, by name, with the number."""
    draft, when = Draft(), site.day()
    sender = _sender(draft, one, number)
    tip = "{b.name} på {b.phone} vill också ha offert." if number % 2 else "Hälsa {b.name} om ni ses."
    body = "\n".join(["Hej,", "", draft.say(tip, b=other), "", draft.say("{a.name}", a=one)])
    letter = Letter(draft, sender, [_to(draft, site.staff[0])], "Tips", when, f"tips.{number}@mx.invex.example", body)
    site.mail("INBOX", compose(letter), when)


def _list_inside(site: Site, number: int, one: Person, *others: Person) -> None:
    """A mail of one customer with a list of others in it: not to be removed whole."""
    draft, when = Draft(), site.day()
    rows = []
    for other in others:
        row = Draft()
        rows.append(([row.entity("{a.name}", other), row.entity("{a.email}", other)], row))
    attachment = Attachment("grannar.csv", table(["Namn", "E-post"], rows, "utf-8-sig"), "text/csv")
    body = "\n".join(["Hej, här är grannarna som vill vara med.", "", draft.say("{a.name}", a=one)])
    sender = _sender(draft, one, number)
    letter = Letter(
        draft, sender, [_to(draft, site.staff[1])], "Grannar", when, f"grannar.{number}@mx.invex.example", body,
        attachments=[attachment],
    )  # fmt: skip
    site.mail("INBOX", compose(letter), when)


def newsletter(site: Site, number: int) -> None:
    """To the company, from a list server: about nobody."""
    when = site.day()
    body = "\n\n".join(["Veckans branschnytt", *site.filler(12), "Avregistrera: https://utskick.example/u/1"])
    letter = Letter(
        Draft(), "Branschnytt <news@utskick.example>", ["info@invex.example"], f"Branschnytt vecka {number + 1}", when,
        f"news.{number}@utskick.example", body, html=_html(body),
        extra=[("List-Unsubscribe", "<https://utskick.example/u/1>"), ("Precedence", "bulk")],
    )  # fmt: skip
    site.mail("INBOX", compose(letter), when)


def _between_staff(site: Site) -> None:
    draft, when = Draft(), site.day()
    first, second, third, *_ = site.staff
    body = f"Fika kl 15 i dag.\n\n{_foot(draft, first)}\n"
    letter = Letter(
        draft,
        _to(draft, first),
        [_to(draft, second)],
        "Fika",
        when,
        "fika@mx.invex.example",
        body,
        cc=[_to(draft, third)],
        encoding="8bit",
    )
    site.mail("Arkiv", compose(letter), when)


def plain_mail(site: Site, one: Person, subject: str, body: list[str], key: str) -> tuple[Piece, datetime]:
    """A short mail from one customer to the company, for archives."""
    draft, when = Draft(), site.day()
    lines = [*body, "", draft.say("{a.name}", a=one)]
    sender = _sender(draft, one, 0)
    letter = Letter(
        draft, sender, [_to(draft, site.staff[0])], subject, when, f"{key}@mx.invex.example", "\n".join(lines)
    )
    return compose(letter), when
