"""tests: publications and data sets, added to the example graph."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.execution import execute
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import EDGES, Batch, open_store
from tests.api.conftest import Ask
from tests.example import write_example
from tests.graph.rows import edges, nodes

CATALOGUE = "https://example.org/catalogue"
ARTICLE, DATA, STUDY = "doi:10.1056/nejmoa0802743", "doi:10.5072/diabetes-1", "clinicaltrials:NCT00000620"
_ARTICLE = {
    "id": ARTICLE,
    "title": "Effects of Intensive Glucose Lowering in Type 2 Diabetes",
    "abstract": "BACKGROUND: Glucose.",
    "kind": "Journal Article",
    "journal": "A journal",
    "language": "en",
    "published": "2008-06-12",
    "revised": "2025-01-01",
    "doi": "10.1056/nejmoa0802743",
    "pmid": "18539917",
    "authors": 11,
}
_DATA = {
    "id": DATA,
    "title": "Glucose of 200 people",
    "description": "Of people with type 2 diabetes.",
    "kind": "Dataset",
    "version": "1.0",
    "language": "en",
    "issued": "2021-05",
    "modified": "2022-01-31",
    "licence": "https://creativecommons.org/licenses/by/4.0/",
    "landing_page": "https://example.org/diabetes-1",
    "doi": "10.5072/diabetes-1",
    "authors": 3,
}
_BARE = {"id": "doi:10.1/z", "title": None}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The example, an article on one of its trials, an article known only by its id, and a data set."""
    folder: Path = tmp_path_factory.mktemp("publications")
    said: dict[str, Any] = {"method": "coded", "confidence": 1.0, "field": "heading", "assertion": "present"}
    links = {
        "PUBLICATION_ABOUT": edges("PUBLICATION_ABOUT", (ARTICLE, "icd10:E11"), **said),
        "DATASET_ABOUT": edges("DATASET_ABOUT", (DATA, "MONDO:0005148"), **said),
        "REPORTS": edges("REPORTS", (ARTICLE, STUDY)),
        "DESCRIBED_IN": edges("DESCRIBED_IN", (DATA, ARTICLE), (DATA, "doi:10.1/z")),
        "LISTS": edges("LISTS", (CATALOGUE, DATA)),
        "VERSION_OF": edges("VERSION_OF", (DATA, CATALOGUE)),
    }
    assert set(links) <= set(EDGES)
    with closing(open_store(str(folder))) as store:
        write_example(store)
        articles = nodes("Publication", _ARTICLE, {"id": "doi:10.1/z"})
        datasets = nodes("Dataset", _DATA, {"id": CATALOGUE})
        store.write(Batch(nodes={"Publication": articles, "Dataset": datasets}, edges=links))
        return fresh_snapshot(store, folder)


@pytest.fixture(scope="module")
def ask(snapshot: Snapshot) -> Ask:
    def asked(query: str) -> Any:
        answer = execute(snapshot, query, None)
        assert "errors" not in answer, answer
        return answer["data"]

    return asked


def test_a_publication_with_all_its_fields(ask: Ask) -> None:
    links = "studies { nodes { id } } datasets { nodes { id } } abouts { nodes { concept { id } field method } }"
    found = ask(f'{{ publication(id: "{ARTICLE}") {{ {" ".join(_ARTICLE)} {links} }} }}')["publication"]
    assert found == _ARTICLE | {
        "studies": {"nodes": [{"id": STUDY}]},
        "datasets": {"nodes": [{"id": DATA}]},
        "abouts": {"nodes": [{"concept": {"id": "icd10:E11"}, "field": "heading", "method": "CODED"}]},
    }


_PASTED = [
    *(("publication", ARTICLE, form) for form in ("10.1056/NEJMoa0802743", "https://doi.org/10.1056/NEJMoa0802743")),
    *(("dataset", DATA, form) for form in (" DOI: 10.5072/DIABETES-1", "<https://doi.org/10.5072/diabetes-1>\n")),
    *(("dataset", CATALOGUE, form) for form in (f" {CATALOGUE}", f"<{CATALOGUE}>")),
    *(("course", "course:1001", form) for form in ("Course:1001", " course: 1001\n", "<course:1001>")),
]


@pytest.mark.parametrize(("field", "id_", "form"), _PASTED)
def test_a_record_in_any_form(snapshot: Snapshot, field: str, id_: str, form: str) -> None:
    answer = execute(snapshot, f"query($id: ID!) {{ {field}(id: $id) {{ id }} }}", {"id": form})
    assert answer["data"] == {field: {"id": id_}}


