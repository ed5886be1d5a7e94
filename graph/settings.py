"""graph: reads all settings from environment variables. A test checks that docs/settings.md lists all settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from graph.errors import BadSetting

FORMS = ("plain", "json")
"""Log formats."""


@dataclass(frozen=True)
class Settings:
    """The settings. The text below each field starts with its environment variable. An empty variable is ignored."""

    store: str = ".tricuspid/store"
    """TRICUSPID_STORE: a directory, `neo4j://HOST:PORT` or `bolt://HOST:PORT`."""
    role: str = ""
    """TRICUSPID_ROLE: the role of users of the command line; the role `exact` shows exact counts of patients."""
    host: str = "127.0.0.1"
    """TRICUSPID_HOST: the address that `serve` listens on."""
    port: int = 8000
    """TRICUSPID_PORT: the port that `serve` listens on."""
    source: str = ""
    """TRICUSPID_SOURCE: the base URL of the FHIR server, for files that state no base URL, such as bulk exports."""
    patient_identifiers: str = ""
    """TRICUSPID_PATIENT_IDENTIFIERS: identifier systems; patients with the same identifier in such a system are the
    same person, even in several sources.
    """
    people: bool = True
    """TRICUSPID_PEOPLE: whether `ingest` stores authors, investigators and teachers from public sources."""
    code_systems: str = ""
    """TRICUSPID_CODE_SYSTEMS: prefixes of local code systems, as `local=https://hospital.example/codes`."""
    model: str = ""
    """TRICUSPID_MODEL: the folder or name of an encoder; empty for the packaged encoder."""
    anonymous: str = "at_least"
    """TRICUSPID_ANONYMOUS: the role of HTTP callers without a key or token; the highest possible role is `at_least`."""
    keys: str = ""
    """TRICUSPID_KEYS: the file of API keys; empty for none."""
    oidc_issuer: str = ""
    """TRICUSPID_OIDC_ISSUER: the `iss` of bearer tokens; empty to accept no tokens."""
    oidc_audience: str = ""
    """TRICUSPID_OIDC_AUDIENCE: the value that the `aud` of a token must contain."""
    oidc_jwks: str = ""
    """TRICUSPID_OIDC_JWKS: the keys of the issuer, as an https:// address or a file."""
    oidc_claim: str = "roles"
    """TRICUSPID_OIDC_CLAIM: the claim that holds the role."""
    oidc_type: str = "any"
    """TRICUSPID_OIDC_TYPE: `at+jwt` to accept only access tokens, by the field `typ` of the token."""
    audit: str = ""
    """TRICUSPID_AUDIT: the file of the audit log; empty for no audit log."""
    audit_sync: bool = True
    """TRICUSPID_AUDIT_SYNC: whether an answer waits until its line in the audit log is on disk."""
    access: str = ""
    """TRICUSPID_ACCESS: `public` or `closed`; the default is `closed` if there are keys or an issuer, else `public`."""
    seconds: int = 30
    """TRICUSPID_SECONDS: the maximum time of a request, in seconds."""
    questions: int = 200
    """TRICUSPID_QUESTIONS: the maximum number of different cohorts per caller and day; 0 for no limit. The role `exact`
    has no limit.
    """
    hosts: str = ""
    """TRICUSPID_HOSTS: the host names that the server accepts in requests, separated by commas; empty for any name."""
    meaning: bool = True
    """TRICUSPID_MEANING: whether names are encoded, for semantic search and grounding."""
    meaning_at_once: int = 2
    """TRICUSPID_MEANING_AT_ONCE: the maximum number of simultaneous requests for grounding or semantic search."""
    meaning_waiting: int = 16
    """TRICUSPID_MEANING_WAITING: the maximum number of requests that wait for grounding or semantic search."""

    log: str = "plain"
    """TRICUSPID_LOG: the log format on stderr: `plain`, or `json` with a line for every request and job."""

    likely: float = 0.8
    """TRICUSPID_LIKELY: the minimum probability at which a computed statement is used at the level LIKELY."""
    phenotypes: bool = True
    """TRICUSPID_PHENOTYPES: whether a disease and a phenotype with the same name may be in one group."""
    preferred: str = ""
    """TRICUSPID_PREFERRED: for each kind of concept, the terminologies from which the preferred concept of a group is
    taken, in order of priority; empty for the default order.
    """
    stewards: str = ""
    """TRICUSPID_STEWARDS: CURIEs of people; mappings that these people reviewed or wrote have priority."""
    secret: str = ""
    """TRICUSPID_SECRET: the site secret, the key of all keyed hashes; empty for the secret in the state folder."""
    home: str = ""
    """TRICUSPID_HOME: the parent of the state folders of Neo4j stores; empty for `~/.local/share/tricuspid`."""
    neo4j_auth: str = ""
    """NEO4J_AUTH: `user/password` of Neo4j; empty for a server without authentication."""

    @property
    def public(self) -> bool:
        """True if the server is open to all. By default, a server is closed if it has keys or an issuer of tokens."""
        return self.access == "public" or not (self.access or self.keys or self.oidc_issuer)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        """The settings in an environment. Raises BadSetting for an invalid value; the message names the variable."""
        given: dict[str, Any] = {}
        for field in fields(cls):
            name = variable(field.name)
            if text := environment.get(name):
                given[field.name] = _READ.get(field.name, _text)(name, text)
        return cls(**given)


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return "NEO4J_AUTH" if field == "neo4j_auth" else f"TRICUSPID_{field.upper()}"


def _text(name: str, text: str) -> str:
    return text


def _number(what: str, least: int, most: int) -> Callable[[str, str], int]:
    def read(name: str, text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text[:6]) <= most):
            raise BadSetting(f"{name} is {text!r}: give {what} from {least} to {most}")
        return int(text)

    return read


def _probability(name: str, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0.5 <= found <= 1:
        raise BadSetting(f"{name} is {text!r}: give a probability from 0.5 to 1")
    return found


def _switch(name: str, text: str) -> bool:
    if text not in ("on", "off"):
        raise BadSetting(f"{name} is {text!r}: give on or off")
    return text == "on"


def _form(name: str, text: str) -> str:
    if text not in FORMS:
        raise BadSetting(f"{name} is {text!r}: give {' or '.join(FORMS)}")
    return text


def _type(name: str, text: str) -> str:
    if text not in ("at+jwt", "any"):
        raise BadSetting(f"{name} is {text!r}: give at+jwt or any")
    return text


def _access(name: str, text: str) -> str:
    if text not in ("public", "closed"):
        raise BadSetting(f"{name} is {text!r}: give public or closed")
    return text


_READ = {
    "log": _form,
    "likely": _probability,
    "phenotypes": _switch,
    "oidc_type": _type,
    "port": _number("a port number", 0, 65535),
    "seconds": _number("seconds", 1, 3600),
    "questions": _number("a number", 0, 999_999),
    "meaning_at_once": _number("a number", 1, 100),
    "meaning_waiting": _number("a number", 0, 1000),
    "audit_sync": _switch,
    "meaning": _switch,
    "people": _switch,
    "access": _access,
}


def settings() -> Settings:
    return Settings.of(os.environ)
