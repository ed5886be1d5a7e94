"""cli: every setting there is, from the environment; docs/settings.md tells them, and a test compares the two."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Settings:
    """`NAME` of a field is what stands in its metadata; an empty variable counts as absent."""

    store: str = ".tricuspid/store"
    """TRICUSPID_STORE: a directory, `neo4j://HOST:PORT` or `bolt://HOST:PORT`."""
    role: str = ""
    """TRICUSPID_ROLE: what the command line may see of patients; `exact` shows numbers as they are."""
    host: str = "127.0.0.1"
    """TRICUSPID_HOST: the address that `serve` listens on."""
    port: int = 8000
    """TRICUSPID_PORT: the port that `serve` listens on."""
    model: str = ""
    """TRICUSPID_MODEL: the folder of an adapted encoder; empty for the packaged one."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        """Raises ValueError, naming the variable, where a number is none."""
        given = {}
        for field in fields(cls):
            name = f"TRICUSPID_{field.name.upper()}"
            if text := environment.get(name):
                given[field.name] = _number(name, text) if field.name == "port" else text
        return cls(**given)  # type: ignore[arg-type]


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:6]) <= 65535):
        raise ValueError(f"{name} is {text!r}: give a port number from 0 to 65535")
    return int(text)


SETTINGS_ELSEWHERE = ("TRICUSPID_SECRET", "TRICUSPID_HOME", "NEO4J_AUTH")
"""Read where they are used: the key of the pseudonyms, the folder of snapshots of servers, user/password of Neo4j."""


def settings() -> Settings:
    return Settings.of(os.environ)
