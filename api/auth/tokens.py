"""api: checks bearer tokens of an OpenID Connect issuer without contacting it (https://www.rfc-editor.org/rfc/rfc9068)."""

from __future__ import annotations

from typing import Any, NamedTuple

import jwt

from api.auth.jwks import ALGORITHMS, Jwks, is_base64url
from api.disclosure import SERVED, Role
from api.errors import Unauthenticated

_LEEWAY = 30
"""Seconds by which the clocks of the server and the issuer may differ."""
_LATEST = 1 << 32
"""The latest valid time in seconds since 1970, in the year 2106. A time in milliseconds is larger than this."""
ACCESS_TOKEN = "at+jwt"
ANY_TYPE = "any"
_ACCESS_TOKENS = {ACCESS_TOKEN, f"application/{ACCESS_TOKEN}"}
_OF_ID_TOKENS = ("nonce", "at_hash", "c_hash", "s_hash")
"""Claims of ID tokens (https://openid.net/specs/openid-connect-core-1_0.html#IDToken)."""
_LONGEST_SUBJECT = 255
_WRONG: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "the token has expired: request a new one from its issuer"),
    (jwt.ImmatureSignatureError, "the token is not valid yet"),
    (jwt.InvalidAudienceError, "the token is for another audience"),
    (jwt.InvalidIssuerError, "the token is from another issuer"),
    (jwt.MissingRequiredClaimError, "the token lacks one of the claims exp, iss, aud, sub"),
    (jwt.InvalidSignatureError, "the signature of the token is not valid"),
    (jwt.PyJWTError, "this is not a valid token: request a new one from its issuer"),
)
"""The message to the caller for each error of PyJWT. No message contains parts of the token."""


class Issuer(NamedTuple):
    """The settings of a token issuer.

    `jwks` is an https:// address or a file. `claim` is the name of the claim with the role, or a dotted path to the
    role. `type` is ACCESS_TOKEN if every token must state that it is an access token, and ANY_TYPE if a token need not
    state its type.
    """

    issuer: str
    audience: str
    jwks: str
    claim: str
    type: str = ANY_TYPE


class Person(NamedTuple):
    """The subject of a token. `role` is None if the token has no role."""

    subject: str
    role: Role | None


class Tokens:
    def __init__(self, issuer: Issuer, keys: Jwks | None = None) -> None:
        self._issuer = issuer
        self._keys = keys or Jwks(issuer.jwks)

    def find(self, token: str) -> Person:
        """Returns the subject of a token.

        Raises Unauthenticated if the token is not valid, and Unavailable if the token cannot be checked.
        """
        if not all(map(is_base64url, token.split("."))):
            raise Unauthenticated("this is not a valid token: request a new one from its issuer")
        try:
            found = jwt.decode_complete(
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
            raise Unauthenticated("this is not a valid token: request a new one from its issuer") from None
        claims = found["payload"]
        _refuse_odd(claims, _says_access(found["header"]))
        subject = claims["sub"]
        if not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise Unauthenticated(f"the subject of the token must have 1 to {_LONGEST_SUBJECT} characters")
        return Person(subject, _role(_claimed(claims, self._issuer.claim)))

    def _key(self, token: str) -> jwt.PyJWK:
        """Returns the key whose id is in the header of the token.

        The algorithm is not taken from the header: the header must state the algorithm of the key.
        """
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise Unauthenticated(f"the token must be signed with {' or '.join(ALGORITHMS)}")
        untyped = self._issuer.type == ANY_TYPE and str(header.get("typ", "jwt")).lower() == "jwt"
        if not (untyped or _says_access(header)):
            raise Unauthenticated("this is not an access token: send an access token")
        id_ = header.get("kid")
        key = self._keys.find(id_) if isinstance(id_, str) else None
        if key is None:
            raise Unauthenticated("the token is signed with an unknown key: request a new one from its issuer")
        if key.algorithm_name != header["alg"]:
            raise Unauthenticated("the signature of the token is not valid")
        return key


def _says_access(header: dict[str, Any]) -> bool:
    return str(header.get("typ")).lower() in _ACCESS_TOKENS


def _refuse_odd(claims: dict[str, Any], says_access: bool) -> None:
    """Raises Unauthenticated for an invalid time, and for a token whose claims show that it is not an access token."""
    if not all(_is_time(claims[name]) for name in ("exp", "nbf", "iat") if name in claims):
        raise Unauthenticated("a time in the token is not a number of seconds since 1970")
    if says_access:
        return
    # Keycloak writes the kind of a token into its claims. Older versions wrote a nonce into access tokens too.
    kind = claims.get("typ")
    if str(kind).lower() != "bearer" and (kind is not None or not claims.keys().isdisjoint(_OF_ID_TOKENS)):
        raise Unauthenticated("this is not an access token: send an access token")


def _is_time(value: object) -> bool:
    """Returns True if `value` is a valid time in a token: a number of seconds since 1970.

    Booleans and infinity are not valid, although Python would compare them as numbers.
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LATEST


def _claimed(claims: dict[str, Any], name: str) -> Any:
    """Returns the claim `name`, or the value at the dotted path `name`, such as `realm_access.roles`."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _role(claimed: Any) -> Role | None:
    """Returns the role that `claimed`, the value of a claim, states; None if it states no role.

    If the claim is a list, it may also contain names that are not roles. If the list has several roles, the highest
    role is used.
    """
    if claimed is None:
        return None
    if isinstance(claimed, list):
        served = [role for role in SERVED if role in claimed]
        return served[-1] if served else None
    if not isinstance(claimed, str) or claimed not in SERVED:
        raise Unauthenticated(f"the role in the token is not one of {', '.join(SERVED)}")
    return Role(claimed)
