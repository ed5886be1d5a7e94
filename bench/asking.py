"""bench: sends queries to the HTTP app in this process, with a small graph that has all kinds of data."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import orjson
import pyarrow as pa

from api.auth import Audit, Callers, Guard
from api.disclosure import DEFAULT, Role
from api.errors import Code
from api.http import create_app
from bench.queries import asked, covering, shapes
from graph.snapshot import Reader, fresh_snapshot
from graph.store import Batch, Store, open_store
from ingest.records import Refused
from ontologies.errors import UnreadableFile
from tests.example import write_example
from tests.graph.rows import concepts, edges, nodes

_ARTICLE, _DATA, _LIST = "doi:10.1056/nejmoa0802743", "doi:10.5072/diabetes-1", "https://example.org/catalogue"
_SUSPECTED, _PERSON = "snomedct:315016007", "orcid:0000-0000-0000-0001"
_HEADERS = {"content-type": "application/json", "accept": "application/graphql-response+json"}
TEXT, BODY = "query.graphql", "body.json"
"""The name of a file that contains a query (`TEXT`), and of a file that contains a whole request body (`BODY`)."""


def queries(rng: random.Random, many: int) -> Iterator[tuple[str, bytes]]:
    """Yields names and contents of files: meaningful queries, queries with invalid values, and hostile query shapes."""
    bodies = [*covering(rng), *(asked(rng, rng.choice((0, 0, 0.2))) for _ in range(many))]
    for body in bodies:
        yield BODY, json.dumps(body._asdict()).encode()
        if not body.variables:
            yield TEXT, body.query.encode()
    for query in shapes(rng):
        yield TEXT, query.encode()


class Asking:
    """Sends the query in a file as a caller with a given role. An answer without data raises UnreadableFile."""

    def __init__(self, role: Role = DEFAULT) -> None:
        folder = Path(tempfile.mkdtemp(prefix="example-"))
        with closing(open_store(str(folder))) as store:
            write_example(store)
            _write_more(store)
            fresh_snapshot(store, folder)
        self._app = create_app(Reader(str(folder)), guard=Guard(Callers(role), Audit(folder / "audit", durable=False)))

    def __call__(self, path: Path) -> Iterator[object]:
        data = path.read_bytes()
        if path.name == TEXT:
            data = orjson.dumps({"query": data.decode("utf-8", "replace")})
        status, answer = self.answer(data)
        codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
        assert status < 500 and Code.INTERNAL not in codes, (status, answer)
        assert all(error["message"] for error in answer.get("errors", ())), answer
        if answer.get("data") is None:
            raise UnreadableFile(path, "", codes[0])
        yield from (Refused("", code) for code in codes)

    def answer(self, body: bytes) -> tuple[int, Any]:
        """The HTTP status and the answer for a request body."""
        response = asyncio.run(self._post(body))
        return response.status_code, orjson.loads(response.content)

    async def _post(self, body: bytes) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://here") as client:
            return await client.post("/graphql", content=body, headers=_HEADERS)


_T2 = "snomedct:44054006"
_ITEMS = [{"id": "MONDO:0005015"}, {"id": "MONDO:0005147", "excluded": True}, {"id": "valueset:kidney"}]
_VALUE_SETS = [
    {"id": f"valueset:{name}", "version": "1", "title": name, "language": "en", "created": "2026-08-20", "job": "j1"}
    | {"definition": json.dumps({"items": items})}
    for name, items in (("liver", _ITEMS), ("kidney", [{"id": "MONDO:0005240"}, {"id": "X:1"}]))
]


def _write_more(store: Store) -> None:
    """Adds data that the example lacks: publications, data sets, a person, neighbours, a candidate mapping, a similar
    name, a site's own name, a refusal and a code without a definition."""
    coded: dict[str, Any] = {"method": "coded", "confidence": 1.0, "field": "heading", "assertion": "present"}
    near: dict[str, Any] = {"score": 0.7, "model": "one", "through": "hyperglycemia ~ suikerziekte"}
    article = {"id": _ARTICLE, "title": "Effects of Intensive Glucose Lowering", "journal": "A journal", "authors": 11}
    data = {"id": _DATA, "title": "Glucose of 200 people", "kind": "Dataset", "issued": "2021-05", "authors": 3}
    alike = {"predicate": "skos:exactMatch", "confidence": 0.95, "state": "proposed", "release": "candidates"}
    own = {"id": "own", "text": "suiker", "kind": "local", "language": "nl", "count": 3, "release": "site"}
    programme = {"id": "programme:1"} | dict.fromkeys(("title", "level", "language", "description"), "en")
    outcome = {"id": "outcome:1001-1", "text": "knows insulin", "language": "en", "texts": json.dumps({"x@nl": "y"})}
    article |= {"texts": json.dumps({"title@nl": "Gevolgen van het scherp verlagen van glucose"})}
    store.write(
        Batch(
            nodes={
                "Concept": concepts(_SUSPECTED, label="Suspected type 2 diabetes mellitus"),
                "Label": nodes("Label", own),
                "Release": nodes("Release", {"id": "site", "loaded": "2026-08-20T10:00:00+00:00"}),
                "Publication": nodes("Publication", article),
                "Dataset": nodes("Dataset", data, {"id": _LIST}),
                "Programme": nodes("Programme", programme),
                "Outcome": nodes("Outcome", outcome),
                "Organisation": nodes("Organisation", {"id": "organisation:acme", "name": "Acme"}),
                "Person": nodes("Person", {"id": _PERSON, "name": "Anna Example"}),
                "ValueSet": nodes("ValueSet", *_VALUE_SETS),
                "Refusal": nodes(
                    "Refusal", {"id": "j2/1", "job": "j2", "file": "mondo.obo", "position": "1", "reason": "no id"}
                ),
            },
            edges={
                "HAS_LABEL": edges("HAS_LABEL", ("MONDO:0005148", "own"), release="site"),
                "PUBLICATION_ABOUT": edges(
                    "PUBLICATION_ABOUT", (_ARTICLE, "MONDO:0005148"), (_ARTICLE, _SUSPECTED), **coded
                ),
                "DATASET_ABOUT": edges("DATASET_ABOUT", (_DATA, "MONDO:0005148"), **coded),
                "REPORTS": edges("REPORTS", (_ARTICLE, "clinicaltrials:NCT00000620")),
                "SPONSORED_BY": edges("SPONSORED_BY", ("clinicaltrials:NCT00000620", "organisation:acme")),
                "INVESTIGATES": edges("INVESTIGATES", ("clinicaltrials:NCT00000620", _PERSON)),
                "INSTRUCTS": edges("INSTRUCTS", ("course:1002", _PERSON)),
                "AUTHOR_OF": edges("AUTHOR_OF", (_ARTICLE, _PERSON)),
                "DATASET_AUTHOR_OF": edges("DATASET_AUTHOR_OF", (_DATA, _PERSON)),
                "AFFILIATED": edges("AFFILIATED", (_PERSON, "organisation:acme"), record=_ARTICLE),
                "COURSE_OF": edges("COURSE_OF", ("course:1002", "programme:1")),
                "TEACHES": edges("TEACHES", ("course:1002", "outcome:1001-1")),
                "PROGRAMME_TEACHES": edges("PROGRAMME_TEACHES", ("programme:1", "outcome:1001-1")),
                "PROGRAMME_ABOUT": edges("PROGRAMME_ABOUT", ("programme:1", "MONDO:0005148"), **coded),
                "OUTCOME_ABOUT": edges("OUTCOME_ABOUT", ("outcome:1001-1", "MONDO:0005148"), **coded),
                "DESCRIBED_IN": edges("DESCRIBED_IN", (_DATA, _ARTICLE)),
                "LISTS": edges("LISTS", (_LIST, _DATA)),
                "VERSION_OF": edges("VERSION_OF", (_DATA, _LIST)),
                "MAPS_TO": edges("MAPS_TO", ("snomedct:73211009", "MONDO:0005148"), **alike),
                "NEIGHBOUR": edges("NEIGHBOUR", ("HP:0003074", "MONDO:0005148"), **near),
                "EVENT": pa.concat_tables(
                    [
                        edges("EVENT", ("patient:0001", "loinc:4548-4"), record="more", kind="observation"),
                        edges("EVENT", ("patient:0001", _T2), record="later", kind="condition", start="2020-03-01"),
                    ]
                ),
            },
        )
    )
