"""bench: requests a second of GraphQL over HTTP, beside a plain route that sends the same answer and plain strawberry.

`python -m bench.http STORE [--seconds 5]` from the root of the checkout, with `wrk` on the path. Each is one uvicorn
process, asked alone for 20 studies with what they are about, over 1, 8 and 64 connections. The plain route is the
floor: it holds the answer and makes JSON of it. Plain strawberry holds all objects in memory. That all answers are
equal is checked first.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import strawberry
from fastapi import FastAPI, Request, Response
from strawberry.fastapi import GraphQLRouter

from bench.search import machine

CONNECTIONS = (1, 8, 64)
QUERY = """{ studies(about: "MONDO:0005550", first: 20) { nodes { id title status phase
  abouts(first: 5) { nodes { field text method confidence concept { id label ontology } } } } } }"""
CLI = [sys.executable, "-m", "cli.main"]
_ANSWER = "TRICUSPID_BENCH_ANSWER"


@strawberry.type
class Concept:
    id: strawberry.ID
    label: str | None
    ontology: str | None


@strawberry.type
class About:
    field: str | None
    text: str | None
    method: str | None
    confidence: float | None
    concept: Concept


@strawberry.type
class Abouts:
    nodes: list[About]


@strawberry.type
class Study:
    id: strawberry.ID
    title: str | None
    status: str | None
    phase: str | None
    held: strawberry.Private[list[About]]

    @strawberry.field
    def abouts(self, first: int = 10) -> Abouts:
        return Abouts(nodes=self.held[:first])


@strawberry.type
class Studies:
    nodes: list[Study]


def held() -> Any:
    return orjson.loads(Path(os.environ[_ANSWER]).read_bytes())


def floor() -> Any:
    """The server that sends what it holds."""
    app, answer = FastAPI(), held()

    @app.post("/graphql")
    async def graphql(request: Request) -> Response:
        orjson.loads(await request.body())
        return Response(orjson.dumps(answer), media_type="application/json")

    return app


def plain() -> Any:
    """The server that strawberry makes of the same types."""
    every = [_study(row) for row in held()["data"]["studies"]["nodes"]]

    @strawberry.type
    class Query:
        @strawberry.field
        def studies(self, about: strawberry.ID, first: int = 10) -> Studies:
            return Studies(nodes=every[:first])

    app = FastAPI()
    app.include_router(GraphQLRouter(strawberry.Schema(Query)), prefix="/graphql")
    return app


def _study(row: dict[str, Any]) -> Study:
    abouts = [About(**(one | {"concept": Concept(**one["concept"])})) for one in row["abouts"]["nodes"]]
    return Study(**{name: row[name] for name in ("id", "title", "status", "phase")}, held=abouts)


@contextmanager
def running(command: list[str], port: int) -> Iterator[str]:
    """The address of a server that answers; it is stopped at the end."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/graphql"
    finally:
        process.terminate()
        process.wait()


def ours(store: str, port: int) -> list[str]:
    return [*CLI, "serve", "--store", store, "--port", str(port)]


def peer(name: str, port: int) -> list[str]:
    made = f"bench.http:{name}"
    return [sys.executable, "-m", "uvicorn", made, "--factory", "--port", str(port), "--log-level", "warning"]


def warmed(url: str) -> None:
    """Returns when the server has encoded what it knows, or says that it never will."""
    while httpx.get(url.replace("graphql", "ready"), timeout=60).json()["meaning"].startswith("warming"):
        time.sleep(1)


def answer_of(url: str) -> bytes:
    return httpx.post(url, json={"query": QUERY}, timeout=60).raise_for_status().content


def rate(url: str, connections: int, seconds: int, script: Path) -> float:
    """Requests a second; an error among the answers ends the run."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in told and "Socket errors" not in told, told
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert found, told
    return float(found[1])


def main() -> None:
    given = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    given.add_argument("store")
    given.add_argument("--seconds", type=int, default=5)
    given.add_argument("--port", type=int, default=8765)
    asked = given.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        script, answer = Path(name) / "post.lua", Path(name) / "answer.json"
        body = json.dumps(json.dumps({"query": QUERY}))
        script.write_text(f'wrk.method = "POST"\nwrk.body = {body}\nwrk.headers["content-type"] = "application/json"\n')
        os.environ[_ANSWER] = str(answer)
        rates: dict[str, list[float]] = {}
        for way in ("ours", "floor", "plain"):
            command = ours(asked.store, asked.port) if way == "ours" else peer(way, asked.port)
            with running(command, asked.port) as url:
                told = answer_of(url)
                if way == "ours":
                    answer.write_bytes(told)
                    warmed(url)
                assert orjson.loads(told)["data"] == held()["data"], f"{way} answers otherwise"
                rate(url, 1, 1, script)
                rates[way] = [rate(url, connections, asked.seconds, script) for connections in CONNECTIONS]
    print(f"\nan answer: {len(told):,} bytes\n")
    print("| connections | ours/s | floor/s | of the floor | plain strawberry/s | ratio |")
    print("|---:|---:|---:|---:|---:|---:|")
    for connections, own, low, other in zip(CONNECTIONS, *rates.values(), strict=True):
        print(f"| {connections} | {own:,.0f} | {low:,.0f} | {own / low:.2f} | {other:,.0f} | {own / other:.1f} |")


if __name__ == "__main__":
    main()
