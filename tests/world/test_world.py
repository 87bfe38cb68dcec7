"""The world is what its truth says: every record is read back and searched by brute force, for every person."""

from __future__ import annotations

import io
import mailbox
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter, defaultdict
from pathlib import Path

import phonenumbers
import pypdfium2
import pytest
from stdnum import luhn

from tests.world import Person, Place, World, build, build_documents, build_mails, config_text
from tests.world.reading import read_folder, read_maildir

Facts = dict[str, dict[Place, set[str]]]  # person's id -> where -> what stands there

CUSTOMERS = 12
OWN = ("kunder", "personal")  # the sources with a folder for each person


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(tmp_path_factory.mktemp("world"), seed=3, customers=CUSTOMERS)


@pytest.fixture(scope="module")
def texts(world: World) -> dict[Place, str]:
    """Every record of the world as independent readers see it."""
    found = {}
    for source, folder in world.sources.items():
        walk = read_maildir if source == "post" else read_folder
        for path, steps, text in walk(world.root / folder):
            assert Place(source, path, steps) not in found
            found[Place(source, path, steps)] = text
    return found


@pytest.fixture(scope="module")
def facts(world: World, texts: dict[Place, str]) -> Facts:
    """Who stands where, by searching every text for every value of every person."""
    found: Facts = defaultdict(dict)
    for place, text in texts.items():
        low, digits = text.lower(), re.sub(r"[^\d]|\(0\)", "", text)
        for person in world.persons:
            if seen := _facts(person, text, low, digits):
                found[person.id][place] = seen
    return found


def _facts(person: Person, text: str, low: str, digits: str) -> set[str]:
    seen = set()
    if person.last.lower() in low:
        names = [person.name, f"{person.last}, {person.first}", f"{person.last} {person.first}"]
        names += [f"{person.short} {person.last}"] if person.short else []
        if any(re.search(rf"(?<![\w-]){_spaced(name)}s?(?![\w-])", text, re.IGNORECASE) for name in names):
            seen.add("name")
            seen |= {"birth date"} if person.born in text else set()
        if re.search(rf"(?<!\w){person.first[0]}\. {person.last}", text):
            seen.add("initials")
    for mail in person.emails:
        if mail in low and re.search(rf"(?<![\w.+$-]){re.escape(mail)}(?![\w-])", low):
            seen.add(f"email {mail}")
    for phone in person.phones:
        rest = phone.removeprefix("+46")
        if rest in digits and re.search(
            r"(?<!\d)(?:\+46|0046|0)[ -]*(?:\(0\))?" + "[ -]?".join(rest) + r"(?!\d)", text
        ):
            seen.add(f"phone {phone}")
    number = person.national_id
    if (
        number
        and number[9:] in digits
        and re.search(rf"(?<!\d)(?:{number[:2]})?{number[2:8]}-?{number[9:]}(?!\d)", text)
    ):
        seen.add("national id")
    if person.customer_number and re.search(rf"(?<!\w){person.customer_number}(?!\w)", text):
        seen.add("customer number")
    if re.search(rf"{person.street}(?!\d)", text) and person.postcode in text:
        seen.add("address")
    return seen


def _spaced(name: str) -> str:
    return r"\s+".join(map(re.escape, name.split()))


def test_truth_is_all_that_a_search_by_brute_force_finds(world: World, facts: Facts) -> None:
    for person in world.persons:
        hits = set(facts[person.id])
        true = {one.place for one in world.truth(person)}
        by_folder = {one.place for one in world.truth(person) if one.why == "in the own folder, which bears the name"}
        assert true - by_folder <= hits
        assert hits - true <= set(world.confusable(person))
        assert len(true) == len(world.truth(person))
        assert not by_folder & hits
        for place in by_folder:
            assert place.path.split("/")[0] == person.folder


