"""api: finds the caller by the Authorization header (https://www.rfc-editor.org/rfc/rfc6750#section-2.1)."""

from __future__ import annotations

from collections.abc import Sequence

from api.auth.keys import PREFIX, Keys
from api.auth.tokens import Tokens
from api.disclosure import DEFAULT, Caller, Role
from api.errors import Unauthenticated

_LONGEST = 8 * 1024


class Callers:
    """Finds callers. A caller without credentials is anonymous. A request with invalid credentials is refused."""

    def __init__(self, anonymous: Role = DEFAULT, keys: Keys | None = None, tokens: Tokens | None = None) -> None:
        self._anonymous, self._keys, self._tokens = Caller("anonymous", anonymous), keys, tokens

    def of(self, headers: Sequence[str]) -> Caller:
        """Returns the caller that the Authorization headers identify. Raises Unauthenticated or Unavailable."""
        if not headers:
            return self._anonymous
        scheme, _, token = headers[0].partition(" ")
        token = token.strip(" ")
        if len(headers) > 1 or scheme.lower() != "bearer" or not token:
            raise Unauthenticated("send one Authorization header: Bearer followed by a key or a token")
        if len(token) > _LONGEST or not token.isascii():
            raise Unauthenticated("this is not a valid token: request a new one from its issuer")
        if token.startswith(PREFIX):
            return self._by_key(token)
        if self._tokens is None:
            raise Unauthenticated("this server does not accept tokens: send a key, or no Authorization header")
        person = self._tokens.find(token)
        return Caller(f"sub:{person.subject}", person.role or self._anonymous.role)

    def _by_key(self, given: str) -> Caller:
        if self._keys is None:
            raise Unauthenticated("this server does not accept keys: send a token, or no Authorization header")
        key = self._keys.find(given)
        return Caller(f"key:{key.name}", key.role)
