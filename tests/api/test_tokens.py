"""tests: valid and forged bearer tokens, with an issuer on a real server."""

from __future__ import annotations

import base64
import hmac
import json
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from api.auth import Callers, Guard, Issuer, Tokens
from api.auth.jwks import Jwks
from api.auth.tokens import ACCESS_TOKEN
from api.disclosure import Role
from api.errors import BadSetup
from api.http import create_app
from graph.snapshot import Reader
from tests.api.asking import EXACT, ask, patients_seen, refused
from tests.api.issuer import AUDIENCE, TestIssuer, public, rsa_key
from tests.api.server import serving


def test_tokens_with_both_kinds_of_signature(client: httpx.Client, issuer: TestIssuer) -> None:
    for id_ in ("r1", "e1"):
        assert patients_seen(client, f"Bearer {issuer.token(id_)}") == EXACT
    assert patients_seen(client, f"Bearer {issuer.token(aud=['other', AUDIENCE])}") == EXACT
    assert patients_seen(client, f"Bearer {issuer.token(headers={'typ': 'at+jwt'})}") == EXACT


def test_the_role_of_a_token(client: httpx.Client, issuer: TestIssuer) -> None:
    for roles, count in (
        (["offline", "range", "exact"], 14), ("records", 14), (["offline"], 20), ([], 20), (None, 20), ("none", None),
        (["none"], None), ([{"exact": 1}, ["exact"]], 20),
    ):  # fmt: skip
        assert patients_seen(client, f"Bearer {issuer.token(roles=roles)}")["count"] == count
    for wrong in ("EXACT", "Records", {"exact": True}, 5, "exact,range", ""):
        assert "role" in refused(client, f"Bearer {issuer.token(roles=wrong)}")


def test_the_claim_can_be_a_path(issuer: TestIssuer) -> None:
    def role(name: str, **claims: Any) -> Role | None:
        keys = Jwks(f"{issuer.url}/jwks")
        return Tokens(Issuer(issuer.url, AUDIENCE, "", name), keys).find(issuer.token(roles=None, **claims)).role

    assert role("realm_access.roles", realm_access={"roles": ["exact"]}) is Role.EXACT
    assert role("realm_access.roles", **{"realm_access.roles": "range"}) is Role.RANGE
    assert role("realm_access.roles", realm_access={"roles": ["steward", "at_least"]}) is Role.STEWARD
    assert role("realm_access.roles", realm_access="exact") is None


_NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "reasons"),
    [
        ({"exp": _NOW - 60}, "has expired"),
        ({"exp": None}, "lacks one of"),
        ({"exp": "soon"}, "not a valid token"),
        ({"nbf": _NOW + 3600}, "not valid yet"),
        ({"iat": _NOW + 3600}, "not valid yet"),
        ({"aud": "someone-else"}, "another audience"),
        ({"aud": []}, "lacks one of|another audience"),
        ({"aud": None}, "lacks one of|another audience"),
        ({"iss": "https://elsewhere.example"}, "another issuer"),
        ({"iss": None}, "lacks one of|another issuer"),
        ({"sub": None}, "lacks one of"),
        ({"sub": ""}, "subject"),
        ({"sub": "x" * 256}, "subject"),
    ],
)
def test_wrong_claims_are_refused(
    client: httpx.Client, issuer: TestIssuer, claims: dict[str, Any], reasons: str
) -> None:
    message = refused(client, f"Bearer {issuer.token(**claims)}")
    assert any(part in message for part in reasons.split("|"))


_NO_TIMES = {
    **{"a switch": True, "text": str(_NOW), "endless": float("inf"), "no number": float("nan"), "a list": [_NOW]},
    **{"before 1970": -1, "after 2106": 1 << 32, "milliseconds": _NOW * 1000},
}


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", _NO_TIMES.values(), ids=_NO_TIMES)
def test_invalid_times_are_refused(client: httpx.Client, issuer: TestIssuer, name: str, value: Any) -> None:
    assert refused(client, f"Bearer {issuer.token(**{name: value})}")
    assert patients_seen(client, f"Bearer {issuer.token(exp=_NOW + 86_400.5, nbf=0, iat=_NOW - 0.5)}") == EXACT


