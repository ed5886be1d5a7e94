"""api: who asks, by the Authorization header (https://www.rfc-editor.org/rfc/rfc6750#section-2.1)."""

from __future__ import annotations

from collections.abc import Sequence

from api.auth.keys import PREFIX, Keys
from api.auth.tokens import Tokens
from api.disclosure import DEFAULT, Caller, Role
from api.errors import Unauthenticated

_LONGEST = 8 * 1024


class Callers:
    """Whoever shows nothing is anonymous; whoever shows what does not prove anything is refused, never anonymous."""

    def __init__(self, anonymous: Role = DEFAULT, keys: Keys | None = None, tokens: Tokens | None = None) -> None:
        self._anonymous, self._keys, self._tokens = Caller("anonymous", anonymous), keys, tokens

    def of(self, shown: Sequence[str]) -> Caller:
        """The caller by all Authorization headers of a request. Raises Unauthenticated or Unavailable."""
        if not shown:
            return self._anonymous
        scheme, _, token = shown[0].partition(" ")
        token = token.strip(" ")
        if len(shown) > 1 or scheme.lower() != "bearer" or not token:
            raise Unauthenticated("one Authorization header is understood, Bearer with a key or a token after it")
        if len(token) > _LONGEST or not token.isascii():
            raise Unauthenticated("this is no token that can be used here")
        if token.startswith(PREFIX):
            return self._by_key(token)
        if self._tokens is None:
            raise Unauthenticated("this server takes no tokens")
        person = self._tokens.find(token)
        return Caller(f"sub:{person.subject}", person.role or self._anonymous.role)

    def _by_key(self, given: str) -> Caller:
        if self._keys is None:
            raise Unauthenticated("this server takes no keys")
        key = self._keys.find(given)
        return Caller(f"key:{key.name}", key.role)
