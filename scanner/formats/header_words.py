"""The words of table headers that tell what a column holds and whose it is: Swedish, English, and Outlook's German.

All words are folded: lower case, without diacritics, `e-mail` and `e-post` as one word. Sources: the CSV exports of
Google, Outlook, Thunderbird and Roundcube, and the headers of Swedish member, customer and staff registers.
"""

from __future__ import annotations

from enum import Enum, auto


class Part(Enum):
    """What a column holds. Parts of a name and of an address are put together per person."""

    FULL = auto()
    GIVEN = auto()
    MIDDLE = auto()
    FAMILY = auto()
    EMAIL = auto()
    PHONE = auto()
    NATIONAL_ID = auto()
    ORGANISATION_NUMBER = auto()
    CUSTOMER_NUMBER = auto()
    IBAN = auto()
    BIRTH = auto()
    FORMATTED = auto()
    STREET = auto()
    POSTCODE = auto()
    CITY = auto()


def _words(text: str) -> frozenset[str]:
    return frozenset(phrase.strip() for phrase in " ".join(text.split()).split(",") if phrase.strip())


_PHRASES: dict[Part, str] = {
    Part.FULL: """namn, name, full name, fullname, fullstandigt namn, hela namnet, display name, visningsnamn,
        email display name, epost visningsnamn, email name, person, file as, for och efternamn, fornamn efternamn,
        fornamn och efternamn, efternamn och fornamn, efternamn fornamn, first and last name, customer name,
        fullstandiga namn, personnamn, epost visat namn, email angezeigter name, vollstandiger name,
        formatted name""",
    Part.GIVEN: """fornamn, tilltalsnamn, given name, givenname, given names, first name, firstname, forename, first,
        vorname""",
    Part.MIDDLE: "mellannamn, middle name, middlename, middle, additional name, weitere vornamen",
    Part.FAMILY: """efternamn, family name, familyname, last name, lastname, last, surname, sur name, slaktnamn, sn,
        nachname, familienname""",
    Part.EMAIL: """email, epost, mejl, mail, mailadress, mejladress, epostadress, emailadress, email address,
        epost adress, mail address, mail adress, mejl adress, email value, epost varde, emailaddress, mailaddress,
        email adress, email adresse, primary email, secondary email, email id, emailadresse""",
    Part.PHONE: """telefon, telefonnr, telefonnummer, telefon nr, telefon nummer, tel, tel nr, telnr, tele, tfn, tfnnr,
        tfn nr, tlf, tlfnr, phone, phone number, phone no, phone nr, phone value, telefon varde, phonenumber, telephone,
        telephone number, mobil, mobilnr, mobil nr, mobilnummer, mobil nummer, mobiltelefon, mobiltel,
        mobiltelefonnummer, mobil telefon, mobile, mobile phone, mobile number, mobile no, mobilephone, cell,
        cell phone, cellphone, cell number, gsm, sms, sms nummer, whatsapp, whatsapp number, car phone, pager,
        pager number, biltelefon, personsokare, msisdn, radio phone, radiotelefon, isdn,
        autotelefon, haupttelefon, handy, handynummer, rufnummer""",
    Part.NATIONAL_ID: """personnummer, personnr, person nr, person nummer, persnr, pers nr, pnr, samordningsnummer,
        samordningsnr, personal number, personal identity number, personal id, personal id number, national id,
        nationalid, national id number, national identification number, national identity number, nationellt id,
        identity number, id nummer, ssn, social security number, social security no, cpr, cpr nr, personid,
        person id, pers org nr, person org nr, personnummer organisationsnummer, personnr orgnr, person orgnr,
        pers orgnr, fodelsenummer, national insurance number""",
    Part.ORGANISATION_NUMBER: """organisationsnummer, organisationsnr, orgnr, org nr, org nummer, orgnummer,
        organisation number, organization number, organisation no, organization no, company number,
        registration number, company registration number, corporate id, vat number, vat no, vat nr, momsnr,
        momsregistreringsnummer, momsreg nr""",
    Part.CUSTOMER_NUMBER: """kundnr, kundnummer, kund nr, kund nummer, kundid, kund id, customer number, customer no,
        customer nr, customer id, customernumber, customerid, customerno, client number, client no, client id,
        clientid, medlemsnr, medlemsnummer, medlems nr, medlems nummer, medlemsid, medlem nr, medlem id, member number,
        member no, member nr, member id, memberid, membership number, membership no, membership id""",
    Part.IBAN: "iban, iban nr, iban nummer, iban number",
    Part.BIRTH: """birthday, birthdate, birth date, date of birth, dob, bday, fodelsedatum, fodelsedag, fodd,
        fodelse datum, fodelsedata, foddatum, born, geburtstag, geburtsdatum""",
    Part.FORMATTED: "address formatted, formatted address, full address, fullstandig adress, adress formaterad",
    Part.STREET: """adress, adresser, gatuadress, gata, utdelningsadress, postadress, besoksadress, bostadsadress,
        street, street address, streetaddress, address, address street, address line, adressrad, address extended
        address, postal address, adress gata, folkbokforingsadress, adress rad, street name, mailing address,
        straße, strasse""",
    Part.POSTCODE: """postnr, postnummer, post nr, post nummer, zip, zipcode, zip code, postcode, post code,
        postal code, postalcode, address postal code, address zip, adress postnr, adress postnummer, postleitzahl,
        plz""",
    Part.CITY: """ort, postort, post ort, stad, city, town, address city, adress ort, adress stad, bostadsort,
        postal town, locality""",
}

