"""The whole suite: one class, put together of its chapters."""

from connectors.conformance.suite_erase import EraseChecks
from connectors.conformance.suite_look import LookChecks
from connectors.conformance.suite_reach import ReachChecks
from connectors.conformance.suite_swap import SwapChecks
from connectors.conformance.suite_walk import WalkChecks


class Conformance(WalkChecks, LookChecks, ReachChecks, EraseChecks, SwapChecks):
    """Subclass it with a `world` fixture that gives a fresh `World` to every check."""
