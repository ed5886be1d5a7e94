"""tests: every field that takes an id takes it in any form."""

from __future__ import annotations

from typing import Any

import pytest

from api.disclosure import Role
from tests.api.conftest import Ask

T2 = "MONDO:0005148"
FORMS = ["MONDO_0005148", "mondo:0005148", " <http://purl.obolibrary.org/obo/MONDO_0005148>\n"]
TRIAL_FORMS = [
    "NCT00000620",
    "nct00000620 ",
    "https://clinicaltrials.gov/study/NCT00000620",
    "CLINICALTRIALS:nct00000620",
]
_FIELDS = {
    "concept": "query($id: ID!) { concept(id: $id) { id } }",
    "concepts": "query($id: ID!) { concepts(ids: [$id]) { id } }",
    "studies": "query($id: ID!) { studies(about: $id) { nodes { id } } }",
    "publications": "query($id: ID!) { publications(about: $id) { totalCount } }",
    "datasets": "query($id: ID!) { datasets(about: $id) { totalCount } }",
    "courses": "query($id: ID!) { courses(about: $id) { nodes { id } } }",
    "under": 'query($id: ID!) { search(text: "diabetes", under: $id) { totalCount } }',
    "path": 'query($id: ID!) { path(from: $id, to: "course:1002") { steps { source { id } relation } } }',
    "all": "query($id: ID!) { cohort(criteria: {all: [$id]}) { patients { count } criteria { id } } }",
    "any": "query($id: ID!) { cohort(criteria: {any: [$id]}) { patients { count } criteria { id } } }",
    "none": "query($id: ID!) { cohort(criteria: {none: [$id]}) { patients { count } criteria { id } } }",
}


@pytest.mark.parametrize("field", _FIELDS)
@pytest.mark.parametrize("form", FORMS)
def test_a_concept_in_any_form(ask: Ask, field: str, form: str) -> None:
    wanted = ask(_FIELDS[field], {"id": T2}, Role.EXACT)
    assert T2 in str(wanted) or wanted
    assert ask(_FIELDS[field], {"id": form}, Role.EXACT) == wanted


@pytest.mark.parametrize("form", TRIAL_FORMS)
def test_a_study_in_any_form(ask: Ask, form: str) -> None:
    found = ask(
        "query($id: ID!) { study(id: $id) { id } path(from: $id, to: $id) { steps { relation } } }", {"id": form}
    )
    assert found == {"study": {"id": "clinicaltrials:NCT00000620"}, "path": {"steps": []}}


@pytest.mark.parametrize("form", [*FORMS, "https://identifiers.org/mondo:0005148"])
def test_search_finds_a_pasted_identifier(ask: Ask, form: str) -> None:
    found: Any = ask("query($t: String!) { search(text: $t) { edges { node { id } match { how } } } }", {"t": form})
    assert found["search"]["edges"][0] == {"node": {"id": T2}, "match": {"how": "IDENTIFIER"}}


@pytest.mark.parametrize("id_", ["MONDO_9999999", "NCT99999999", "10.1000/none", "x" * 1000, "a\0", "", ":" * 500])
def test_an_unknown_id_is_null_or_an_error_as_before(ask: Ask, codes: Ask, id_: str) -> None:
    asked = "query($id: ID!) { concept(id: $id) { id } study(id: $id) { id } course(id: $id) { id } }"
    assert ask(asked, {"id": id_}) == {"concept": None, "study": None, "course": None}
    for field in ("studies", "under", "path", "all"):
        assert codes(_FIELDS[field], {"id": id_}) == ["NOT_FOUND"]
