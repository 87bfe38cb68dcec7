"""The living company on real servers, with an agent that is not started yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from random import Random

import pytest

from tests.agent.living import ADDRESS, PERSONS, Collection, Folder, Living, Mailbox, Truth
from tests.agent.the_agent import Agent, agent_of, wait_for
from tests.conftest import Desk
from tests.servers.dav_client import Client
from tests.servers.dovecot import PASSWORD, Dovecot, account, dovecot
from tests.servers.imap_witness import Colleague
from tests.servers.radicale import PASSWORD as DAV_PASSWORD
from tests.servers.radicale import Radicale, radicale
from tests.servers.sources import SOURCES

__all__ = ["account", "dovecot", "radicale"]

CONFIG = """
[agent]
state = ".gallra"

[company]
name = "Invex AB"
domains = ["invex.example"]

[schedule]
every = "4s"
jitter = "0s"
longest_wait = "1s"
at_once = 4
per_server = 4

[[source]]
name = "kunder"
kind = "folder"
backup = "none"
path = "kunder"
"""


@dataclass
class Company:
    """What lives, the agent that looks at it, and what `gallra` says of it."""

    desk: Desk
    agent: Agent
    living: Living
    dav: Client
    config: str

    def configure(self, **every: str) -> None:
        """With a schedule of its own for some sources."""
        text = self.config
        for source, one in every.items():
            text = text.replace(f'name = "{source}"\n', f'name = "{source}"\nevery = "{one}"\n')
        self.desk.write(text)

    def known(self, *addresses: str) -> set[tuple[str, str]]:
        """Where the index has any of these; nowhere while there is none."""
        run = self.desk("find", *addresses, "--quick", "--json", code=(0, 2, 3))
        if run.code == 2:
            assert "there is no index yet" in run.err
            return set()
        return {(one["source"], one["path"]) for one in run.json["findings"]}

    def index(self) -> Truth:
        """All that the index has of the persons."""
        return {(*one, address) for address in PERSONS for one in self.known(address)}

    def counts(self) -> dict[str, int]:
        """Items of each source, as `gallra status` tells them."""
        return {one["source"]: one["items"] for one in self.desk("status", "--json", code=(0, 3)).json["sources"]}

    def scanned(self, since: datetime) -> None:
        """Wait until every source has been scanned whole since then."""
        for source in self.living.places:
            wait_for(partial(self.agent.done_since, f"scan:{source}", since), self.agent.said)


@pytest.fixture
def company(desk: Desk, dovecot: Dovecot, account: str, radicale: Radicale) -> Iterator[Company]:
    desk.env |= {"MAIL_PASSWORD": PASSWORD, "DAV_PASSWORD": DAV_PASSWORD}
    dav, rng = radicale.user(), Random(8)
    with agent_of(desk) as agent:
        config = (CONFIG + SOURCES).format(
            mail=dovecot.port, user=account, dav=radicale.port, owner=dav.user
        ) + agent.tables
        living = Living(
            Folder(desk.root / "kunder", desk.root / "aside", rng),
            Mailbox(Colleague(dovecot.port, account), rng),
            Collection(dav, rng, "calendar", "kalender"),
            Collection(dav, rng, "addressbook", "kontakter"),
            rng,
        )
        yield Company(desk, agent, living, dav, config)


assert all(ADDRESS.fullmatch(address.encode()) for address in PERSONS)