FIELDS: dict[str, Part] = {phrase: part for part, text in _PHRASES.items() for phrase in _words(text)}

BENIGN: dict[str, str] = {
    # word -> what it says of an address ("" where it says nothing): the column stays with the row's person
    **dict.fromkeys(("home", "hem", "private", "privat", "personal", "personlig", "bostad"), "home"),
    **dict.fromkeys(("work", "business", "arbete", "arbets", "jobb", "office", "kontor", "tjanste", "tjanst"), "work"),
    "geschaftlich": "work",
    **dict.fromkeys(("annat", "alternate", "weitere", "weiterer", "weiteres", "general"), "other"),
    **dict.fromkeys(("other", "ovrig", "annan", "alternativ", "alternative", "extra", "andra"), "other"),
    **dict.fromkeys(("primary", "primar", "main", "huvud", "secondary", "sekundar", "default", "preferred"), ""),
    **dict.fromkeys(("value", "varde", "the", "your", "din", "ditt", "kort", "direct", "direkt", "dagtid"), ""),
    **dict.fromkeys(("kvallstid", "kvall", "dag", "assistive", "mobil", "mobile", "fast", "landline", "aktuell"), ""),
    **dict.fromkeys(("postal", "mailing", "folkbokforing", "permanent", "current"), "home"),
    "yahoo": "",
}

SOFT = _words(
    """contact, kontakt, customer, kund, kunder, client, klient, member, medlem, medlems, user, anvandare, billing,
    shipping, invoice, faktura, leverans, delivery, fakturerings, deltagare, participant, attendee, student, elev,
    patient, employee, anstalld, anstallds, personal, kandidat, candidate, sokande, applicant, bestallare, buyer,
    kopare, tenant, hyresgast, boende, guest, gast, donor, givare, subscriber, prenumerant, person, owner, agare"""
)
"""Words for the row's own person, as long as only one person has a name in the row (`Kundnamn`, `Contact Email`)."""

PERSONS = SOFT - _words(
    "contact, kontakt, billing, shipping, invoice, faktura, leverans, delivery, fakturerings, personal, owner, agare"
)
"""Those that name a person by themselves: `Hyresgäst`, `Köpare 2`."""

ADDRESSED = _words("faktura, fakturera, faktureras, invoice, bill, leverans, leverera, levereras, deliver, ship, sold")
"""Words before `till`, `to`: `Faktura till` is a person, `Giltig till` a day."""

