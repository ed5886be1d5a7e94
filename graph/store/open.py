"""graph: from an address to a store; each engine's driver is imported only when its address is given."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from graph.errors import UnknownAddress
from graph.store.port import Store


def is_server(address: str) -> bool:
    """True for a Neo4j address, False for a directory. Raises UnknownAddress for another scheme."""
    scheme, found, _ = address.partition("://")
    if found and scheme not in {"neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc"}:
        raise UnknownAddress(address)
    return bool(found)


def open_store(address: str) -> Store:
    """The store at a directory (made when absent) or at `neo4j://…`, `bolt://…`; credentials come from NEO4J_AUTH."""
    if is_server(address):
        from graph.store.neo4j import Neo4jStore

        return Neo4jStore(address, os.environ.get("NEO4J_AUTH", ""))
    from graph.store.ladybug import LadybugStore

    return LadybugStore(Path(address))


def state_folder(address: str) -> Path:
    """Where snapshots and the site secret are kept: in a directory that is a store, in that directory."""
    if not is_server(address):
        return Path(address)
    home = os.environ.get("TRICUSPID_HOME") or Path.home() / ".local/share/tricuspid"
    return Path(home) / hashlib.sha256(address.encode()).hexdigest()[:16]
