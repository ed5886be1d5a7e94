"""tests: the full audit of GraphQL over HTTP (npm package graphql-http), on a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from api.http import create_app
from graph.snapshot import Reader
from tests.api.server import serving

WEB = Path(__file__).resolve().parents[2] / "web"
_AUDITS = 61
"""The number of audits in version 1.23.1 of graphql-http, which web/package.json pins."""


def test_every_requirement_and_recommendation_is_met(address: str) -> None:
    beside = Path(sys.executable).parent
    assert (WEB / "node_modules" / "graphql-http").is_dir(), "run: make web"
    with serving(create_app(Reader(address))) as asking:
        done = subprocess.run(
            ["node", "audit.mjs", f"{asking.base_url.join('/graphql')}"],
            cwd=WEB,
            env=os.environ | {"PATH": f"{os.environ['PATH']}{os.pathsep}{beside}"},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one for one in found if one["status"] != "ok"] == []
    assert len(found) == _AUDITS