RELATED = _words(
    """kontaktperson, kontaktpersoner, saljare, seller, salesperson, salesman, sales, handlaggare, anhorig, anhoriga,
    narstaende, maka, make, makemaka, foralder, foraldrar, vardnadshavare, malsman, mamma, pappa, mor, far, moder,
    fader, mother, father, parent, guardian, spouse, partner, sambo, hustru, fru, wife, husband, respektive,
    manager, chef, assistant, assistent, secretary, sekreterare, child, children, barn, son, dotter, daughter,
    syskon, sibling, syster, bror, sister, brother, relation, relative, related, relationship, kin, emergency,
    nodkontakt, nod, ice, referral, referred, referens, reference, referee, ansvarig, responsible, assigned,
    assignee, tilldelad, agent, account manager, supervisor, advisor, adviser, radgivare, coach, tranare, ledare,
    mentor, teacher, larare, mentors, lakare, doctor, physician, ombud, fullmaktshavare, borgensman, medsokande,
    medlantagare, medagare, kollega, colleague, friend, van, varvad, referrer, rekryterare, recruiter,
    interviewer, konsult, consultant, projektledare, attestant, godman, forvaltare, firmatecknare, sender,
    vorgesetzter, vorgesetzten, kinder, kind, empfohlen, significant, avsandare, recipient,
    mottagare, author, forfattare, creator, skapare, godkannare, approver, delegate,
    ersattare, suppleant, fadder, sponsor"""
)
"""Words for another person than the row's."""

NOT_A_PERSON = _words(
    """company, foretag, foretags, foretagets, bolag, bolags, firma, organization, organisation, organisations,
    organizations, account, konto, type, typ, label, etikett, prefix, suffix, yomi, phonetic, fonetisk, nickname,
    smeknamn, fax, telefax, initials, website, webb, web, page, url, switchboard, vaxel, group, grupp, department,
    avdelning, product, produkt, file, fil, ip, mac, user name, username, anvandarnamn, screen, event, project,
    projekt, verified, verifierad, status, opt, consent, samtycke, count, antal, sent, skickat, format, maiden,
    title, titel, callback, tty, ttd, telex, school, skola, forening, club, klubb, bank, bankens, domain, doman,
    horbehinderte, messenger, server, box, country, land, region, state, lan, kommun, po, extended, neighborhood,
    date, datum, created,
    modified, id"""
)
"""Words that turn a column into something else than a person's own value (`Company Name`, `E-mail 1 - Type`)."""

GENERIC = _words(
    """id, nr, no, nummer, number, datum, date, tid, time, belopp, amount, summa, sum, total, pris, price, antal,
    quantity, kommentar, kommentarer, comment, comments, anteckning, anteckningar, not, note,
    notes, notering, ovrigt,
    status, typ, type, titel, title, roll, role, befattning, job title, avdelning, department, foretag, company,
    organization, organisation, land, country, region, state, lan, kon, gender, sex, alder, age, grupp, group,
    kategori, category, categories, beskrivning, description, artikel, article, produkt, product, faktura,
    fakturanr, fakturanummer, invoice, invoice number, order, ordernr, ordernummer, order number, subject, amne,
    language, sprak, webb, webbplats, website, url, nickname, smeknamn, labels, group membership, occupation,
    position, location, hobby, fax, prefix, suffix, bankkonto, konto, kontonummer, clearing, lon, salary, lopnr,
    nr., ref, referens, betald, betalt, paid, moms, vat, valuta, currency, startdatum, slutdatum, start, end,
    created, modified, skapad, andrad, linkedin, tags, id nr, web page, birth year, birth month, birth day, job,
    arende, arendenr, butik, butiker, shop, store, leverantor, supplier, vendor, anrede, firma, abteilung, notizen,
    webseite, memo"""
)
"""Words that say that a row is a header, and nothing of a person."""
