"""graph: opens the store at an address. Each engine's driver is imported only when its address is given."""

from __future__ import annotations

from pathlib import Path

from graph.settings import settings
from graph.store.address import Address
from graph.store.port import Store


def open_store(address: str) -> Store:
    """The store at a directory, which is made if absent, or at a Neo4j server with the credentials of NEO4J_AUTH."""
    address = Address(address)
    if address.is_server:
        from graph.store.neo4j import Neo4jStore

        return Neo4jStore(address, settings().neo4j_auth)
    from graph.store.ladybug import LadybugStore

    return LadybugStore(Path(address))
