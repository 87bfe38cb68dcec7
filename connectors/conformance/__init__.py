"""The suite that every connector passes, for third parties' connectors too.

Write a `World` over a seeded source with a `Witness` that is an independent client, and a class:

    class TestMine(Conformance):
        @pytest.fixture
        def world(self, tmp_path):
            return MyWorld(tmp_path)

Every check gets a fresh world. The truth is always the witness's word, never the connector's.
"""

from connectors.conformance.suite import Conformance
from connectors.conformance.world import Witness, World

__all__ = ["Conformance", "Witness", "World"]