def test_tiers_follow_from_what_stands_there(world: World, facts: Facts) -> None:
    holders = Counter(value for one in world.persons for value in (*one.emails, *one.phones))
    seen = Counter[str]()
    for person in world.persons:
        strong = {f"email {mail}" for mail in person.emails if holders[mail] == 1 and not mail.startswith("info@")}
        strong |= {f"phone {phone}" for phone in person.phones if holders[phone] == 1} | {"national id"}
        strong |= {"customer number"} if re.fullmatch("KND-[0-9]{5}", person.customer_number or "") else set()
        for one in world.truth(person):
            here = facts[person.id].get(one.place, set())
            told = here - {"initials"} - ({"address"} if _namesake_at_home(world, person) else set())
            own = one.source in OWN and one.path.split("/")[0] == person.folder
            parents = [place for place in facts[person.id] if place != one.place and place.covers(one.place)]
            above = any(facts[person.id][place] & strong for place in parents)
            if here & strong:
                tier = "certain"
            elif own or ("name" in here and (above or len(told) > 1)):
                tier = "probable"
            else:
                tier = "possible"
            assert one.tier == tier, one
            seen[tier] += 1
    assert set(seen) == {"certain", "probable", "possible"}


def _namesake_at_home(world: World, person: Person) -> bool:
    same = [one for one in world.persons if (one.name, one.address) == (person.name, person.address)]
    return len(same) > 1


def test_staff_have_a_truth_of_their_own(world: World, texts: dict[Place, str]) -> None:
    assert world.mates is not None
    for mate in world.mates.persons:
        phone = "[ -]*".join(mate.phones[0].removeprefix("+46"))
        bait = rf"(?<![\w.]){re.escape(mate.emails[0])}|(?:\+46|0)[ -]*{phone}(?!\d)|(?<!\w){_spaced(mate.name)}(?!\w)"
        hits = {place for place, text in texts.items() if re.search(bait, text, re.IGNORECASE)}
        true = {one.place for one in world.mates.truth(mate)}
        assert len(true) > 10
        assert true <= hits
        assert hits - true <= set(world.mates.confusable(mate))


def test_ownership_is_whole_only_where_nobody_else_is_named(world: World, facts: Facts) -> None:
    named: dict[tuple[str, str], set[str]] = defaultdict(set)
    for person in world.persons:
        confused = set(world.confusable(person))
        for place in facts[person.id]:
            if place not in confused:
                named[place.source, place.path].add(person.id)
    seen = Counter[str]()
    for person in world.persons:
        for one in world.truth(person):
            alone = named[one.source, one.path] <= {person.id}
            own = one.source in OWN and one.path.split("/")[0] == person.folder
            if own or alone:
                assert one.ownership == ("correspondence" if one.source == "post" else "own"), one
            else:
                assert one.ownership in ("shared", "incidental"), one
            seen[one.ownership] += 1
    assert set(seen) == {"own", "correspondence", "shared", "incidental"}


def test_shared_is_a_record_of_ones_own_and_incidental_a_mention(world: World, texts: dict[Place, str]) -> None:
    for person in world.persons:
        for one in world.truth(person):
            last = one.within[-1] if one.within else ""
            if one.ownership == "shared" and last.startswith("row"):
                first_cells = " ".join(texts[one.place].split(" ¦ ")).lower()
                assert person.last.lower() in first_cells
            if one.source == "projekt" and one.path.startswith("Protokoll/"):
                assert one.ownership == "incidental"
            if one.path.startswith("Deltagare/") or "kundregister" in one.path:
                assert one.ownership == "shared"
            if one.path.endswith(".mbox"):
                assert one.ownership == "shared"


def test_items_are_the_best_of_their_records(world: World) -> None:
    anna = world.person("x-anna")
    register = world.items(anna)["kunder", "Register/kundregister.xlsx"]
    assert (register.tier, register.ownership) == ("certain", "shared")
    assert all("kvitto" not in path or one.tier == "probable" for (_, path), one in world.items(anna).items())


def test_verdict_tells_true_from_doubtful_and_wrong(world: World) -> None:
    anna, other = world.person("x-anna"), world.person("x-anna-malmö")
    quote = next(one.place for one in world.truth(anna) if "offert" in one.path)
    register = "Register/kundregister.xlsx"
    row = next(one.place for one in world.truth(anna) if one.path == register)
    beside = next(one.place for one in world.truth(world.person("KND-10001")) if one.path == register)
    assert world.verdict(anna, quote) == "right"
    assert world.verdict(anna, Place(quote.source, quote.path, ("part header1",))) == "right"
    assert world.verdict(other, quote) == "possible"
    assert world.verdict(anna, row) == world.verdict(anna, Place("kunder", register)) == "right"
    assert world.verdict(anna, beside) == "wrong"
    assert world.verdict(anna, world.lookalike("name in two rows").places[0]) == "wrong"


