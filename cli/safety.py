"""cli: builds authentication, audit log and budget from the settings, and defines the command `key`."""

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
    """Builds the Guard of the server at `address` from the settings `given`.

    An invalid setting raises an error here, before the server starts.
    """
    if budget := budget_of(given, address):
        budget.check()
    hosts = tuple(name for host in given.hosts.split(",") if (name := host.strip()))
    callers = Callers(_anonymous(given.anonymous), _keys(given.keys), _tokens(given))
    places = Places(given.meaning_at_once, given.meaning_waiting)
    return Guard(callers, audit_of(given), given.public, given.seconds, hosts, places, budget)


def audit_of(given: Settings) -> Audit | None:
    """Opens the audit log, if one is set.

    Raises OSError if the log cannot be written, because queries could then be answered without an entry in the log.
    """
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
            f"TRICUSPID_KEYS is {path}, which cannot be read ({wrong.strerror}): create it with "
            f"tricuspid key NAME --role ROLE --keys {path}"
        ) from wrong


def _anonymous(name: str) -> Role:
    allowed = SERVED[: SERVED.index(DEFAULT) + 1]
    if name not in allowed:
        raise BadSetting(f"TRICUSPID_ANONYMOUS is {name!r}: give one of {', '.join(allowed)}")
    return Role(name)


def _tokens(given: Settings) -> Tokens | None:
    parts = {"ISSUER": given.oidc_issuer, "AUDIENCE": given.oidc_audience, "JWKS": given.oidc_jwks}
    missing = [f"TRICUSPID_OIDC_{name}" for name, value in parts.items() if not value]
    if len(missing) == len(parts):
        return None
    if missing:
        raise BadSetting(f"{' and '.join(missing)} must be set too: all three are needed to check tokens")
    return Tokens(Issuer(given.oidc_issuer, given.oidc_audience, given.oidc_jwks, given.oidc_claim, given.oidc_type))


def key(options: Namespace) -> int:
    """Creates a key and prints it. The key cannot be printed again."""
    if not options.keys:
        raise CliError("no key file is given: set --keys or TRICUSPID_KEYS")
    made = add_key(Path(options.keys), options.name, role(options.role), options.days)
    print(f"this key is shown only once; {options.keys} contains its digest:", file=sys.stderr)
    print(made)
    return 0
