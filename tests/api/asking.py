"""tests: requests over HTTP, with an API key or token."""

from __future__ import annotations

from typing import Any

import httpx

COUNT = '{ concept(id: "MONDO:0005148") { patients { count withheld atLeast atMost } } }'
EXACT = {"count": 14, "withheld": False, "atLeast": 14, "atMost": 14}


def ask(client: httpx.Client, *shown: str) -> httpx.Response:
    headers = [("authorization", one) for one in shown]
    return client.post("/graphql", json={"query": COUNT}, headers=headers)


def patients_seen(client: httpx.Client, *shown: str) -> Any:
    return ask(client, *shown).raise_for_status().json()["data"]["concept"]["patients"]


def refused(client: httpx.Client, *shown: str) -> str:
    response = ask(client, *shown)
    assert response.status_code == 401
    (error,) = response.json()["errors"]
    assert "data" not in response.json()
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    challenge = response.headers["www-authenticate"]
    assert challenge == f'Bearer realm="tricuspid", error="invalid_token", error_description="{error["message"]}"'
    return str(error["message"])
