"""cli: what keeps the server safe, made from the settings; and the command `key`."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from api.auth import Audit, Budget, Callers, Guard, Issuer, Keys, Tokens, add_key
from api.disclosure import DEFAULT, SERVED, Role, role
from api.fields import Places
from cli.errors import CliError
from graph.errors import BadSetting
from graph.secret import site_secret
from graph.settings import Settings
from graph.store import Address


def guard_of(given: Settings, address: str) -> Guard:
    """Raises an error, which says what to do, for a setting that cannot be; nothing is served then."""
    if budget := budget_of(given, address):
        budget.check()
    hosts = tuple(name for host in given.hosts.split(",") if (name := host.strip()))
    callers = Callers(_anonymous(given.anonymous), _keys(given.keys), _tokens(given))
    places = Places(given.meaning_at_once, given.meaning_waiting)
    return Guard(callers, audit_of(given), given.public, given.seconds, hosts, places, budget)


def audit_of(given: Settings) -> Audit | None:
    """Raises OSError where the log cannot be written: then nothing is answered."""
    return Audit(Path(given.audit), given.audit_sync) if given.audit else None


def budget_of(given: Settings, address: str) -> Budget | None:
    if not given.questions:
        return None
    folder = Address(address).state
    folder.mkdir(parents=True, exist_ok=True)
    return Budget(folder / "questions", given.questions, site_secret(folder))


def _keys(path: str) -> Keys | None:
    try:
        return Keys(Path(path)) if path else None
    except OSError as wrong:
        raise BadSetting(
            f"TRICUSPID_KEYS names {path}, which cannot be read ({wrong.strerror}): make it with "
            f"tricuspid key NAME --role ROLE --keys {path}"
        ) from wrong


def _anonymous(name: str) -> Role:
    may = SERVED[: SERVED.index(DEFAULT) + 1]
    if name not in may:
        raise BadSetting(f"TRICUSPID_ANONYMOUS is {name!r}: give one of {', '.join(may)}")
    return Role(name)


def _tokens(given: Settings) -> Tokens | None:
    parts = {"ISSUER": given.oidc_issuer, "AUDIENCE": given.oidc_audience, "JWKS": given.oidc_jwks}
    missing = [f"TRICUSPID_OIDC_{name}" for name, value in parts.items() if not value]
    if len(missing) == len(parts):
        return None
    if missing:
        raise BadSetting(f"{' and '.join(missing)} must be set too: tokens are checked with all three")
    return Tokens(Issuer(given.oidc_issuer, given.oidc_audience, given.oidc_jwks, given.oidc_claim, given.oidc_type))


def key(given: Namespace) -> int:
    """Makes a key and prints it, this once."""
    if not given.keys:
        raise CliError("there is no file of keys: name it by --keys or TRICUSPID_KEYS")
    made = add_key(Path(given.keys), given.name, role(given.role), given.days)
    print(f"this key is shown once, {given.keys} keeps only its digest:", file=sys.stderr)
    print(made)
    return 0
