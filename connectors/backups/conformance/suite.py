"""The whole suite: one class, put together of its chapters."""

from connectors.backups.conformance.suite_look import LookChecks
from connectors.backups.conformance.suite_reach import ReachChecks
from connectors.backups.conformance.suite_reclaim import ReclaimChecks
from connectors.backups.conformance.suite_rewrite import RewriteChecks


class BackupConformance(LookChecks, RewriteChecks, ReclaimChecks, ReachChecks):
    """Subclass it with a `world` fixture that gives a fresh `BackupWorld` to every check."""
