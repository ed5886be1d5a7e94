"""bench: measures GraphQL requests per second over HTTP, compared with a plain route and with plain Strawberry.

Run `python -m bench.http STORE [--seconds 5] [--rounds 5] [--processes 1]` from the root of the checkout, with `wrk` on
the path. All three servers use uvicorn with the same event loop and HTTP parser. Each request asks for 20 studies about
a concept, with their annotations. The concept is different in each request. Requests use 1, 8 and 64 connections. The
plain route (`floor`) has the answers in memory and only encodes each answer as JSON. Plain Strawberry has all objects
in memory. The script first checks that all answers are equal. The servers run at the same time and are measured in
turn, so that other load affects all servers. The script prints medians over the rounds, and the server's processor time
per answer, which depends less on other load.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import httpx
import orjson
import strawberry
from fastapi import FastAPI, Request, Response
from strawberry.fastapi import GraphQLRouter

from bench.machine import machine
from graph.snapshot import read_snapshot

CONNECTIONS = (1, 8, 64)
STUDIES = 20
QUERY = """query ($about: ID!, $first: Int!) { studies(about: $about, first: $first) { nodes { id title status phase
  abouts(first: 5) { nodes { field text method confidence concept { id label ontology } } } } } }"""
CLI = [sys.executable, "-m", "cli.main"]
WAYS = ("ours", "floor", "plain")
_ANSWERS = "TRICUSPID_BENCH_ANSWERS"
SCRIPT = """
local asked = {}
function init()
  for body in io.lines("%s") do
    asked[#asked + 1] = wrk.format("POST", nil, {["content-type"] = "application/json"}, body)
  end
end
local at = 0
function request() at = at %% #asked + 1; return asked[at] end
"""


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


@cache
def held() -> Any:
    """The expected answer for each concept."""
    return orjson.loads(Path(os.environ[_ANSWERS]).read_bytes())


def floor() -> Any:
    """Returns a server that only encodes prepared answers as JSON."""
    app, answers = FastAPI(), held()

    @app.post("/graphql")
    async def graphql(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        return Response(orjson.dumps(answers[asked["variables"]["about"]]), media_type="application/json")

    return app


def plain() -> Any:
    """Returns a server that Strawberry makes from the same types, with all objects in memory."""
    every = {id_: [_study(row) for row in answer["data"]["studies"]["nodes"]] for id_, answer in held().items()}

    @strawberry.type
    class Query:
        @strawberry.field
        def studies(self, about: strawberry.ID, first: int = 10) -> Studies:
            return Studies(nodes=every[about][:first])

    app = FastAPI()
    app.include_router(GraphQLRouter(strawberry.Schema(Query)), prefix="/graphql")
    return app


def _study(row: dict[str, Any]) -> Study:
    abouts = [About(**(one | {"concept": Concept(**one["concept"])})) for one in row["abouts"]["nodes"]]
    return Study(**{name: row[name] for name in ("id", "title", "status", "phase")}, held=abouts)


class Server(NamedTuple):
    url: str
    process: subprocess.Popen[bytes]

    def seconds(self) -> float:
        """Returns the processor time of the server and its child processes
        (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html).
        """
        own = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        ticks = 0
        for process in (self.process.pid, *own.read_text().split()):
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def answer(self, about: str) -> Any:
        return orjson.loads(
            httpx.post(self.url, content=body(about), headers=_JSON, timeout=60).raise_for_status().content
        )


_JSON = {"content-type": "application/json"}


def body(about: str) -> str:
    return json.dumps({"query": QUERY, "variables": {"about": about, "first": STUDIES}})


@contextmanager
def running(way: str, store: str, port: int, processes: int = 1) -> Iterator[Server]:
    """Runs one of the servers in WAYS until the end of the block."""
    command = [*CLI, "serve", "--store", store] if way == "ours" else [sys.executable, "-m", "uvicorn", "--factory"]
    more = [] if way == "ours" else [f"bench.http:{way}", "--log-level", "warning"]
    more += ["--port", str(port), "--processes" if way == "ours" else "--workers", str(processes)]
    process = subprocess.Popen([*command, *more], stderr=subprocess.DEVNULL)
    try:
        server = Server(f"http://127.0.0.1:{port}/graphql", process)
        _wait(server)
        yield server
    finally:
        process.terminate()
        process.wait()


def _wait(server: Server) -> None:
    for _ in range(600):
        try:
            httpx.get(server.url)
            return
        except httpx.TransportError:
            assert server.process.poll() is None, "the server exited"
            time.sleep(0.1)


def warmed(server: Server) -> None:
    """Waits until the server has encoded all names, or reports that it cannot encode names."""
    while httpx.get(server.url.replace("graphql", "ready"), timeout=60).json()["meaning"].startswith("warming"):
        time.sleep(1)


class Load(NamedTuple):
    """Requests per second (`rate`), and the server's processor time per answer in milliseconds (`cost`)."""

    rate: float
    cost: float


def load(server: Server, connections: int, seconds: int, script: Path) -> Load:
    """Runs wrk. Raises AssertionError if an answer is an error."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script), server.url]
    before = server.seconds()
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in output and "Socket errors" not in output, output
    rate, count = re.search(r"Requests/sec:\s+([\d.]+)", output), re.search(r"(\d+) requests in", output)
    assert rate and count, output
    return Load(float(rate[1]), 1e3 * (server.seconds() - before) / int(count[1]))


def concepts(store: str) -> list[str]:
    """The concepts with at least STUDIES studies."""
    snapshot = read_snapshot(store)
    studies, reach = snapshot.records["Study"], snapshot.hierarchy.reach
    every = snapshot.hierarchy.reaching(studies.concepts)
    return [snapshot.ids[concept] for concept in every if len(studies.about(reach(concept))) >= STUDIES]


def measured(servers: dict[str, Server], rounds: int, seconds: int, script: Path) -> dict[tuple[str, int], list[Load]]:
    for server in servers.values():
        load(server, 1, 1, script)
    found: dict[tuple[str, int], list[Load]] = {}
    for _ in range(rounds):
        for connections in CONNECTIONS:
            for way, server in servers.items():
                found.setdefault((way, connections), []).append(load(server, connections, seconds, script))
    return found


def table(found: dict[tuple[str, int], list[Load]]) -> Iterator[str]:
    yield "| connections | ours/s | floor/s | of floor | plain/s | ratio | ms: ours | floor | plain | of floor |"
    yield "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for connections in CONNECTIONS:
        own, low, other = ([one.rate for one in found[way, connections]] for way in WAYS)
        costs = [median(one.cost for one in found[way, connections]) for way in WAYS]
        rates = f"{median(own):,.0f} | {median(low):,.0f} | {_ratio(own, low):.2f} | {median(other):,.0f}"
        times = " | ".join(f"{cost:.2f}" for cost in (*costs, costs[1] / costs[0]))
        yield f"| {connections} | {rates} | {_ratio(own, other):.1f} | {times} |"


def _ratio(own: Sequence[float], others: Sequence[float]) -> float:
    """Returns the median of the ratios of the rates of two servers.

    Each ratio is computed within one round, because the load of the machine differs between rounds.
    """
    return median(one / other for one, other in zip(own, others, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("store")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--port", type=int, default=8765)
    options = parser.parse_args()
    print(machine())
    about = concepts(options.store)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        script, bodies, answers = (Path(name) / file for file in ("post.lua", "bodies", "answers.json"))
        bodies.write_text("\n".join(map(body, about)))
        script.write_text(SCRIPT % bodies)
        servers = {"ours": stack.enter_context(running("ours", options.store, options.port, options.processes))}
        known = {id_: servers["ours"].answer(id_) for id_ in about}
        answers.write_bytes(orjson.dumps(known))
        os.environ[_ANSWERS] = str(answers)
        for place, way in enumerate(WAYS[1:], 1):
            servers[way] = stack.enter_context(running(way, options.store, options.port + place, options.processes))
            assert all(servers[way].answer(id_)["data"] == known[id_]["data"] for id_ in about), (
                f"{way} gives another answer"
            )
        warmed(servers["ours"])
        found = measured(servers, options.rounds, options.seconds, script)
    sizes = sorted(len(orjson.dumps(answer)) for answer in known.values())
    print(f"\n{len(about)} concepts, an answer: {sizes[0]:,} to {sizes[-1]:,} bytes; load {os.getloadavg()[0]:.1f}\n")
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