def test_a_data_set_with_all_its_fields(ask: Ask) -> None:
    fields = " ".join(_DATA).replace("landing_page", "landingPage")
    links = "publications { totalCount nodes { id title } } abouts { nodes { concept { id } } }"
    found = ask(f'{{ dataset(id: "{DATA}") {{ {fields} {links} }} }}')["dataset"]
    assert found.pop("landingPage") == _DATA["landing_page"]
    assert found == {name: value for name, value in _DATA.items() if name != "landing_page"} | {
        "publications": {"totalCount": 2, "nodes": [_BARE, {"id": ARTICLE, "title": _ARTICLE["title"]}]},
        "abouts": {"nodes": [{"concept": {"id": "MONDO:0005148"}}]},
    }


def test_a_catalogue_and_its_data_sets(ask: Ask) -> None:
    found = ask(f'{{ dataset(id: "{CATALOGUE}") {{ datasets {{ nodes {{ id catalogues {{ nodes {{ id }} }} }} }} }} }}')
    listed = {"id": DATA, "catalogues": {"nodes": [{"id": CATALOGUE}]}}
    assert found["dataset"] == {"datasets": {"nodes": [listed]}}
    found = ask(f'{{ dataset(id: "{DATA}") {{ versionOf {{ nodes {{ id versions {{ nodes {{ id }} }} }} }} }} }}')
    assert found["dataset"]["versionOf"] == {"nodes": [{"id": CATALOGUE, "versions": {"nodes": [{"id": DATA}]}}]}


def test_publications_and_data_sets_about_a_concept(ask: Ask) -> None:
    asked = (
        'publications(about: "MONDO:0005015") { nodes { id } } datasets(about: "snomedct:44054006") { nodes { id } }',
        'none: datasets(about: "MONDO:0005147") { totalCount }',
        "every: publications(first: 1) { totalCount nodes { id } pageInfo { hasNextPage } }",
    )
    assert ask(f"{{ {' '.join(asked)} }}") == {
        "publications": {"nodes": [{"id": ARTICLE}]},
        "datasets": {"nodes": [{"id": DATA}]},
        "none": {"totalCount": 0},
        "every": {"totalCount": 2, "nodes": [{"id": "doi:10.1/z"}], "pageInfo": {"hasNextPage": True}},
    }


def test_publications_of_a_concept_and_of_a_study(ask: Ask) -> None:
    records = "publications { totalCount } datasets { nodes { title } }"
    studies = "studies { nodes { id publications { nodes { pmid } } } }"
    found = ask(f'{{ concept(id: "MONDO:0005148") {{ {records} {studies} }} }}')["concept"]
    assert found["publications"] == {"totalCount": 1}
    assert found["datasets"] == {"nodes": [{"title": _DATA["title"]}]}
    named = {one["id"]: one["publications"]["nodes"] for one in found["studies"]["nodes"]}
    assert named.pop(STUDY) == [{"pmid": "18539917"}]
    assert named and not any(named.values())


def test_related_records_are_of_every_kind(ask: Ask) -> None:
    ids = " ".join(f"... on {kind} {{ id }}" for kind in ("Publication", "Dataset", "Study", "Course"))
    asked = f"related {{ score concepts {{ id }} record {{ __typename {ids} }} }}"
    for root, id_, other in (("publication", ARTICLE, DATA), ("dataset", DATA, ARTICLE), ("study", STUDY, ARTICLE)):
        found = ask(f'{{ {root}(id: "{id_}") {{ {asked} }} }}')[root]["related"]
        assert other in [one["record"]["id"] for one in found]
        assert {"Study", "Course"} <= {one["record"]["__typename"] for one in found}


def test_search_in_use_includes_concepts_of_publications(ask: Ask) -> None:
    found = ask('{ search(text: "diabetes", inUse: [RESEARCH]) { nodes { id } } }')["search"]["nodes"]
    assert {"id": "MONDO:0005148"} in found


def test_a_path_can_start_at_a_data_set(ask: Ask) -> None:
    found = ask(f'{{ path(from: "{DATA}", to: "MONDO:0005148") {{ steps {{ relation source {{ kind label }} }} }} }}')
    data = {"kind": "DATASET", "label": _DATA["title"]}
    assert found["path"]["steps"] == [{"relation": "schema:about", "source": data}]


def test_unknown_publications_and_data_sets_are_null_or_an_error(ask: Ask, snapshot: Snapshot) -> None:
    assert ask('{ publication(id: "doi:10.1/none") { id } dataset(id: "") { id } }') == {
        "publication": None,
        "dataset": None,
    }
    for field in ("publications", "datasets"):
        answer = execute(snapshot, f'{{ {field}(about: "MONDO:9999999") {{ totalCount }} }}', None)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"]
