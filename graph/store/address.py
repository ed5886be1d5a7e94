"""graph: parses the address of a store."""

from __future__ import annotations

import hashlib
from pathlib import Path

from graph.errors import UnknownAddress
from graph.settings import settings

_SCHEMES = frozenset({"neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc"})


class Address(str):
    """A directory, `neo4j://HOST:PORT` or `bolt://HOST:PORT`. Raises UnknownAddress for any other scheme."""

    is_server: bool
    """True for a Neo4j server, False for a directory."""

    def __new__(cls, text: str) -> Address:
        if isinstance(text, Address):
            return text
        scheme, found, _ = text.partition("://")
        if found and scheme not in _SCHEMES:
            raise UnknownAddress(text)
        made = super().__new__(cls, text)
        made.is_server = bool(found)
        return made

    @property
    def state(self) -> Path:
        """The folder of the snapshots, vectors and site secret. For an embedded store, this is its directory."""
        if not self.is_server:
            return Path(self)
        home = settings().home or Path.home() / ".local/share/tricuspid"
        return Path(home) / hashlib.sha256(self.encode()).hexdigest()[:16]

    @property
    def is_absent(self) -> bool:
        """True for a directory that does not exist."""
        return not self.is_server and not Path(self).is_dir()
