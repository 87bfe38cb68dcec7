"""Builds the whole company in its order, and writes the configuration that describes it."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from tests.world import archives, bulk, contacts, folders, meetings, personnel, post, spellings, traps
from tests.world.model import Person, World
from tests.world.people import COMPANY, DOMAIN, SHARED, STAFF, SWITCHBOARD, cast
from tests.world.site import SOURCES, Site
from tests.world.truth import Book, national


def build(root: Path, seed: int = 1, customers: int = 30, mails_per_customer: int = 5, noise_mails: int = 0) -> World:
    """Write the company below `root` (made if need be, and empty so far). The same arguments give the same bytes.

    `customers` come on top of the look-alikes, and applicants and employees on top of both; at least 5.
    """
    if customers < 5:
        raise ValueError("a company needs at least 5 customers")
    rng = random.Random(f"world {seed}")
    players = cast(rng, customers)
    book = Book(players.all)
    site = Site(Path(root), rng, players, STAFF, book)
    folders.own_folders(site)
    folders.applications(site)
    folders.applicants(site)
    folders.register(site)
    folders.projects(site)
    archives.archives(site)
    archives.unreadable(site)
    meetings.meetings(site)
    contacts.phones(site)
    site.make_mailbox()
    post.threads(site, mails_per_customer)
    post.circulars(site)
    personnel.personnel(site)
    spellings.spellings(site)
    traps.traps(site)
    if noise_mails:
        bulk.build_mails(site.root / "post", noise_mails, seed)
    world = World(
        site.root, seed, players.all, list(STAFF), dict(book.found), book.confusable(), site.gaps, site.lookalikes,
        site.images, dict(SOURCES),
    )  # fmt: skip
    mates = [Person(one.email, one.first, one.last, (one.email,), (one.phone,)) for one in STAFF]
    found, confused = dict(book.mates), book.confusable_mates()
    world.mates = replace(world, persons=mates, found=found, confused=confused, lookalikes=[])
    return world


def config_text(world: World) -> str:
    """A gallra.toml for the world, to be put at its root: its sources, the company, its staff."""
    parts = [
        '[agent]\nstate = ".gallra"\nkey = "file:gallra.key"\nregion = "SE"\nlanguage = "sv"\n',
        f'[company]\nname = "{COMPANY}"\ndomains = ["{DOMAIN}"]\nphones = ["{national(SWITCHBOARD)}"]\n'
        f"shared = [{', '.join(_quoted(one) for one in SHARED)}]\n",
        *(
            f'[[staff]]\nname = "{one.name}"\nemails = ["{one.email}"]\nphones = ["{national(one.phone)}"]\n'
            for one in world.staff
        ),
        '[detect]\ncustomer_number = ["KND-[0-9]{5}"]\n',
        *(
            f'[[source]]\nname = "{name}"\nkind = "{"maildir" if name == "post" else "folder"}"\nbackup = "none"\n'
            f'path = "{path}"\n'
            for name, path in world.sources.items()
        ),
    ]
    return "\n".join(parts)


def _quoted(text: str) -> str:
    return f'"{text}"'
