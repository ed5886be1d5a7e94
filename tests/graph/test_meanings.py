"""graph: the concept that is shown for each group. A concept without a label is never shown."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from graph.snapshot import Snapshot
from linking.grounding import Grounder
from linking.search import is_concept
from tests.graph.rows import Batch, concepts, edges, nodes, stubs
from tests.graph.test_snapshot import found, snapshot_of

LABELLED = "MONDO:1"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Gout as a live and as an obsolete concept, both mapped to codes. Only one code has a label."""
    gone = nodes("Concept", {"id": "OLD:1", "label": "podagra", "ontology": "OLD", "deprecated": True})
    bare = nodes("Concept", {"id": "ORDO:1", "label": "", "ontology": "ORDO"})
    said = [(LABELLED, "umls:C1"), (LABELLED, "snomedct:1"), ("OLD:1", "umls:C2"), (LABELLED, "ORDO:1")]
    return snapshot_of(
        tmp_path_factory.mktemp("made"),
        Batch(
            nodes={"Concept": pa.concat_tables([concepts(LABELLED, label="gout"), gone, bare])},
            stubs=stubs(("umls:C1", ""), ("umls:C2", ""), ("snomedct:1", "gouty arthropathy")),
            edges={"MAPS_TO": edges("MAPS_TO", *said, predicate="skos:exactMatch", state="accepted")},
        ),
    )


@pytest.mark.parametrize("text", ["gout", "umls:C1", "gou", "gotu"])
def test_a_code_without_a_label_is_not_shown_for_names_of_its_group(made: Snapshot, text: str) -> None:
    assert found(made, text, "umls") == []
    assert [id_ for id_, _ in found(made, text)] == [LABELLED]
    assert not is_concept(made, text, ["umls"])


def test_a_code_with_a_label_is_shown_for_names_of_its_group(made: Snapshot) -> None:
    assert found(made, "gout", "snomedct") == [("snomedct:1", "exact label")]


def test_an_obsolete_concept_is_shown_before_a_code_without_a_label(made: Snapshot) -> None:
    assert found(made, "podagra") == [("OLD:1", "exact label"), ("MONDO:1", "exact synonym")], "gout in Dutch"
    assert found(made, "umls:C2") == [("OLD:1", "identifier")]
    assert found(made, "podagra", "umls") == []


def test_grounding_can_give_a_concept_without_a_label(made: Snapshot) -> None:
    """A caller that asks for concepts of a terminology gets them, even if another terminology has the name."""
    assert found(made, "gout", "ordo") == []
    ((match, *_),) = Grounder(made, ontologies=["ordo"]).mentions(["gout"])
    assert match.concept == "ORDO:1"


def test_every_shown_concept_has_a_label(made: Snapshot, tmp_path: Path) -> None:
    labels = made.concepts["label"].to_pylist()
    assert all(labels[shown] for shown in made.meanings.shown(None).tolist())
    bare = snapshot_of(tmp_path, Batch(stubs=stubs(("umls:C1", ""))))
    assert bare.meanings.shown(None).tolist() == [-1]
