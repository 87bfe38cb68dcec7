"""Builds the whole company in its order, and writes the configuration that describes it."""

from __future__ import annotations

import random
from pathlib import Path

from tests.world import archives, bulk, contacts, folders, meetings, post, traps
from tests.world.model import World
from tests.world.people import COMPANY, DOMAIN, SHARED, STAFF, SWITCHBOARD, cast
from tests.world.site import SOURCES, Site
from tests.world.truth import Book, national


def build(root: Path, seed: int = 1, customers: int = 30, mails_per_customer: int = 5, noise_mails: int = 0) -> World:
    """Write the company below `root` (made if need be, and empty so far). The same arguments give the same bytes.

    `customers` come on top of the look-alikes, and a third as many applicants on top of both; at least 5.
    """
    if customers < 5:
        raise ValueError("a company needs at least 5 customers")
    rng = random.Random(f"world {seed}")
    players = cast(rng, customers)
    book = Book(players.all)
    site = Site(Path(root), rng, players, STAFF, book)
    folders.own_folders(site)
    folders.applications(site)
    folders.register(site)
    folders.projects(site)
    archives.archives(site)
    archives.unreadable(site)
    meetings.meetings(site)
    contacts.phones(site)
    site.make_mailbox()
    post.threads(site, mails_per_customer)
    post.circulars(site)
    traps.traps(site)
    if noise_mails:
        bulk.build_mails(site.root / "post", noise_mails, seed)
    return World(
        site.root, seed, players.all, list(STAFF), dict(book.found), book.confusable(), site.gaps, site.lookalikes,
        site.images, dict(SOURCES),
    )  # fmt: skip


def config_text(world: World) -> str:
    """A gallra.toml for the world, to be put at its root: seven sources, the company, its staff."""
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
            f'[[source]]\nname = "{name}"\nkind = "{"maildir" if name == "post" else "folder"}"\npath = "{path}"\n'
            for name, path in world.sources.items()
        ),
    ]
    return "\n".join(parts)


def _quoted(text: str) -> str:
    return f'"{text}"'