def test_places_and_gaps_are_there(world: World) -> None:
    keys = _mail_keys(world)
    confused = [place for places in world.confused.values() for place in places]
    trapped = [place for trap in world.lookalikes for place in trap.places]
    true = [one.place for found in world.found.values() for one in found]
    for place in {*confused, *trapped, *true, *world.images, *(gap.place for gap in world.gaps)}:
        assert place.path in keys if place.source == "post" else world.file(place).is_file()


def _mail_keys(world: World) -> set[str]:
    box = mailbox.Maildir(str(world.root / "post"), create=False)
    assert sorted(box.list_folders()) == ["Arkiv", "Skickat"]
    return {
        f"{name}/{key}"
        for name, folder in [("INBOX", box), *((name, box.get_folder(name)) for name in box.list_folders())]
        for key in folder.keys()  # noqa: SIM118 - a mailbox iterates over its messages
    }


def test_lookalikes_are_distinct(world: World, facts: Facts) -> None:
    kinds = [trap.kind for trap in world.lookalikes]
    assert len(kinds) == len(set(kinds)) == 16
    holders = Counter(value for one in world.persons for value in (*one.emails, *one.phones))
    for trap in world.lookalikes:
        person = world.person(trap.persons[0])
        true = {one.place for one in world.truth(person)}
        assert trap.places
        for place in trap.places:
            assert place not in true
            seen = facts[person.id].get(place, set())
            assert not seen & {"national id", "customer number"}
            assert all(holders[each.partition(" ")[2]] > 1 for each in seen if each.startswith(("email", "phone")))
            assert not seen or place in world.confusable(person)


def test_lookalikes_look_alike(world: World, texts: dict[Place, str]) -> None:
    """Each trap would catch a careless search: the bait is in the text."""
    anna, ann, first = world.person("x-anna"), world.person("x-ann"), world.person("KND-10001")
    bait = {
        "address inside an address": ann.emails[0],
        "phone inside a longer number": "0" + anna.phones[0].removeprefix("+46"),
        "customer number inside another": first.customer_number or "",
        "staff with a customer's name": "erik lindmark",
        "same name": "anna andersson",
        "comma list": "andersson, anna",
        "close name karin/anna-karin": "karin strandlund",
        "close name anna/johanna": "anna andersson",
    }
    for kind, text in bait.items():
        trap = world.lookalike(kind)
        assert any(text.lower() in texts.get(place, "").lower() for place in trap.places), kind
    place = world.lookalike("address inside a Message-ID").places[0]
    assert b"ann@kund.example" in _mail_bytes(world, place)
    assert "ann@kund.example" not in texts[place]
    two_rows = world.lookalike("name in two rows").places[0]
    rows = {place.within[-1]: text for place, text in texts.items() if two_rows.covers(place)}
    assert "Anna" in rows["row 1"]
    assert "Andersson" in rows["row 500"]
    assert sum("Anna" in text for text in rows.values()) == 1


def _mail_bytes(world: World, place: Place) -> bytes:
    folder, _, key = place.path.partition("/")
    box = mailbox.Maildir(str(world.root / "post"), create=False)
    return (box if folder == "INBOX" else box.get_folder(folder)).get_bytes(key)


def test_namesakes_share_nothing_but_the_name(world: World) -> None:
    one, other = world.person("x-anna"), world.person("x-anna-malmö")
    assert one.name == other.name
    assert one.city != other.city
    for name in ("emails", "phones", "national_id", "customer_number", "folder", "address"):
        assert getattr(one, name) != getattr(other, name)
    assert not {place.place for place in world.truth(one)} & {place.place for place in world.truth(other)}
    family = [world.person(f"x-{key}") for key in ("björn", "maria", "elsa")]
    assert len({person.phones for person in family}) == 1
    assert len({person.national_id for person in family}) == 3


