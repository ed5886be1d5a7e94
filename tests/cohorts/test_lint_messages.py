"""Findings in both languages: each key has both, and the messages of a bad definition are right in both."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from cohorts.language import Language, labels, parse
from cohorts.language.words import LANGUAGES
from cohorts.lint import find_unknown, lint, shown
from cohorts.lint.messages import MESSAGES
from cohorts.model import Dates, Definition, Events, Fixed
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Batch, open_store
from tests.cohorts.generated import Parts
from tests.graph.rows import concepts, nodes
from tests.small import small_snapshot

PLACEHOLDER = re.compile(r"{(\w+)}")
LINT = Path(__file__).resolve().parents[2] / "cohorts/lint"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A:2 is narrower than A:1; A:3 is obsolete and replaced by A:1; B:1 is a stub. A patient has A:2."""
    return small_snapshot(
        tmp_path_factory.mktemp("snapshot"),
        is_a=[("A:2", "A:1")],
        events=[["A:2"]],
        labels={"A:1": "type 2 diabetes mellitus"},
        stubs=["B:1"],
        replaced={"A:3": "A:1"},
    )


def test_both_languages_have_the_same_placeholders() -> None:
    for key, told in MESSAGES.items():
        assert set(told) == set(LANGUAGES), key
        for one, other in zip(told["en"], told["nl"], strict=True):
            assert one and other, key
            assert set(PLACEHOLDER.findall(one)) == set(PLACEHOLDER.findall(other)), key


