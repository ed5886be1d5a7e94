"""tests: studies, courses, cohorts, status and paths, on the example graph."""

from __future__ import annotations

import pytest

from api.disclosure import SERVED, Role
from api.execution import execute
from graph.snapshot import Snapshot
from tests.api.conftest import Ask


def test_a_study(ask: Ask) -> None:
    asked = "id title status phase kind start end enrolment summary"
    abouts = "abouts { totalCount nodes { concept { id } field text method confidence } }"
    found = ask(f'{{ study(id: "clinicaltrials:NCT02065791") {{ {asked} {abouts} }} }}')["study"]
    about = {"field": "condition", "text": "diabetes", "method": "EXACT"}
    assert found == {
        "id": "clinicaltrials:NCT02065791",
        "title": "Canagliflozin and Renal Events in Diabetes",
        "status": "COMPLETED",
        "phase": "PHASE3",
        "kind": "INTERVENTIONAL",
        "start": "2014-02",
        "end": None,
        "enrolment": 4401,
        "summary": None,
        "abouts": {
            "totalCount": 2,
            "nodes": [
                {"concept": {"id": "MONDO:0005016"}, "confidence": 0.9, **about},
                {"concept": {"id": "MONDO:0005148"}, "confidence": 0.8, **about},
            ],
        },
    }


def test_a_course(ask: Ask) -> None:
    asked = "id title code level language credits description"
    abouts = "abouts { nodes { concept { id } field text method confidence } }"
    found = ask(f'{{ course(id: "course:1001") {{ {asked} {abouts} }} }}')["course"]
    about = {"field": "title", "text": "hormones", "method": "EXACT", "confidence": 0.9}
    assert found == {
        "id": "course:1001",
        "title": "Endocrinology",
        "code": "MED-301",
        "level": "bachelor",
        "language": "en",
        "credits": 6.0,
        "description": "Hormones and what goes wrong with them.",
        "abouts": {"nodes": [{"concept": {"id": "MONDO:0005015"}, **about}]},
    }


def test_all_records_and_records_about_a_concept(ask: Ask) -> None:
    found = ask(
        '{ studies { totalCount } courses { totalCount } of: studies(about: "MONDO:0005147") { nodes { id } } }'
    )
    assert found == {
        "studies": {"totalCount": 4},
        "courses": {"totalCount": 3},
        "of": {"nodes": [{"id": "clinicaltrials:NCT00360815"}]},
    }
    found = ask('{ studies(about: "MONDO:0005148") { nodes { id } } }')["studies"]["nodes"]
    assert {"id": "clinicaltrials:NCT01131676"} in found, "it is about icd10:E11, which is exactly mapped"
    found = ask('{ courses(about: "UBERON:0002113") { nodes { id } } }')["courses"]
    assert found == {"nodes": [{"id": "course:1003"}]}


def test_unknown_records_are_null(ask: Ask) -> None:
    assert ask('{ study(id: "MONDO:0005148") { id } course(id: "") { id } }') == {"study": None, "course": None}


@pytest.mark.parametrize(
    ("criteria", "exact", "result"),
    [
        ("{}", 18, 20),
        ('{all: ["MONDO:0005148"]}', 14, 20),
        ('{all: ["MONDO:0005147"]}', 3, None),
        ('{any: ["MONDO:0005148", "MONDO:0005147"]}', 17, 20),
        ('{all: ["MONDO:0005148", "MONDO:0005147"]}', 0, None),
        ('{all: ["MONDO:0005015"], none: ["MONDO:0005148"]}', 3, 20),
        ('{all: ["MONDO:0005148"], sex: FEMALE}', 7, 20),
        ("{sex: UNKNOWN}", 0, None),
        ("{bornFrom: 1940, bornTo: 1951}", 12, 20),
        ("{bornFrom: 1951, bornTo: 1951}", 1, None),
        ("{bornTo: 1956}", 17, 20),
        ("{bornFrom: 2000}", 0, None),
        ("{all: [], any: null, none: [], sex: null, bornTo: null}", 18, 20),
    ],
)
def test_cohorts(ask: Ask, criteria: str, exact: int, result: int | None) -> None:
    """With 18 patients, nearly every criterion affects too few patients to be applied."""
    asked = f"{{ cohort(criteria: {criteria}) {{ patients {{ count withheld }} }} }}"
    assert ask(asked)["cohort"]["patients"] == {"count": result, "withheld": result is None}
    assert ask(asked, role=Role.EXACT)["cohort"]["patients"] == {"count": exact, "withheld": False}


