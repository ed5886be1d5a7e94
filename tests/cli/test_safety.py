"""tests: the command `key`, and the server's security settings."""

from __future__ import annotations

import json
from pathlib import Path

import jwt
import pytest

from api.auth import Callers, Keys
from api.disclosure import Caller, Role
from api.errors import BadSetup, Unauthenticated
from cli.main import main
from cli.safety import guard_of
from graph.errors import BadSetting
from graph.settings import Settings


@pytest.mark.parametrize("role", [Role.EXACT, Role.STEWARD])
def test_a_key_is_printed_but_not_stored_and_gives_its_role(
    tmp_path: Path, role: Role, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "keys"
    assert main(["key", "registry", "--role", role, "--keys", str(path), "--days", "2"]) == 0
    output = capsys.readouterr()
    made = output.out.strip()
    assert made not in output.err + path.read_text()
    assert Callers(keys=Keys(path)).of([f"Bearer {made}"]) == Caller("key:registry", role)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["a", "--role", "owner"], "choose one of none, exists, range, at_least, steward, exact, records"),
        (["a b"], "is not a valid name of a key"),
        (["a", "--keys", ""], "--keys or TRICUSPID_KEYS"),
        (["a", "--keys", "/nowhere/keys"], "/nowhere"),
    ],
)
def test_wrong_arguments_make_no_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    assert main(["key", "--keys", str(tmp_path / "keys"), *arguments]) == 1
    output = capsys.readouterr()
    assert (output.out, why in output.err) == ("", True)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (Settings(anonymous="exact"), "TRICUSPID_ANONYMOUS is .* none, exists, range, at_least$"),
        (Settings(anonymous="x"), "TRICUSPID_ANONYMOUS"),
        (
            Settings(keys="/nowhere/keys"),
            r"^TRICUSPID_KEYS is /nowhere/keys, .* \(No such file or directory\): create it with tricuspid key NAME "
            "--role ROLE --keys /nowhere/keys$",
        ),
        (Settings(audit="/nowhere/audit"), "/nowhere/audit"),
        (Settings(oidc_issuer="https://i"), "^TRICUSPID_OIDC_AUDIENCE and TRICUSPID_OIDC_JWKS must be set too"),
        (Settings(oidc_issuer="i", oidc_audience="a", oidc_jwks="http://i/jwks"), "not a safe address for keys"),
    ],
)
def test_a_server_with_wrong_security_settings_does_not_start(given: Settings, why: str, tmp_path: Path) -> None:
    with pytest.raises((BadSetting, BadSetup, OSError), match=why):
        guard_of(given, str(tmp_path))


def test_settings_become_the_guard(tmp_path: Path) -> None:
    path = str(tmp_path / "audit")
    guard = guard_of(Settings(anonymous="none", audit=path, seconds=5, hosts="a.example, b.example,"), str(tmp_path))
    assert guard.seconds == 5
    assert guard.hosts == ("a.example", "b.example")
    assert guard.callers.of(()) == Caller("anonymous", Role.NONE)
    assert guard.audit is not None
    assert guard.budget is not None and (tmp_path / "questions").stat().st_mode & 0o777 == 0o600
    assert guard_of(Settings(questions=0), str(tmp_path)).budget is None
    assert guard_of(Settings(), str(tmp_path)).audit is None


@pytest.mark.parametrize(
    ("given", "public"),
    [
        ({}, True),
        ({"access": "closed"}, False),
        ({"keys": "k"}, False),
        ({"oidc_issuer": "i"}, False),
        ({"keys": "k", "oidc_issuer": "i", "access": "public"}, True),
        ({"anonymous": "none"}, True),
    ],
)
def test_keys_or_tokens_close_the_server_unless_it_is_set_to_public(given: dict[str, str], public: bool) -> None:
    assert Settings(**given).public is public  # type: ignore[arg-type]


def test_the_guard_is_as_public_as_the_settings(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.touch(0o600)
    assert guard_of(Settings(), str(tmp_path)).public
    assert not guard_of(Settings(keys=str(keys)), str(tmp_path)).public
    assert guard_of(Settings(keys=str(keys), access="public"), str(tmp_path)).public


def test_tokens_are_checked_if_an_issuer_is_set(tmp_path: Path) -> None:
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": []}))
    guard = guard_of(Settings(oidc_issuer="i", oidc_audience="a", oidc_jwks=str(jwks)), str(tmp_path))
    with pytest.raises(Unauthenticated, match="signed with RS256 or ES256"):
        guard.callers.of([f"Bearer {jwt.encode({}, 's' * 32, 'HS256')}"])
