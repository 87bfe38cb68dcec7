"""What is lacking before people can be asked: facts for `gallra check`. Pure; nobody is written to."""

from __future__ import annotations

from config.model import Config, Hand
from config.named import PAPER, PROVIDER


def hand_facts(hand: Hand, config: Config) -> list[str]:
    """How the person in charge will be asked, and what is not known of it."""
    told = []
    if hand.kind == PAPER:
        told.append("gallra makes a task of it: somebody looks into the binder")
    elif not hand.contact:
        told.append("no contact: its letter can be written, and somebody must find out where to send it")
    elif config.smtp is None:
        told.append("no [smtp]: its letter is written, and a person sends it")
    if not hand.owner:
        told.append("no owner: nobody is named who sees to it")
    if hand.kind == PROVIDER and hand.keeps_days is None:
        told.append("no keeps_days: no day can be told by which its copies are gone")
    return told
