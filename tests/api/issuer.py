"""tests: an issuer of tokens, with a real HTTP server that serves its public keys."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

AUDIENCE = "tricuspid-test"
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def public(key: Private, id_: str, **more: str) -> dict[str, Any]:
    """The public key in the form that a JSON Web Key Set has."""
    if isinstance(key, rsa.RSAPrivateKey):
        return RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": id_, "use": "sig"} | more
    return ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": id_, "use": "sig"} | more


class TestIssuer:
    """A test may change `keys`. `asked` counts how often they were fetched. If `broken`, the answer is an error."""

    __test__ = False

    def __init__(self, url: str) -> None:
        self.url, self.asked, self.broken = url, 0, False
        self.private: dict[str, Private] = {"r1": rsa_key(), "e1": ec.generate_private_key(ec.SECP256R1())}
        self.keys = [public(key, id_) for id_, key in self.private.items()]

    def text(self) -> bytes:
        return json.dumps({"keys": self.keys}).encode()

    def claims(self, **other: Any) -> dict[str, Any]:
        """Valid claims, replaced by the given ones. None removes a claim."""
        now = int(time.time())
        good = {"iss": self.url, "aud": AUDIENCE, "sub": "researcher-7", "iat": now, "exp": now + 300, "roles": "exact"}
        return {name: value for name, value in (good | other).items() if value is not None}

    def token(self, id_: str = "r1", headers: dict[str, Any] | None = None, **other: Any) -> str:
        key = self.private[id_]
        algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
        return jwt.encode(self.claims(**other), key, algorithm, {"kid": id_} | (headers or {}))


@contextmanager
def issuing() -> Iterator[TestIssuer]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked += 1
            moved = self.path == "/moved"
            self.send_response(302 if moved else 500 if issuer.broken else 200)
            if moved:
                self.send_header("location", "/jwks")
            self.end_headers()
            self.wfile.write(issuer.text())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        issuer = TestIssuer(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
