"""bench: measures fast and slow queries of 50 callers at the same time: `python -m bench.mixed STORE`.

Each caller fetches concepts, searches or grounds texts, in random order and without a pause. A refused caller waits for
the number of seconds in `retry-after`. The first run has no limit on grounding. The second run has the limits of the
settings.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import time
from collections import defaultdict

import httpx
import numpy as np

from bench.http import Server, running, warmed
from bench.machine import machine
from graph.snapshot import read_snapshot

CALLERS = 50
_NAMES = 40
"""The number of names in each text to ground."""
_EVERYBODY = {"TRICUSPID_MEANING_AT_ONCE": "100", "TRICUSPID_MEANING_WAITING": "0"}
QUERIES = {
    "concept": "query($id: ID!) { concept(id: $id) { id synonyms { text } mappings { nodes { concept { id } } } } }",
    "search": "query($text: String!) { search(text: $text) { nodes { id label } } }",
    "ground": "query($text: String!) { ground(texts: [$text]) { matches { score concept { id } } } }",
}


class Times:
    """For each kind of query, the seconds of all answers and the number of refused queries."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.refused: dict[str, int] = defaultdict(int)


async def caller(client: httpx.AsyncClient, url: str, names: dict[str, str], until: float, times: Times) -> None:
    own = random.Random()
    while time.perf_counter() < until:
        kind, id_ = own.choice([*QUERIES]), own.choice([*names])
        letter = ". ".join(f"A patient with {name}" for name in own.choices([*names.values()], k=_NAMES))
        variables = {"id": id_, "text": letter if kind == "ground" else f"{names[id_]} in children"}
        began = time.perf_counter()
        answer = await client.post(url, json={"query": QUERIES[kind], "variables": variables})
        if answer.status_code == 503 and "retry-after" in answer.headers:
            times.refused[kind] += 1
            await asyncio.sleep(float(answer.headers["retry-after"]))
            continue
        assert "errors" not in answer.raise_for_status().json(), answer.text
        times.seconds[kind].append(time.perf_counter() - began)


async def asking(server: Server, names: dict[str, str], seconds: float) -> Times:
    times = Times()
    limits = httpx.Limits(max_connections=CALLERS, max_keepalive_connections=CALLERS)
    async with httpx.AsyncClient(limits=limits, timeout=120) as client:
        until = time.perf_counter() + seconds
        await asyncio.gather(*(caller(client, server.url, names, until, times) for _ in range(CALLERS)))
    return times


def lines(way: str, times: Times) -> list[str]:
    rows = []
    for kind in QUERIES:
        taken = np.array(times.seconds[kind] or [np.nan]) * 1e3
        p50, p99 = np.percentile(taken, [50, 99])
        rows.append(f"| {way} | {kind} | {len(taken):,} | {p50:,.0f} | {p99:,.0f} | {times.refused[kind]:,} |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("store")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--port", type=int, default=8765)
    options = parser.parse_args()
    snapshot = read_snapshot(options.store)
    labels = snapshot.concepts["label"].to_pylist()
    names = {snapshot.ids[number]: label for number, label in enumerate(labels) if label}
    print(machine())
    print("| | query | answered | p50 ms | p99 ms | refused |\n|---|---|---:|---:|---:|---:|")
    for way, settings in (("no limit on work", _EVERYBODY), ("limit on work", {})):
        os.environ.update(settings)
        with running("ours", options.store, options.port) as server:
            for name in settings:
                del os.environ[name]
            warmed(server)
            print("\n".join(lines(way, asyncio.run(asking(server, names, options.seconds)))), flush=True)


if __name__ == "__main__":
    main()