SEEDED = [
    ("aandoening [X:1]", "entry[0].concepts.items[0]: X:1 is not a known concept: check the CURIE, or load its "
     "terminology", "entry[0].concepts.items[0]: X:1 is geen bekend concept: controleer de CURIE, of laad "
     "de terminologie waarin het staat"),
    ("aandoening [A:3]", "entry[0].concepts.items[0]: A:3 is obsolete: use A:1",
     "entry[0].concepts.items[0]: A:3 is vervallen: gebruik A:1"),
    ("aandoening [B:1]", "entry[0].concepts.items[0]: no loaded terminology defines B:1: load its terminology; until "
     "then, the concept has no narrower concepts of its own", "entry[0].concepts.items[0]: geen geladen terminologie "
     "definieert B:1: laad de terminologie ervan; tot dan heeft het zelf geen nauwere concepten"),
    ("aandoening [valueset:x]", "entry[0].concepts.items[0]: valueset:x: no such value set or version is stored: load "
     "it, or correct the id: load or correct the value set", "entry[0].concepts.items[0]: valueset:x: deze waardelijst "
     "of versie is niet opgeslagen: laad de lijst, of verbeter de id: laad of verbeter de waardelijst"),
    ("aandoening [C:2]", "entry[0].concepts: no patient in this store has an event of these concepts: use concepts "
     "that occur in this store, or map the codes of the source", "entry[0].concepts: geen patiënt heeft hier een "
     "gebeurtenis van deze concepten: gebruik concepten die hier in gebruik zijn, of koppel de codes van de bron"),
    ("aandoening [niet A:1]", "entry[0].concepts: no concept is in this set: add a concept that is not excluded",
     "entry[0].concepts: er is geen concept in deze verzameling: voeg een concept toe dat niet is uitgesloten"),
    ("aandoening [A:1; A:2]", "entry[0].concepts.items[1]: A:2 adds nothing to the set: leave it out",
     "entry[0].concepts.items[1]: A:2 voegt niets toe aan de verzameling: laat het weg"),
    ("aandoening [A:1 type 1 diabetes]", 'line 1, column 17: A:1 is not called "type 1 diabetes": write "type 2 '
     'diabetes mellitus", or correct the CURIE', 'regel 1, kolom 17: A:1 heet niet "type 1 diabetes": schrijf "type 2 '
     'diabetes mellitus", of verbeter de CURIE'),
    ('meting met waarde boven 5 "procent"', 'entry[0].where[0].unit: "procent" is not a UCUM unit: write a UCUM code, '
     'such as mmol/L', 'entry[0].where[0].unit: "procent" is geen eenheid van UCUM: schrijf een UCUM-code, zoals '
     'mmol/L'),
    ("aandoening met beginnend van 2012 tot en met 2011-12", "entry[0].where[0].dates: the last date is before the "
     "first: swap or correct the dates", "entry[0].where[0].dates: de laatste datum ligt vóór de eerste: verwissel "
     "of verbeter de datums"),
    ("aandoening met ofwel ()", "entry[0].where[0]: no condition is stated, so no event matches: add a condition",
     "entry[0].where[0]: er staat geen voorwaarde, dus geen gebeurtenis voldoet: voeg een voorwaarde toe"),
    ("geneesmiddelperiode of aandoeningsperiode met status \"active\"", 'entry[0].where[0]: no event of kind '
     '"condition era or drug era" has the field "status": leave this condition out', 'entry[0].where[0]: geen '
     'gebeurtenis van de soort "aandoeningsperiode of geneesmiddelperiode" heeft het veld "status": laat deze '
     'voorwaarde weg'),
    ("patiënten met minstens 0 geneesmiddelen", "also.of[0]: any number of these events is allowed: leave this "
     "condition out",
     "also.of[0]: elk aantal van deze gebeurtenissen is toegestaan: laat dit weg"),
    ("patiënten: vrouw en man", "the definition: no patient has all of these sexes: correct or leave out one of these "
     "conditions", "de definitie: geen patiënt heeft al deze geslachten: verbeter een van deze voorwaarden, of laat er "
     "een weg"),
    ("patiënten met geneesmiddel en met geneesmiddel", "also.of[1]: this repeats an earlier member of the group: leave "
     "this member out", "also.of[1]: dit zegt hetzelfde als een lid ervoor: laat dit weg"),
    ("patiënten met geneesmiddel\ntot het einde", "exit: without entry events, this field has no effect: state entry "
     "events, or leave this field out", "exit: zonder instapgebeurtenissen heeft dit geen betekenis: noem "
     "instapgebeurtenissen, of laat dit weg"),
    ("aandoening\nmits minstens 1 geneesmiddel van 5 dagen na tot en met 2 dagen na het begin",
     "also.of[0].windows[0]: no day is at least 5 and at most 2 days after the index: swap or correct the days",
     "also.of[0].windows[0]: geen dag ligt 5 of meer en 2 of minder dagen na de index: verwissel of verbeter de dagen"),
    ("patiënten: minstens 18 jaar oud", "also.of[0]: a definition without entry events has no index, so there is no "
     "age or date at the index: state entry events, or use years of birth", "also.of[0]: een definitie zonder "
     "instapgebeurtenissen heeft geen index, en dus geen leeftijd of datum bij de index: noem instapgebeurtenissen, of "
     "gebruik geboortejaren"),
    ("aandoening\nmits geen geneesmiddel in de 365 dagen vóór het begin", "also.of[0].windows[0]: events are counted "
     "up to 365 days before the index, but 0 days of observation are required: require 365 days of observation "
     "before the index", "also.of[0].windows[0]: gebeurtenissen tellen tot 365 dagen vóór de index, maar 0 dagen "
     "observatie zijn vereist: eis 365 dagen observatie vóór de index"),
    ("aandoening\nmits minstens 1 geneesmiddel vanaf 60 dagen na het begin\ntot 30 dagen na het begin",
     "also.of[0].windows[0]: the patient has left the cohort before this window begins: let the patient leave later, "
     "or correct the days", "also.of[0].windows[0]: de patiënt heeft het cohort verlaten voordat dit venster begint: "
     "laat de patiënt later vertrekken, of verbeter de dagen"),
    ("aandoening\nmits minstens 1 geneesmiddel in de 30 dagen na het begin", "exit: events after the index are used, "
     "but the patient stays until the end of observation: if the patient must leave earlier, state when",
     "exit: gebeurtenissen na de index worden gebruikt, maar de patiënt blijft tot het einde van de observatie: als "
     "de patiënt eerder moet vertrekken, zeg dan wanneer"),
    ("aandoening", "limit: a patient can enter the cohort several times: to prevent this, select the first or last "
     "event of each patient", "limit: een patiënt kan meermaals in het cohort instappen: kies de eerste of laatste "
     "gebeurtenis van elke patiënt om dit te voorkomen"),
]  # fmt: skip
"""A Dutch text, and the finding that it has, in English and in Dutch."""


def _told(snapshot: Snapshot, definition: Definition, text: str, language: Language) -> list[str]:
    def has_events(concepts: BitMap) -> bool:
        return bool(snapshot.patients.having(concepts))

    found = lint(definition, snapshot, has_events, labels=labels(text, "nl"), language=language)
    return [shown(one, language) for one in found]


@pytest.mark.parametrize(("text", "english", "dutch"), SEEDED, ids=[one[0][:60] for one in SEEDED])
def test_a_finding_is_told_in_both_languages(snapshot: Snapshot, text: str, english: str, dutch: str) -> None:
    definition = parse(text, "nl")
    assert english in _told(snapshot, definition, text, "en")
    assert dutch in _told(snapshot, definition, text, "nl")