def test_gaps_cannot_be_read(world: World) -> None:
    gaps = {gap.reason: gap.place for gap in world.gaps}
    assert set(gaps) == {"encrypted", "unreadable", "unknown format", "needs OCR"}
    with zipfile.ZipFile(world.file(gaps["encrypted"])) as archive:
        name = archive.namelist()[0]
        assert gaps["encrypted"].within == (f"member {name}",)
        with pytest.raises(RuntimeError, match="encrypted"):
            archive.read(name)
        assert archive.read(name, pwd=b"hemligt").decode()
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(world.file(gaps["unreadable"]))
    page = pypdfium2.PdfDocument(world.file(gaps["needs OCR"]))[0]
    assert not page.get_textpage().get_text_range().strip()
    assert next(iter(page.get_objects())).type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE


def test_mails_are_of_every_sort(world: World) -> None:
    whole = b"\n".join(_mail_bytes(world, Place("post", key)) for key in sorted(_mail_keys(world)))
    for sort in (
        *(b"charset=utf-16", b"charset=iso-8859-1", b"Encoding: base64", b"Encoding: 8bit", b"quoted-printable"),
        *(b"=?iso-8859-1?", b"=?utf-8?", b"filename*=utf-8''", b"message/rfc822", b"multipart/alternative"),
        *(b".docx", b".xlsx", b".pdf", b".vcf", b".ics", b".zip", b"\nCc: ", b"List-Unsubscribe", b"In-Reply-To"),
        *(b"\n> > ", b'filename="=?utf-8?'),
    ):
        assert sort in whole, sort
    assert any((world.root / "post/new").iterdir())


def test_nested_places_are_in_the_truth(world: World) -> None:
    within = {tuple(step.split(" ")[0] for step in one.within) for found in world.found.values() for one in found}
    assert {
        (),
        ("sheet", "row"),
        ("row",),
        ("page",),
        ("card",),
        ("event",),
        ("message",),
        ("member", "member", "row"),
        ("member", "member"),
        ("member", "page"),
        ("attachment",),
        ("attachment", "page"),
        ("attachment", "card"),
        ("attachment", "event"),
        ("attachment", "sheet", "row"),
        ("attachment", "member"),
        ("attachment", "attachment", "member"),
        ("attachment", "attachment", "sheet", "row"),
        ("attachment", "row"),
    } <= within


def test_nobody_is_real(world: World, texts: dict[Place, str]) -> None:
    ranges = [(701740605, 701740699), (846500400, 846500499), (313900600, 313900699), (406280400, 406280499)]
    whole = "\n".join(texts.values())
    for domain in re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", whole):
        assert domain.lower().endswith(".example")
    phones = {phone for one in world.persons for phone in one.phones} | {one.phone for one in world.staff}
    for phone in phones:
        assert phonenumbers.is_valid_number(phonenumbers.parse(phone))
        assert any(low <= int(phone.removeprefix("+46")) <= high for low, high in ranges)
    numbers = [one.national_id for one in world.persons if one.national_id]
    assert len(set(numbers)) == len(numbers) == len(world.persons)
    for number in numbers:
        assert luhn.is_valid(number[2:].replace("-", ""))
        assert 980 <= int(number[9:12]) <= 999


def test_same_seed_same_bytes(tmp_path: Path, world: World) -> None:
    """In another process too, where sets and dicts of strings have another order."""
    code = (
        "import sys, pathlib, tests.world as w\n"
        f"world = w.build(pathlib.Path(sys.argv[1]), seed=3, customers={CUSTOMERS})\n"
        "print(repr((world.files(), [world.truth(p) for p in world.persons], world.confused)))"
    )
    env = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": os.getcwd()}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "again")], env=env, capture_output=True, text=True, check=True
    )
    again = repr((world.files(), [world.truth(person) for person in world.persons], world.confused))
    assert done.stdout.strip() == again
    other = build(tmp_path / "other", seed=4, customers=CUSTOMERS)
    assert other.files() != world.files()


