"""graph: concepts and records are found by their own ids only, in any form, on every engine."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.kinds import RECORDS
from graph.paths import Thing, thing
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Batch, Store, open_store
from ontologies.curies import iris
from tests.example import write_example
from tests.graph.rows import concepts, nodes

ARTICLE, BARE, DATA = "doi:10.1056/nejmoa0802743", "pubmed:7", "https://example.org/dataset/1"
CODES = ("ucum:mm", "ucum:Mm", "house:a1", "house:A1", "House:2", "mesh:D003924", "ORPHA:558", "x.y:1/2")


def written(store: Store, folder: Path) -> Snapshot:
    """The example with some awkward codes, publications and a data set."""
    write_example(store)
    articles = [{"id": ARTICLE, "pmid": "18539917", "title": "one"}, {"id": BARE, "pmid": "7", "title": "another"}]
    # Two records that state the same PubMed id. The id finds neither of them.
    articles += [{"id": f"doi:10.1000/{n}", "pmid": "99"} for n in (1, 2)]
    data = nodes("Dataset", {"id": DATA, "title": "data"})
    tables = {"Publication": nodes("Publication", *articles), "Dataset": data}
    store.write(Batch(nodes={"Concept": concepts(*CODES), **tables}))
    return fresh_snapshot(store, folder)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("identify")
    store = open_store(str(folder))
    made = written(store, folder)
    store.close()
    return made


def found(snapshot: Snapshot, text: str) -> str | None:
    """The id of the concept or record that a text means."""
    meant = thing(snapshot, text)
    if meant is None:
        return None
    return (snapshot if meant.kind == "Concept" else snapshot.records[meant.kind]).ids[meant.number]


FORMS = {
    "MONDO_0005148": "MONDO:0005148",
    "<http://purl.obolibrary.org/obo/MONDO_0005148>": "MONDO:0005148",
    "https://identifiers.org/MONDO:0005148": "MONDO:0005148",
    "SNOMEDCT:44054006": "snomedct:44054006",
    "http://snomed.info/id/44054006": "snomedct:44054006",
    "http://hl7.org/fhir/sid/icd-10|E11": "icd10:E11",
    "ICD10:e11": "icd10:E11",
    "https://www.orpha.net/en/disease/detail/558": "ORPHA:558",
    "ucum:mm": "ucum:mm",
    "UCUM:Mm": "ucum:Mm",
    "ucum:MM": None,
    "house:a1": "house:a1",
    "house:A1": "house:A1",
    "House:a1": None,
    "HOUSE:2": None,
    "nct00000620": "clinicaltrials:NCT00000620",
    "https://clinicaltrials.gov/study/NCT00000620": "clinicaltrials:NCT00000620",
    "https://doi.org/10.1056/NEJMoa0802743": ARTICLE,
    "PMID: 18539917": ARTICLE,
    "https://pubmed.ncbi.nlm.nih.gov/18539917/": ARTICLE,
    "pubmed:7": BARE,
    "pubmed:99": None,
    "pubmed:": None,
    "PMID: 0": None,
    "18539917": None,
    " <https://example.org/dataset/1> ": DATA,
    "HTTPS://EXAMPLE.ORG/dataset/1": DATA,
    "https://example.org/Dataset/1": None,
    "COURSE:1001": "course:1001",
    "1001": None,
    "": None,
    "a\0": None,
    "\ud800": None,
}


@pytest.mark.parametrize(("text", "meant"), FORMS.items())
def test_every_form_of_an_id_is_found(example: Snapshot, text: str, meant: str | None) -> None:
    assert found(example, text) == meant


def test_every_engine_finds_the_same(store: Store, tmp_path: Path) -> None:
    snapshot = written(store, tmp_path / "state")
    assert {text: found(snapshot, text) for text in FORMS} == FORMS


def every_id(snapshot: Snapshot) -> list[tuple[Thing, str]]:
    owners = [("Concept", snapshot.ids), *((kind, snapshot.records[kind].ids) for kind in RECORDS)]
    return [(Thing(kind, number), ids[number]) for kind, ids in owners for number in range(len(ids))]


@given(st.data())
def test_the_canonical_id_is_always_found(example: Snapshot, data: st.DataObject) -> None:
    """As it is, as an address, in angle brackets, and with white space around it."""
    meant, id_ = data.draw(st.sampled_from(every_id(example)))
    prefix, _, local = id_.partition(":")
    forms = [id_] if "://" in id_ else [id_, iris([prefix])[prefix] + local]
    form = data.draw(st.sampled_from([form for form in forms if "tricuspid.invalid" not in form]))
    space = st.text(" \t\r\n\u00a0\ufeff", max_size=3)
    form = data.draw(st.sampled_from(["{}", "<{}>"])).format(form)
    assert thing(example, data.draw(space) + form + data.draw(space)) == meant


@given(st.text())
def test_a_text_finds_only_ids_that_it_contains(example: Snapshot, text: str) -> None:
    """A text finds only things whose local identifier is in the text."""
    for form in (text, f"MONDO:{text}", f"ucum:{text}", f"https://doi.org/{text}"):
        id_ = found(example, form)
        assert id_ is None or id_.partition(":")[2].lower() in form.lower()


@pytest.mark.parametrize("text", ["x" * 1_000_000, ":" * 1_000_000, "MONDO:" * 1_000, "\0" * 99_999, "\udfff:" * 300])
def test_hostile_texts_find_nothing_within_half_a_second(example: Snapshot, text: str) -> None:
    began = time.perf_counter()
    assert found(example, text) is None
    assert time.perf_counter() - began < 0.5
