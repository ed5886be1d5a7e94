"""bench: measures writing edges to Neo4j, with the store and with plain Cypher (UNWIND, MATCH both ends, CREATE).

Run `bin/neo4j run -- python -m bench.landing [--edges 200000]` from the root of the checkout. The script empties the
server. The store and plain Cypher write the same made-up events of 10,000 patients with 5,000 concepts, in transactions
of 25,000 events. Both must write the same number of edges and of distinct ends. The store also checks that all ends
exist, and replaces earlier edges. Plain Cypher does not. The two methods run in turn. The best round of each method is
reported.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from contextlib import closing
from typing import Any

import neo4j
import pyarrow as pa

from bench.machine import machine
from graph.store import EDGES, NODES, STUB, Batch, Store, open_store
from tests.conftest import empty_neo4j

PATIENTS, CONCEPTS, BATCH, ROUNDS = 10_000, 5_000, 25_000, 3
_COUNT = "MATCH (a:Patient)-[e:EVENT]->(b:Concept) RETURN count(e), count(DISTINCT a.id + b.id)"
_EMPTY = "MATCH (:Patient)-[e:EVENT]->() WITH e LIMIT 50000 DELETE e RETURN count(e)"


def events(many: int) -> pa.Table:
    rng, schema = random.Random(1), EDGES["EVENT"].arrow
    values: dict[str, Any] = {"kind": "condition", "status": "active", "start": "2020-01-02", "job": "bench"}
    rows = [
        {
            "source": f"patient:{rng.randrange(PATIENTS):05}",
            "target": f"snomedct:{rng.randrange(CONCEPTS)}",
            "record": f"{number:016x}",
            **values,
        }
        for number in range(many)
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def nodes(store: Store) -> None:
    patients = [{"id": f"patient:{number:05}"} for number in range(PATIENTS)]
    stubs = [{"id": f"snomedct:{number}", "label": "", "ontology": "snomedct"} for number in range(CONCEPTS)]
    table = pa.Table.from_pylist(patients, schema=NODES["Patient"].arrow)
    store.write(Batch(nodes={"Patient": table}, stubs=pa.Table.from_pylist(stubs, schema=STUB)))


def ours(store: Store, rows: pa.Table) -> None:
    for start in range(0, rows.num_rows, BATCH):
        store.write(Batch(edges={"EVENT": rows.slice(start, BATCH)}))


def plain(driver: neo4j.Driver, rows: pa.Table) -> None:
    given = ", ".join(f"`{name}`: r.`{name}`" for name in rows.column_names[2:])
    ends = "MATCH (a:Patient {id: r.source}) MATCH (b:Concept {id: r.target})"
    for start in range(0, rows.num_rows, BATCH):
        parameters = {"rows": rows.slice(start, BATCH).to_pylist()}
        driver.execute_query(f"UNWIND $rows AS r {ends} CREATE (a)-[:EVENT {{{given}}}]->(b)", parameters)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--edges", type=int, default=200_000)
    rows = events(parser.parse_args().edges)
    address = os.environ["NEO4J_URI"]
    empty_neo4j()
    best, counts = {"ours": 0.0, "plain": 0.0}, set()
    with closing(open_store(address)) as store, neo4j.GraphDatabase.driver(address) as driver:
        nodes(store)
        for _ in range(ROUNDS):
            for way in best:
                began = time.perf_counter()
                if way == "ours":
                    ours(store, rows)
                else:
                    plain(driver, rows)
                best[way] = max(best[way], rows.num_rows / (time.perf_counter() - began))
                counts.add(tuple(driver.execute_query(_COUNT).records[0]))
                while driver.execute_query(_EMPTY).records[0][0]:
                    pass
    assert len(counts) == 1, f"not the same edges: {counts}"
    print(f"{machine()}; {rows.num_rows:,} edges\n\n| | edges/s |\n|---|---:|")
    print("".join(f"| {way} | {rate:,.0f} |\n" for way, rate in best.items()), end="")
    print(f"\nTricuspid is {best['ours'] / best['plain']:.2f} times as fast as plain Cypher")


if __name__ == "__main__":
    main()
