"""tests: API keys, and what each role sees."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.auth import Keys, add_key
from api.disclosure import Role
from api.errors import BadSetup
from tests.api.asking import EXACT, ask, patients_seen, refused


def test_each_role_sees_its_numbers(client: httpx.Client, keys: Path) -> None:
    def seen(role: Role) -> Any:
        return patients_seen(client, f"Bearer {add_key(keys, f'as-{role}', role, 1)}")

    assert seen(Role.NONE) == {"count": None, "withheld": True, "atLeast": None, "atMost": None}
    assert seen(Role.EXISTS) == {"count": None, "withheld": True, "atLeast": 10, "atMost": None}
    assert seen(Role.RANGE) == {"count": None, "withheld": True, "atLeast": 10, "atMost": 94}
    assert seen(Role.AT_LEAST) == patients_seen(client) == {"count": 20, "withheld": False, "atLeast": 15, "atMost": 24}
    assert seen(Role.STEWARD) == patients_seen(client)
    assert seen(Role.EXACT) == EXACT


def test_a_key_is_valid_until_it_expires_or_is_removed(client: httpx.Client, keys: Path) -> None:
    made = add_key(keys, "for-a-while", Role.EXACT, 1)
    assert patients_seen(client, f"Bearer {made}") == EXACT
    lines = keys.read_text().splitlines()
    past = json.dumps(json.loads(lines[-1]) | {"expires": "2020-01-01T00:00:00Z"})
    keys.write_text("\n".join([*lines[:-1], past]))
    assert "expired" in refused(client, f"Bearer {made}")
    keys.write_text("\n".join(lines[:-1]))
    assert "unknown" in refused(client, f"Bearer {made}")


def test_an_unreadable_file_of_keys_refuses_every_key(client: httpx.Client, keys: Path) -> None:
    made = add_key(keys, "unlucky", Role.EXACT, 1)
    before = keys.read_bytes()
    for breaking in (lambda: keys.write_text("{"), lambda: keys.unlink()):
        breaking()
        response = ask(client, f"Bearer {made}")
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
        assert str(keys) not in response.text
        assert patients_seen(client)["count"] == 20
    keys.write_bytes(before)
    keys.chmod(0o600)
    assert patients_seen(client, f"Bearer {made}") == EXACT


@pytest.mark.parametrize("line", [b"{", b"[]", b"\xff", b'{"name":"x"}', b"null", b"[" * 10_000])
def test_an_error_about_an_invalid_key_has_its_line(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "keys"
    add_key(path, "good", Role.EXACT, 1)
    path.write_bytes(path.read_bytes() + line)
    with pytest.raises(BadSetup, match=r"keys, line 2, is not a valid key: .*; make a new key with tricuspid key"):
        Keys(path)


def test_the_file_is_private_and_contains_no_key(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    made = add_key(path, "one", Role.EXACT, 1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert made not in path.read_text()
    assert len(base64.urlsafe_b64decode(made.removeprefix("tricuspid_") + "=")) == 32
    for name in ("one", "", "a b", "x" * 65, "-x", 'x"\n'):
        with pytest.raises(BadSetup, match=r"already|is not a valid name"):
            add_key(path, name, Role.EXACT, 1)
    path.chmod(0o620)
    with pytest.raises(BadSetup, match="chmod go-w"):
        Keys(path)