def test_a_token_has_only_one_valid_spelling(client: httpx.Client, issuer: TestIssuer) -> None:
    """The last four bits of an RS256 signature in base64url are unused, so several texts decode to the same bytes."""
    head, body, signature = issuer.token().split(".")
    assert patients_seen(client, f"Bearer {head}.{body}.{signature}") == EXACT
    others = [signature + "==", signature[:4] + "!" + signature[4:], signature[:4] + "=" + signature[4:]]
    others += [signature[:-1] + chr(ord(signature[-1]) + 1), signature.translate(str.maketrans("-_", "+/"))]
    for other in others:
        if other != signature:
            assert "not a valid token" in refused(client, f"Bearer {head}.{body}.{other}")
    for other in (f"{head}=.{body}", f"{head}.{body}!", f"{head}.{body}="):
        assert "not a valid token" in refused(client, f"Bearer {other}.{signature}")


_ID_TOKENS: list[dict[str, Any]] = [
    {"nonce": "n"},
    {"at_hash": "h"},
    {"c_hash": "h"},
    {"typ": "ID"},
    {"typ": "Refresh"},
]


def test_an_id_token_is_refused(client: httpx.Client, issuer: TestIssuer) -> None:
    for claims in (*_ID_TOKENS, {"typ": "ID", "nonce": "n", "at_hash": "h"}):
        assert refused(client, f"Bearer {issuer.token(**claims)}").startswith("this is not an access token")
    assert patients_seen(client, f"Bearer {issuer.token(typ='Bearer')}") == EXACT
    assert patients_seen(client, f"Bearer {issuer.token(typ='Bearer', nonce='n')}") == EXACT
    assert patients_seen(client, f"Bearer {issuer.token(headers={'typ': 'application/at+jwt'}, nonce='n')}") == EXACT


def test_other_types_are_refused_if_the_issuer_states_the_type(address: str, issuer: TestIssuer) -> None:
    typed = Issuer(issuer.url, AUDIENCE, "", "roles", ACCESS_TOKEN)
    tokens = Tokens(typed, Jwks(f"{issuer.url}/jwks"))
    with serving(create_app(Reader(address), guard=Guard(Callers(tokens=tokens)))) as asking:
        for type_ in ("at+jwt", "AT+JWT", "application/at+jwt"):
            assert patients_seen(asking, f"Bearer {issuer.token(headers={'typ': type_})}") == EXACT
        for other in ("JWT", "jwt", None, "", "at+jwt ", "id+jwt"):
            assert refused(asking, f"Bearer {issuer.token(headers={'typ': other})}").startswith(
                "this is not an access token"
            )


def _signed(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """A token signed with HMAC-SHA256. Without a secret, the token has no signature."""
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (header, claims)]
    signature = hmac.digest(secret, b".".join(parts), sha256) if secret else b""
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def test_forged_signatures_are_refused(client: httpx.Client, issuer: TestIssuer) -> None:
    claims = issuer.claims()
    for none in ("none", "None", "NONE", "", None):
        assert "signed with" in refused(client, f"Bearer {_signed({'alg': none, 'kid': 'r1'}, claims, b'')}")
    key = issuer.private["r1"].public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), issuer.text()):
        token = _signed({"alg": "HS256", "typ": "JWT", "kid": "r1"}, claims, secret)
        assert "signed with" in refused(client, f"Bearer {token}")
        token = _signed({"alg": "RS256", "typ": "JWT", "kid": "r1"}, claims, secret)
        assert "signature" in refused(client, f"Bearer {token}")
    good = issuer.token()
    head, body, signature = good.split(".")
    changed = json.loads(base64.urlsafe_b64decode(body + "==")) | {"sub": "someone-else"}
    body = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
    assert "signature" in refused(client, f"Bearer {head}.{body}.{signature}")
    assert "signature" in refused(client, f"Bearer {issuer.token('e1', {'kid': 'r1'})}")


