"""api: bearer tokens of an OpenID Connect issuer, checked here without asking it (https://www.rfc-editor.org/rfc/rfc9068)."""

from __future__ import annotations

from typing import Any, NamedTuple

import jwt

from api.disclosure import SERVED, Role
from api.errors import Unauthenticated
from api.jwks import ALGORITHMS, Jwks

_LEEWAY = 30
"""Seconds by which two clocks may differ."""
_TYPES = {"jwt", "at+jwt", "application/at+jwt"}
_LONGEST_SUBJECT = 255
_WRONG: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "the token has expired"),
    (jwt.ImmatureSignatureError, "the token is not valid yet"),
    (jwt.InvalidAudienceError, "the token is for another audience"),
    (jwt.InvalidIssuerError, "the token is from another issuer"),
    (jwt.MissingRequiredClaimError, "the token lacks one of exp, iss, aud, sub"),
    (jwt.InvalidSignatureError, "the signature of the token is wrong"),
    (jwt.PyJWTError, "this is no token that can be used here"),
)
"""What a caller is told; never words of the token."""


class Issuer(NamedTuple):
    """`jwks` is an https:// address or a file; `claim` the name of a claim, or a path of names with dots between."""

    issuer: str
    audience: str
    jwks: str
    claim: str


class Person(NamedTuple):
    """`role` is None where the token tells none."""

    subject: str
    role: Role | None


class Tokens:
    def __init__(self, issuer: Issuer, keys: Jwks | None = None) -> None:
        self._issuer = issuer
        self._keys = keys or Jwks(issuer.jwks)

    def find(self, token: str) -> Person:
        """Who the token speaks of. Raises Unauthenticated, or Unavailable where there are no keys to check it with."""
        try:
            claims = jwt.decode(
                token,
                self._key(token),
                algorithms=list(ALGORITHMS),
                audience=self._issuer.audience,
                issuer=self._issuer.issuer,
                leeway=_LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as wrong:
            raise Unauthenticated(next(text for kind, text in _WRONG if isinstance(wrong, kind))) from None
        except (ValueError, TypeError, RecursionError):
            raise Unauthenticated("this is no token that can be used here") from None
        subject = claims["sub"]
        if not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise Unauthenticated(f"the subject of the token has not 1 to {_LONGEST_SUBJECT} characters")
        return Person(subject, _role(_claimed(claims, self._issuer.claim)))

    def _key(self, token: str) -> jwt.PyJWK:
        """The key by its id; of what else the header says nothing is believed but that it must fit that key."""
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise Unauthenticated(f"the token must be signed with {' or '.join(ALGORITHMS)}")
        if str(header.get("typ", "jwt")).lower() not in _TYPES:
            raise Unauthenticated("this is no access token")
        id_ = header.get("kid")
        key = self._keys.find(id_) if isinstance(id_, str) else None
        if key is None:
            raise Unauthenticated("the key that signed the token is not known here")
        if key.algorithm_name != header["alg"]:
            raise Unauthenticated("the signature of the token is wrong")
        return key


def _claimed(claims: dict[str, Any], name: str) -> Any:
    """The claim of this name; otherwise what the path leads to, as `realm_access.roles`."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _role(claimed: Any) -> Role | None:
    """The greatest served role of a list, which may hold the roles of other applications too."""
    if claimed is None:
        return None
    if isinstance(claimed, list):
        served = [role for role in SERVED if role in claimed]
        return served[-1] if served else None
    if not isinstance(claimed, str) or claimed not in SERVED:
        raise Unauthenticated("the role in the token is none that is served here")
    return Role(claimed)
