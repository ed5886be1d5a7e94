"""api: the public keys of a token issuer, as a JSON Web Key Set (https://www.rfc-editor.org/rfc/rfc7517).

PyJWT's PyJWKClient is not used, for three reasons: it follows redirects, it does not limit the size of an answer, and
it asks the issuer about each unknown key id that a caller invents.
"""

from __future__ import annotations

import binascii
import ipaddress
import logging
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import jwt
import orjson

from api.errors import BadSetup, Unavailable

logger = logging.getLogger("tricuspid.api")
ALGORITHMS = {"RS256": "RSA", "ES256": "EC"}
"""The accepted signature algorithms, with the type of their keys."""
FRESH = 300.0
"""Seconds after which keys are fetched again."""
_PAUSE = 10.0
"""Seconds between two attempts to fetch the keys: tokens with invented key ids must not flood the issuer with requests.
"""
_STALE = 86_400.0
"""Seconds after which keys are no longer used if they could not be fetched again."""
_PATIENCE = 5.0
_LARGEST = 1 << 20
_SHORTEST_RSA = 2048


def is_base64url(text: str) -> bool:
    """Returns True if `text` is canonical base64url: without padding, other alphabets or unused bits that are set."""
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return False
    return urlsafe_b64encode(data).rstrip(b"=").decode() == text


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
        raise HTTPError(req.full_url, code, "the address redirects: configure the target address", headers, fp)


class Jwks:
    """The public keys of a token issuer, by key id. They are read from `address`, a URL or a file, on first use."""

    def __init__(self, address: str, fresh: float = FRESH, pause: float = _PAUSE) -> None:
        """Raises BadSetup if keys could be changed on their way from `address`, such as over plain HTTP."""
        self._address, self._fresh, self._pause = address, fresh, pause
        if "://" in address and not _is_safe(address):
            raise BadSetup(f"{address} is not a safe address for keys: use https:// or a file on this machine")
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = self._tried = -_STALE
        self._lock = threading.Lock()

    def find(self, id_: str) -> jwt.PyJWK | None:
        """Returns the key with this id or None. If the id is unknown, the keys are fetched again, because issuers
        rotate keys.

        Raises Unavailable if the keys could not be fetched for a day.
        """
        if self._age() > self._fresh or id_ not in self._keys:
            self._refresh()
        if self._age() > _STALE:
            raise Unavailable("tokens cannot be checked at the moment", f"no current keys from {self._address}")
        return self._keys.get(id_)

    def _age(self) -> float:
        return time.monotonic() - self._fetched

    def _refresh(self) -> None:
        with self._lock:
            if time.monotonic() - self._tried < self._pause:
                return
            self._tried = time.monotonic()
            try:
                self._keys = _usable(orjson.loads(self._text()))
            except (OSError, HTTPException, UnicodeError, orjson.JSONDecodeError, BadSetup) as wrong:
                logger.error("cannot fetch the keys of the token issuer from %s: %s", self._address, wrong)
            else:
                self._fetched = time.monotonic()

    def _text(self) -> bytes:
        if "://" not in self._address:
            return Path(self._address).read_bytes()
        opener = build_opener(_NoRedirect)
        with opener.open(Request(self._address, headers={"accept": "application/json"}), timeout=_PATIENCE) as answer:
            text: bytes = answer.read(_LARGEST + 1)
        if len(text) > _LARGEST:
            raise BadSetup(f"the answer is larger than {_LARGEST:,} bytes")
        return text


def _is_safe(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        if parts.scheme == "https":
            return bool(host)
        return parts.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def _usable(found: Any) -> dict[str, jwt.PyJWK]:
    """Returns the keys in a JSON Web Key Set, by id. Keys that are not for one of ALGORITHMS are ignored."""
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise BadSetup('the answer is not a JSON Web Key Set: the list "keys" is missing')
    keys = {one["kid"]: key for one in found["keys"] if (key := _key(one)) is not None}
    if not keys:
        raise BadSetup(f"the key set has no signing key for {' or '.join(ALGORITHMS)} that has an id")
    return keys


def _key(one: Any) -> jwt.PyJWK | None:
    if not isinstance(one, dict) or not isinstance(one.get("kid"), str) or one.get("use", "sig") != "sig":
        return None
    # A key whose private part is published proves nothing.
    if one.get("kty") not in ALGORITHMS.values() or "d" in one:
        return None
    numbers = [one[name] for name in ("n", "e", "x", "y") if name in one]
    if not all(isinstance(number, str) and is_base64url(number) for number in numbers):
        return None
    try:
        key = jwt.PyJWK(one)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    weak = key.algorithm_name not in ALGORITHMS or getattr(key.key, "key_size", 0) < _least(key.algorithm_name)
    return None if weak else key


def _least(algorithm: str) -> int:
    return _SHORTEST_RSA if ALGORITHMS[algorithm] == "RSA" else 256