def test_keys_in_a_token_are_not_trusted(client: httpx.Client, issuer: TestIssuer) -> None:
    own = rsa_key()
    brought = {"jwk": public(own, "r1"), "jku": f"{issuer.url}/mine", "x5u": f"{issuer.url}/mine"}
    for headers in ({"kid": "r1"} | brought, {"kid": "../../keys"} | brought):
        token = jwt.encode(issuer.claims(), own, "RS256", headers)
        refused(client, f"Bearer {token}")
    critical = issuer.token(headers={"crit": ["b64"], "b64": False})
    refused(client, f"Bearer {critical}")
    assert "access token" in refused(client, f"Bearer {issuer.token(headers={'typ': 'logout+jwt'})}")


def test_unknown_and_absent_key_ids_are_refused(client: httpx.Client, issuer: TestIssuer) -> None:
    for header in ({"kid": "r9"}, {}, {"kid": None}, {"kid": ["r1"]}):
        token = _signed({"alg": "RS256"} | header, issuer.claims(), b"x")
        assert "unknown key" in refused(client, f"Bearer {token}") or header.get("kid", "r9") != "r9"


def test_new_keys_are_fetched_but_not_too_often(issuer: TestIssuer) -> None:
    keys = Jwks(f"{issuer.url}/jwks", pause=3600)
    before = issuer.asked
    assert keys.find("r1") and keys.find("e1")
    for n in range(50):
        assert keys.find(f"made-up-{n}") is None
    assert issuer.asked == before + 1
    keys = Jwks(f"{issuer.url}/jwks", pause=0)
    assert keys.find("r1")
    old, issuer.keys = issuer.keys, [public(rsa_key(), "r2")]
    try:
        assert keys.find("r2") and keys.find("r1") is None
        issuer.broken = True
        assert keys.find("r3") is None and keys.find("r2")
    finally:
        issuer.keys, issuer.broken = old, False


def test_without_keys_a_token_cannot_be_checked(address: str, issuer: TestIssuer, tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    tokens = Tokens(Issuer(issuer.url, AUDIENCE, str(file), "roles"), Jwks(str(file), pause=0))
    with serving(create_app(Reader(address), guard=Guard(Callers(tokens=tokens)))) as asking:
        for text in (None, b"", b"[]", b'{"keys": 1}', b'{"keys": [1, {}]}', b"\xff", b"{" * 10_000):
            if text is not None:
                file.write_bytes(text)
            response = ask(asking, f"Bearer {issuer.token()}")
            assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
            assert str(tmp_path) not in response.text
        file.write_bytes(issuer.text())
        assert patients_seen(asking, f"Bearer {issuer.token()}") == EXACT


def test_unsafe_keys_are_not_used(issuer: TestIssuer, tmp_path: Path) -> None:
    weak, secret = rsa_key(1024), base64.urlsafe_b64encode(b"s" * 32).decode().rstrip("=")
    file, good = tmp_path / "jwks.json", rsa_key()
    private = RSAAlgorithm.to_jwk(good, as_dict=True) | {"kid": "private"}
    padded = {name: public(good, "x")[name] + "=" for name in "ne"}
    bad = [
        private, public(good, "padded", n=padded["n"]), public(good, "odd", e=padded["e"]), public(weak, "weak"),
        {"kty": "oct", "k": secret, "kid": "oct", "alg": "HS256"}, public(good, "enc", use="enc"),
        public(good, "hs", alg="HS256"), public(good, "rs512", alg="RS512"), {"kty": "RSA", "kid": "none"},
    ]  # fmt: skip
    file.write_text(json.dumps({"keys": [*bad, public(good, "good")]}))
    keys = Jwks(str(file))
    assert keys.find("good")
    assert [one["kid"] for one in bad if keys.find(one["kid"])] == []


@pytest.mark.parametrize(
    "address",
    ["http://issuer.example/jwks", "ftp://x/jwks", "file:///etc/hosts", "https://", "http://127.0.0.1.example/"],
)
def test_unsafe_addresses_of_keys_are_refused(address: str) -> None:
    with pytest.raises(BadSetup, match="not a safe address for keys"):
        Jwks(address)


def test_redirects_are_not_followed(issuer: TestIssuer, caplog: pytest.LogCaptureFixture) -> None:
    from api.errors import Unavailable

    with pytest.raises(Unavailable):
        Jwks(f"{issuer.url}/moved").find("r1")
    assert "redirects" in caplog.text
