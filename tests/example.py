"""tests: a small hand-written graph about diabetes, with real identifiers of terminologies.

Seventeen patients have an event: fourteen with SNOMED CT's type 2 diabetes, three with type 1. One more patient has
only a family history of diabetes. Four studies and three courses are about these diseases.
"""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa

from graph.store import EDGES, NODES, Batch, Store
from ingest.counts import COLUMNS

_MONDO, _SNOMED, _UBERON, _MAPS = "mondo", "snomed", "uberon", "mondo-diabetes.sssom"
_OWNER = {"MONDO": _MONDO, "snomedct": _SNOMED, "UBERON": _UBERON}
_T2, _T1 = "snomedct:44054006", "snomedct:46635009"
_DEFINED = {
    "MONDO:0005015": "A group of disorders in which the blood holds too much glucose.",
    "MONDO:0005148": "Diabetes in which cells answer insulin too little and the pancreas cannot make up for it.",
}
_CONCEPTS = {
    "HP:0003074": "Hyperglycemia",
    "MONDO:0000001": "disease",
    "MONDO:0001344": "obsolete neonatal diabetes mellitus",
    "MONDO:0005015": "diabetes mellitus",
    "MONDO:0005016": "diabetic kidney disease",
    "MONDO:0005147": "type 1 diabetes mellitus",
    "MONDO:0005148": "type 2 diabetes mellitus",
    "MONDO:0005240": "kidney disorder",
    "MONDO:0016391": "neonatal diabetes mellitus",
    "UBERON:0001008": "renal system",
    "UBERON:0002113": "kidney",
    "icd10:E11": "Type 2 diabetes mellitus",
    "loinc:4548-4": "",
    "snomedct:44054006": "Diabetes mellitus type 2 (disorder)",
    "snomedct:46635009": "Diabetes mellitus type 1 (disorder)",
    "snomedct:73211009": "Diabetes mellitus (disorder)",
}
_REPLACED = {"MONDO:0001344": "MONDO:0016391"}
_STUBS = ("HP:0003074", "icd10:E11", "loinc:4548-4")
_IS_A = (
    ("MONDO:0005015", "MONDO:0000001"),
    ("MONDO:0005240", "MONDO:0000001"),
    ("MONDO:0005016", "MONDO:0005240"),
    ("MONDO:0005147", "MONDO:0005015"),
    ("MONDO:0005148", "MONDO:0005015"),
    ("MONDO:0016391", "MONDO:0005015"),
    (_T2, "snomedct:73211009"),
    (_T1, "snomedct:73211009"),
)
_LABELS = (
    ("MONDO:0005148", "T2DM", "abbreviation", "en"),
    ("MONDO:0005148", "diabetes mellitus type 2", "label", "nl"),
    ("MONDO:0005148", "non-insulin-dependent diabetes mellitus", "exact", "en"),
    ("MONDO:0005148", "type 2 diabetes mellitus", "exact", "en"),
    ("MONDO:0005148", "Een vorm van diabetes waarbij cellen slecht op insuline reageren.", "definition", "nl"),
    ("MONDO:0005015", "suikerziekte", "exact", "nl"),
    (_T2, "Diabetes mellitus type II", "exact", "en"),
)
_MAPPINGS = (
    ("MONDO:0005148", _T2, "skos:exactMatch", 1.0, "semapv:ManualMappingCuration", "accepted"),
    ("MONDO:0005148", "icd10:E11", "skos:exactMatch", 0.95, "semapv:ManualMappingCuration", "accepted"),
    ("MONDO:0005147", _T1, "skos:exactMatch", None, "semapv:ManualMappingCuration", "accepted"),
    ("MONDO:0005147", "icd10:E11", "skos:exactMatch", 0.2, "semapv:LexicalMatching", "rejected"),
    ("MONDO:0005148", "snomedct:73211009", "skos:broadMatch", None, "semapv:ManualMappingCuration", "accepted"),
    ("MONDO:0005015", "HP:0003074", "skos:closeMatch", 0.6, "semapv:LexicalMatching", "proposed"),
)
_STUDIES = (
    ("NCT00000620", "Action to Control Cardiovascular Risk in Diabetes", "COMPLETED", "PHASE3", 10251, "1999-09"),
    ("NCT00360815", "Diabetes Control and Complications Trial", "COMPLETED", "PHASE3", 1441, "1983-08"),
    ("NCT01131676", "Empagliflozin Cardiovascular Outcome Event Trial", "COMPLETED", "PHASE3", 7064, "2010-07"),
    ("NCT02065791", "Canagliflozin and Renal Events in Diabetes", "COMPLETED", "PHASE3", 4401, "2014-02"),
)
_STUDY_ABOUTS = (
    ("NCT00000620", "MONDO:0005148", "exact", 0.98),
    ("NCT00360815", "MONDO:0005147", "exact", 0.97),
    ("NCT01131676", "icd10:E11", "coded", 1.0),
    ("NCT02065791", "MONDO:0005016", "exact", 0.9),
    ("NCT02065791", "MONDO:0005148", "exact", 0.8),
)
_COURSES = (
    ("course:1001", "Endocrinology", "MED-301", "bachelor", "en", 6.0, "Hormones and what goes wrong with them.", None),
    ("course:1002", "Zorg voor mensen met diabetes", "VPK-210", "bachelor", "nl", 5.0, None, None),
    ("course:1003", "Physiology of the kidney", None, None, "en", None, None, None),
)
_COURSE_ABOUTS = (
    ("course:1001", "MONDO:0005015", "title", "hormones"),
    ("course:1002", "MONDO:0005148", "title", "diabetes"),
)
_NOTHING = {
    "Patient": (None,) * (len(NODES["Patient"].columns) - 2),
    "EVENT": (None,) * (len(EDGES["EVENT"].columns) - 5),
}
"""The columns that no patient and no event of the example has."""