def test_a_cohort_has_a_note_about_its_precision(snapshot: Snapshot) -> None:
    """The note is the same whichever criterion was not applied. A withheld number has no note."""
    asked = '{ cohort(criteria: {all: ["MONDO:0005148"], bornTo: %d}) { patients { count } } }'
    notes = [execute(snapshot, asked % year, {}, role)["extensions"] for year in (1900, 2000) for role in SERVED]
    result = [note.get("disclosure") for note in notes]
    assert len({*result}) == 2 and None in result
    assert execute(snapshot, asked % 2000, {}, Role.EXACT)["extensions"].keys() == {"epoch", "cost", "limit"}


def test_a_cohort_lists_its_concepts_and_their_reach(ask: Ask) -> None:
    criteria = '{all: ["MONDO:0005148"], any: ["SCTID:73211009", "MONDO:0005148"]}'
    found = ask(f"{{ cohort(criteria: {criteria}) {{ criteria {{ id label reached }} }} }}")["cohort"]["criteria"]
    assert found == [
        {"id": "MONDO:0005148", "label": "type 2 diabetes mellitus", "reached": 3},
        {"id": "snomedct:73211009", "label": "Diabetes mellitus (disorder)", "reached": 9},
    ]


def test_patients_of_a_concept(ask: Ask) -> None:
    asked = (
        '{ t2: concept(id: "MONDO:0005148") { ...n } t1: concept(id: "SCTID:46635009") { ...n } }'
        " fragment n on Concept { patients { count withheld } }"
    )
    result = ask(asked)
    assert result["t2"]["patients"] == {"count": 20, "withheld": False}
    assert result["t1"]["patients"] == {"count": None, "withheld": True}
    exact = ask(asked, role=Role.EXACT)
    assert [exact[name]["patients"]["count"] for name in ("t2", "t1")] == [14, 3]


def test_releases(ask: Ask) -> None:
    found = ask("{ ontologies { id prefix version iri licence title loaded concepts } }")["ontologies"]
    assert [(one["id"], one["prefix"], one["concepts"]) for one in found] == [
        ("mondo", "MONDO", 8),
        ("mondo-diabetes.sssom", None, 0),
        ("snomed", "snomedct", 3),
        ("uberon", "UBERON", 2),
    ]
    assert found[0] == {
        "id": "mondo",
        "prefix": "MONDO",
        "version": "2026-08-04",
        "iri": "http://purl.obolibrary.org/obo/mondo.owl",
        "licence": "https://creativecommons.org/licenses/by/4.0/",
        "title": "Mondo Disease Ontology",
        "loaded": "2026-08-20T10:00:00+00:00",
        "concepts": 8,
    }


def test_jobs_are_sorted_by_start_latest_first(ask: Ask) -> None:
    asked = (
        "id kind state inputs { file hash } read written unchanged superseded deleted refused notRead unmapped "
        "counts { kind read written notRead refused added } reasons { reason count } started finished"
    )
    found = ask(f"{{ jobs {{ totalCount nodes {{ {asked} }} }} }}", role=Role.STEWARD)["jobs"]
    assert found["totalCount"] == 2
    assert [one["id"] for one in found["nodes"]] == ["j2", "j1"]
    assert found["nodes"][0] == {
        "id": "j2",
        "kind": "INGEST",
        "state": "DONE",
        "inputs": [{"file": "bundle.json", "hash": "sha256:0b"}],
        "read": 28,
        "written": 23,
        "unchanged": 1,
        "superseded": 0,
        "deleted": 0,
        "refused": 2,
        "notRead": 2,
        "unmapped": 3,
        "counts": [
            {"kind": "Condition", "read": 24, "written": 23, "notRead": 0, "refused": 0, "added": 0},
            {"kind": "Claim", "read": 2, "written": 0, "notRead": 2, "refused": 0, "added": 0},
            {"kind": None, "read": 2, "written": 0, "notRead": 0, "refused": 2, "added": 0},
        ],
        "reasons": [{"reason": "no code", "count": 2}, {"reason": "unknown system", "count": 1}],
        "started": "2026-08-20T10:01:00+00:00",
        "finished": "2026-08-20T10:01:05+00:00",
    }