def test_files_tell_every_change(tmp_path: Path) -> None:
    world = build(tmp_path, seed=5, customers=5, mails_per_customer=1)
    before = world.files()
    on_disk = {
        os.path.relpath(os.path.join(folder, name), tmp_path)
        for folder, _, names in os.walk(tmp_path)
        for name in names
    }
    assert set(before) == on_disk
    place = world.truth(world.person("x-anna"))[0].place
    world.file(place).write_bytes(b"")
    changed = {name for name, digest in world.files().items() if before[name] != digest}
    assert changed == {f"{world.sources[place.source]}/{place.path}"}


def test_config_names_sources_company_and_staff(world: World) -> None:
    config = tomllib.loads(config_text(world))
    sources = {one["name"]: (one["kind"], one["path"]) for one in config["source"]}
    assert sources["post"] == ("maildir", "post")
    assert sources["ansokningar"] == ("folder", "ansökningar")
    assert set(sources) == set(world.sources)
    assert all((world.root / path).is_dir() for _, path in sources.values())
    assert config["company"]["domains"] == ["invex.example"]
    assert "info@invex.example" in config["company"]["shared"]
    assert {tuple(sorted(one)) for one in config["staff"]} == {("emails", "name", "phones")}
    assert config["detect"]["customer_number"] == ["KND-[0-9]{5}"]
    assert set(config["agent"]) >= {"state", "key"}
    assert not (world.root / "gallra.toml").exists()


def test_noise_is_about_nobody_in_the_world(tmp_path: Path) -> None:
    quiet = build(tmp_path / "quiet", seed=6, customers=5, mails_per_customer=1)
    loud = build(tmp_path / "loud", seed=6, customers=5, mails_per_customer=1, noise_mails=40)
    assert loud.found == quiet.found
    added = set(loud.files()) - set(quiet.files())
    assert len(added) == 40
    values = {value.lower() for one in loud.persons for value in (*one.emails, one.name)}
    for name in added:
        low = "\n".join(text for _, text in _read_one((loud.root / name).read_bytes())).lower()
        assert low
        assert not any(value in low for value in values)


def _read_one(data: bytes) -> list[tuple[tuple[str, ...], str]]:
    from tests.world.reading import read

    return list(read("mail.eml", data))


def test_bulk_counts_what_it_writes(tmp_path: Path) -> None:
    bulk = build_mails(tmp_path / "mails", 300, seed=2)
    sizes = sorted(file.stat().st_size for file in (tmp_path / "mails/cur").iterdir())
    assert (bulk.files, bulk.size) == (300, sum(sizes)) == (len(sizes), sum(sizes))
    assert 2500 < sizes[150] < 6500
    address, count = bulk.addresses.most_common(1)[0]
    seen = 0
    for _, steps, text in read_maildir(tmp_path / "mails"):
        seen += not steps and re.search(rf"<{re.escape(address)}>", text.partition("\n\n")[0]) is not None
    assert count >= seen > 0
    documents = build_documents(tmp_path / "papers", 28, seed=2)
    read = {path for path, _, text in read_folder(tmp_path / "papers") if "brus.example" in text}
    assert len(read) == documents.files == 28
    again = build_documents(tmp_path / "again", 28, seed=2)
    assert (again.size, again.addresses) == (documents.size, documents.addresses)


def test_command_writes_world_and_config(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    command = [sys.executable, "-m", "tests.world", str(out), "--seed", "1", "--customers", "5", "--mails", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "persons" in done.stdout
    assert tomllib.loads((out / "gallra.toml").read_text(encoding="utf-8"))["company"]["name"] == "Invex AB"
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert io.StringIO(again.stderr).getvalue().strip().endswith("the folder is not empty")


def test_what_else_wrote_open_documents_in_this_process_changes_no_bytes() -> None:
    """odfpy keeps a table of namespaces a process: documents made earlier by other tests must not show."""
    from odf import draw, table, text
    from odf.opendocument import OpenDocumentText

    from tests.world import office

    office._writer.cache_clear()
    before = office.odt(["Hej"]).data
    other = OpenDocumentText()
    sheet = table.Table(name="x")
    other.text.addElement(sheet)
    link = text.A(href="mailto:x@kund.example")
    other.text.addElement(text.P())
    other.text.childNodes[-1].addElement(link)
    other.text.addElement(draw.Frame())
    other.save(io.BytesIO())
    office._writer.cache_clear()
    assert office.odt(["Hej"]).data == before