def test_what_is_no_date_is_told_in_both_languages(snapshot: Snapshot) -> None:
    """A text cannot have such a date, but JSON can."""
    definition = Definition(entry=(Events(nth=1, fixed=Fixed(end="soon")),))
    remedy = "2021-03-04, 2021-03"
    assert _told(snapshot, definition, "", "en") == [
        f'entry[0].fixed.end: "soon" is not a date: write {remedy} or 2021'
    ]
    assert _told(snapshot, definition, "", "nl") == [
        f'entry[0].fixed.end: "soon" is geen datum: schrijf {remedy} of 2021'
    ]


def test_every_code_is_seeded(snapshot: Snapshot) -> None:
    seeded = {one.code for text, _, _ in SEEDED for one in lint(parse(text, "nl"), snapshot, lambda _: False)}
    assert {key.partition(".")[0] for key in MESSAGES} == seeded | {"not_a_date", "other_label"}


def test_every_message_is_used() -> None:
    code = "".join(path.read_text("utf-8") for path in LINT.glob("*.py") if path.name != "messages.py")
    assert set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)?)"', code)) & MESSAGES.keys() == MESSAGES.keys()


@settings(max_examples=40, deadline=None)
@given(Parts({(Dates, "since"): st.none() | st.text(max_size=9)}).of(Definition))
def test_both_languages_have_the_same_findings(snapshot: Snapshot, definition: Definition) -> None:
    english, dutch = (lint(definition, snapshot, lambda _: False, language=one) for one in LANGUAGES)
    assert [(one.code, one.path) for one in english] == [(one.code, one.path) for one in dutch]
    assert not {one.message for one in english if one.code != "unknown_value_set"} & {one.message for one in dutch}


def test_a_value_set_names_the_terminologies_to_load(tmp_path: Path) -> None:
    """A is loaded, so A:9 is a wrong code; loinc and snomedct are not."""
    items = ["A:1", "A:9", "loinc:1-8", "snomedct:3", "loinc:2-6"]
    definition = json.dumps({"items": [{"id": id_} for id_ in items]})
    with closing(open_store(str(tmp_path / "store"))) as store:
        row = {"id": "valueset:v", "version": "1", "definition": definition, "created": "now", "job": "j"}
        store.write(Batch({"Concept": concepts("A:1"), "ValueSet": nodes("ValueSet", row)}))
        snapshot = fresh_snapshot(store, tmp_path / "s")
    asked, place = parse("first condition [valueset:v]"), "entry[0].concepts.items[0]: "
    assert [shown(one, "en") for one in find_unknown(asked, snapshot)] == [
        f"{place}unknown concepts in valueset:v, of terminologies that are not loaded (loinc, snomedct): 3, such as "
        "loinc:1-8: load loinc, snomedct with `tricuspid load FILE`",
        f"{place}unknown concepts in valueset:v: 1, such as A:9: correct the value set, or load the release that "
        "contains these concepts",
    ]
    assert [shown(one, "nl") for one in find_unknown(asked, snapshot, language="nl")] == [
        f"{place}onbekende concepten in valueset:v, van terminologieën die niet geladen zijn (loinc, snomedct): 3, "
        "zoals loinc:1-8: laad loinc, snomedct met `tricuspid load FILE`",
        f"{place}onbekende concepten in valueset:v: 1, zoals A:9: verbeter de waardelijst, of laad de release "
        "waarin ze staan",
    ]


@pytest.mark.parametrize(
    ("definition", "dutch"),
    [
        ("not JSON", "valueset:v: de opgeslagen definitie kan niet worden gelezen"),
        ('{"items":[{"id":"valueset:v"}]}', "valueset:v: de lijst is een deel van zichzelf (valueset:v > valueset:v)"),
    ],
)
def test_a_wrong_value_set_is_told_in_dutch(tmp_path: Path, definition: str, dutch: str) -> None:
    with closing(open_store(str(tmp_path / "store"))) as store:
        row = {"id": "valueset:v", "version": "1", "definition": definition, "created": "now", "job": "j"}
        store.write(Batch({"ValueSet": nodes("ValueSet", row)}))
        snapshot = fresh_snapshot(store, tmp_path / "s")
    (finding,) = lint(parse("eerste aandoening [valueset:v]", "nl"), snapshot, language="nl")
    assert (finding.code, finding.message[: len(dutch)]) == ("unknown_value_set", dutch)