@pytest.mark.parametrize("role", [Role.NONE, Role.AT_LEAST])
def test_only_stewards_see_jobs(snapshot: Snapshot, role: Role) -> None:
    answer = execute(snapshot, "{ jobs { totalCount } ontologies { id } }", role=role)
    assert answer["data"]["jobs"] is None and answer["data"]["ontologies"]
    (error,) = answer["errors"]
    assert error["message"].startswith("jobs are only for the roles steward, exact, records: send a key")
    assert error["extensions"]["code"] == "FORBIDDEN"


_PATH = (
    "query($from: ID!, $to: ID!) { path(from: $from, to: $to) "
    "{ steps { source { id } relation target { id label kind } } } }"
)


def _way(ask: Ask, start: str, end: str) -> list[tuple[str, str, str]] | None:
    found = ask(_PATH, {"from": start, "to": end})["path"]
    return found and [(step["source"]["id"], step["relation"], step["target"]["id"]) for step in found["steps"]]


def test_a_path_uses_records_and_relations(ask: Ask) -> None:
    assert _way(ask, "clinicaltrials:NCT02065791", "course:1003") == [
        ("clinicaltrials:NCT02065791", "schema:about", "MONDO:0005016"),
        ("MONDO:0005016", "RO:0004026", "UBERON:0002113"),
        ("UBERON:0002113", "^schema:about", "course:1003"),
    ]
    last = ask(_PATH, {"from": "MONDO:0005148", "to": "clinicaltrials:NCT00000620"})["path"]["steps"][0]["target"]
    title = "Action to Control Cardiovascular Risk in Diabetes"
    assert last == {"id": "clinicaltrials:NCT00000620", "label": title, "kind": "STUDY"}


def test_a_step_has_its_method_score_and_text(ask: Ask) -> None:
    asked = "query($from: ID!, $to: ID!) { path(from: $from, to: $to) { steps { relation method score text } } }"
    coded = {"relation": "schema:about", "method": "coded", "score": 1.0, "text": "diabetes"}
    mapped = {"method": "semapv:ManualMappingCuration", "score": 0.95, "text": None}
    found = ask(asked, {"from": "clinicaltrials:NCT01131676", "to": "MONDO:0016391"})["path"]["steps"]
    assert found[:2] == [coded, {"relation": "skos:exactMatch"} | mapped]
    assert [(step["method"], step["score"], step["text"]) for step in found[2:]] == [(None, None, None)] * 2
    last = ask(asked, {"from": "UBERON:0002113", "to": "course:1003"})["path"]["steps"][-1]
    assert last == {"relation": "^schema:about", "method": "exact", "score": 0.9, "text": "kidney"}


def test_steps_against_their_direction(ask: Ask) -> None:
    assert _way(ask, "MONDO:0005015", "MONDO:0016391") == [("MONDO:0005015", "^rdfs:subClassOf", "MONDO:0016391")]
    assert _way(ask, "MONDO:0016391", "MONDO:0005015") == [("MONDO:0016391", "rdfs:subClassOf", "MONDO:0005015")]
    assert _way(ask, "snomedct:73211009", "MONDO:0005148") == [
        ("snomedct:73211009", "skos:narrowMatch", "MONDO:0005148")
    ]
    assert _way(ask, "UBERON:0001008", "UBERON:0002113") == [("UBERON:0001008", "^BFO:0000050", "UBERON:0002113")]


def test_a_path_is_null_or_empty(ask: Ask) -> None:
    assert _way(ask, "MONDO:0005148", "loinc:4548-4") is None
    assert _way(ask, "MONDO:0005148", "mondo:0005148") == []


def test_a_path_uses_no_proposed_or_rejected_mapping(ask: Ask) -> None:
    assert _way(ask, "MONDO:0005015", "HP:0003074") is None
    assert len(_way(ask, "MONDO:0005147", "icd10:E11") or []) > 1