def write_example(store: Store) -> None:
    """Writes the whole example into an empty store, in one batch."""
    patients, events = _patients()
    nodes = _terminology() | {
        "Patient": patients,
        "Study": [_study(*study) for study in _STUDIES],
        "Course": _COURSES,
        "Outcome": [("outcome:1003-1", "explains how the kidney clears the blood", "en", None)],
        "Job": _jobs(),
    }
    kidney = ("outcome:1003-1", "UBERON:0002113", "exact", 0.9, "text", "kidney", "kidney", 17, 23, "present", "j2")
    edges = {
        "IS_A": [(*pair, _OWNER[pair[0].partition(":")[0]], "j1") for pair in _IS_A],
        "PART_OF": [("UBERON:0002113", "UBERON:0001008", _UBERON, "j1")],
        "RELATES": [("MONDO:0005016", "UBERON:0002113", "RO:0004026", _MONDO, "j1")],
        "HAS_LABEL": [(row[0], f"label:{n}", _MONDO, "j1") for n, row in enumerate(_LABELS)],
        "MAPS_TO": [(*row, *[None] * 7, "", _MAPS, "j1") for row in _MAPPINGS],
        "EVENT": events,
        "STUDY_ABOUT": [
            (f"clinicaltrials:{study}", concept, method, sure, "condition", "diabetes", None, 0, 8, "present", "j2")
            for study, concept, method, sure in _STUDY_ABOUTS
        ],
        "COURSE_ABOUT": [
            (course, concept, "exact", 0.9, field, text, text, 0, len(text), "present", "j2")
            for course, concept, field, text in _COURSE_ABOUTS
        ],
        "OUTCOME_ABOUT": [kidney],
        "TEACHES": [("course:1003", "outcome:1003-1", "j2")],
    }
    store.write(
        Batch(
            nodes={name: _frame(NODES[name].arrow, rows) for name, rows in nodes.items()},
            edges={name: _frame(EDGES[name].arrow, rows) for name, rows in edges.items()},
        )
    )


def _frame(schema: pa.Schema, rows: Any) -> pa.Table:
    """A table made from tuples with values in the order of the schema. A concept has no concept_id of OMOP."""
    rows = [(*row, None) if len(row) == len(schema) - 1 and schema.names[-1] == "omop" else row for row in rows]
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)],
        schema=schema,
    )


def _terminology() -> dict[str, Any]:
    concepts = []
    for id_, label in _CONCEPTS.items():
        prefix, stub = id_.partition(":")[0], id_ in _STUBS
        gone = _REPLACED.get(id_)
        release = None if stub else _OWNER[prefix]
        concepts.append((id_, label, _DEFINED.get(id_), prefix, gone is not None, gone, "", stub, release, "j1", None))
    licence = "https://creativecommons.org/licenses/by/4.0/"
    iri = "http://purl.obolibrary.org/obo/mondo.owl"
    loaded = "2026-08-20T10:00:00+00:00", "j1"
    return {
        "Concept": concepts,
        "Label": [(f"label:{n}", *row[1:], _MONDO, "j1", None) for n, row in enumerate(_LABELS)],
        "Release": [
            (_MONDO, "MONDO", "2026-08-04", iri, licence, "Mondo Disease Ontology", None, *loaded),
            (_MAPS, "", "2026-08-04", "", licence, "", None, *loaded),
            (_SNOMED, "snomedct", "2026-07-01", "", "", "SNOMED CT", None, *loaded),
            (_UBERON, "UBERON", "2026-06-01", "", "", "Uberon", None, *loaded),
        ],
    }


def _study(id_: str, title: str, status: str, phase: str, enrolment: int, start: str) -> tuple[Any, ...]:
    return (f"clinicaltrials:{id_}", title, status, phase, "INTERVENTIONAL", start, None, enrolment, *[None] * 5)


def _patients() -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Patients born in 1940 to 1956, alternately female and male. The last one has no known sex and year of birth."""
    patients, events = [], []
    for n in range(18):
        id_, unknown = f"patient:{n:04}", n == 17
        sex = None if unknown else ("female", "male")[n % 2]
        patients.append((id_, None if unknown else 1940 + n, sex, *_NOTHING["Patient"]))
        kind = "family_history" if unknown else "condition"
        concept = _T1 if 14 <= n < 17 else _T2
        events.append((id_, concept, f"record:{n:04}", kind, "active", "2020-01-01", *_NOTHING["EVENT"], "j2"))
    return patients, events


def _jobs() -> list[tuple[Any, ...]]:
    load = ("j1", "load", "done", '[{"file":"mondo.obo","hash":"sha256:0a"}]', 1, 40, 40, 0, 0, 0, 0, 0, 0, None, "{}")
    ingest = ("j2", "ingest", "done", '[{"file":"bundle.json","hash":"sha256:0b"}]', 1, 28, 23, 1, 0, 0, 2, 2, 3)
    counts = [
        dict.fromkeys(COLUMNS, 0) | {"kind": "Condition", "read": 24, "written": 23, "unchanged": 1},
        dict.fromkeys(COLUMNS, 0) | {"kind": "Claim", "read": 2, "not_read": 2},
        dict.fromkeys(COLUMNS, 0) | {"kind": "", "read": 2, "refused": 2},
    ]
    return [
        (*load, "2026-08-20T10:00:00+00:00", "2026-08-20T10:00:05+00:00", 1),
        (
            *ingest,
            orjson.dumps(counts).decode(),
            '{"no code":2,"unknown system":1}',
            "2026-08-20T10:01:00+00:00",
            "2026-08-20T10:01:05+00:00",
            2,
        ),
    ]
