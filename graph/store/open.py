"""graph: opens the store at an address.

The driver of an engine is imported only when a store of this engine is opened.
"""

from __future__ import annotations

from pathlib import Path

from graph.settings import settings
from graph.store.address import Address
from graph.store.port import Store


def open_store(address: str) -> Store:
    """Opens a directory, which is created if absent, or a Neo4j server with the credentials of NEO4J_AUTH."""
    address = Address(address)
    if address.is_server:
        from graph.store.neo4j import Neo4jStore

        return Neo4jStore(address, settings().neo4j_auth)
    from graph.store.ladybug import LadybugStore

    return LadybugStore(Path(address))
