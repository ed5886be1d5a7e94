"""linking: findings in words other than their names: what is found, what is not, and what the tables contain."""

from __future__ import annotations

import pytest

from linking.grounding import Dictionary
from linking.grounding.wordings.findings import FINDINGS
from linking.grounding.wordings.sayings import is_saying, match_end, saying
from linking.grounding.wordings.words import WORDS, alternatives, rows
from tests.small import small_snapshot

LABELS = (
    "Microcephaly|Macroglossia|Hypertelorism|Retrognathia|Cerebellar vermis atrophy|Delayed ability to walk|"
    "Brachycephaly|Hypokalemia|Intellectual disability, severe|Intellectual disability|Strabismus|"
    "Hyporeflexia of lower limbs|Hyporeflexia of upper limbs|Enuresis nocturna|Increased circulating ACTH level|"
    "Decreased serum estradiol|Increased circulating prolactin concentration|Delayed speech and language development|"
    "Long philtrum|Hematuria|Arachnodactyly|Mitral valve prolapse|Absent speech|"
    "Abnormal glucose concentration|Poor head control|Macrotia"
)
LATE = "Delayed speech and language development"
IDS = {label: f"HP:{n}" for n, label in enumerate(LABELS.split("|"), 5000001)}


@pytest.fixture(scope="module")
def dictionary(tmp_path_factory: pytest.TempPathFactory) -> Dictionary:
    labels = {id_: label for label, id_ in IDS.items()} | {"MONDO:1": "prolapse", "HP:0990001": "Early disease"}
    return Dictionary(small_snapshot(tmp_path_factory.mktemp("present_labels"), labels=dict(labels)))


def present_labels(dictionary: Dictionary, text: str, record: bool = False) -> list[str]:
    return [match.label for match in dictionary.text(text, record=record) if match.assertion == "present"]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("The boy has a rather small head.", "Microcephaly"),
        ("Her tongue is unusually large.", "Macroglossia"),
        ("The eyes are set wide apart and the lower jaw is set back.", "Hypertelorism|Retrognathia"),
        ("MRI showed shrinkage of the cerebellar vermis.", "Cerebellar vermis atrophy"),
        ("Her head is short and small.", "Brachycephaly|Microcephaly"),
        ("The potassium was low.", "Hypokalemia"),
        ("He is severely intellectually disabled.", "Intellectual disability, severe"),
        (
            "Tendon reflexes were weak in the arms and in the legs.",
            "Hyporeflexia of upper limbs|Hyporeflexia of lower limbs",
        ),
        ("He took his first steps at three years, and he squints.", "Delayed ability to walk|Strabismus"),
        ("The child did not walk before 26 months.", "Delayed ability to walk"),
        ("The groove between nose and upper lip is long.", "Long philtrum"),
        ("At ten he still wets the bed.", "Enuresis nocturna"),
        ("Hij heeft een klein hoofd en zijn tong is te groot.", "Microcephaly|Macroglossia"),
        (
            "Het ACTH in het bloed was verhoogd, evenals het prolactine, terwijl het oestradiol te laag was.",
            "Increased circulating ACTH level|Increased circulating prolactin concentration|Decreased serum estradiol",
        ),
        ("Hij liep laat en sprak laat.", f"Delayed ability to walk|{LATE}"),
        ("Het kind heeft lange, dunne vingers.", "Arachnodactyly"),
        ("Zij praat nog niet, kijkt scheel en heeft een klein hoofd.", f"{LATE}|Strabismus|Microcephaly"),
        ("Vingers die hij niet kan strekken, een klein hoofd en een grote tong.", "Microcephaly|Macroglossia"),
        ("The ears are small and big.", "Macrotia"),
        ("De mitralisklep is verzakt.", "Mitral valve prolapse"),
        ("The baby cannot hold her head up.", "Poor head control"),
    ],
)
def test_findings_in_other_words_are_found(dictionary: Dictionary, text: str, labels: str) -> None:
    assert present_labels(dictionary, text) == labels.split("|")


@pytest.mark.parametrize(
    "text",
    [
        "The head is not small.",
        "The size of his head is normal, a small wart was removed.",
        "She walked at 13 months.",
        "He took his first steps at one year.",
        "No small head, no large tongue.",
        "His sister has a small head.",
        "She never had a squint or microcephaly.",
        "She never had hypokalemia, hematuria, microcephaly.",
        "There was blood in saliva, urine was clear.",
        "The blood and urine were examined.",
        "Abnormal glucose tolerance was found.",
        "Those unable to speak Dutch were left out.",
        "The ears were examined; large amounts of wax were removed.",
        "De mitralisklep prolabeert niet en het hart is gezond.",
        "The study was double-blind.",
    ],
)
def test_similar_sentences_give_no_finding(dictionary: Dictionary, text: str) -> None:
    assert present_labels(dictionary, text) == []


def test_wordings_are_not_used_for_records(dictionary: Dictionary) -> None:
    assert present_labels(dictionary, "Children with a small head", record=True) == []
    assert present_labels(dictionary, "Children with microcephaly", record=True) == ["Microcephaly"]


def test_a_match_has_the_words_of_the_text(dictionary: Dictionary) -> None:
    text = "Since birth the eyes are set wide apart."
    [match] = dictionary.text(text)
    assert text[match.start : match.end] == match.text == "eyes are set wide apart"
    assert match.name == "Hypertelorism"


def test_each_word_and_wording_is_listed_once() -> None:
    for file, name, sides in ((WORDS, "means", ("english", "dutch")), (FINDINGS, "name", ("english", "dutch"))):
        for side in sides:
            said = [one for row in rows(file) for one in alternatives(row[side])]
            assert len(said) == len(set(said)), {one for one in said if said.count(one) > 1}
        assert all(row[name] for row in rows(file))


def test_each_saying_in_the_table_is_found() -> None:
    for row in rows(FINDINGS):
        for wording in filter(is_saying, (*alternatives(row["english"]), *alternatives(row["dutch"]))):
            plain = [part.split("/")[0] for part in wording.lstrip("=").split() if part[0] != "~"]
            norms = [word for part in plain for word in (["nine", "years"] if part[0] == "@" else [part])]
            assert match_end(saying(wording), norms, 0, len(norms)) == len(norms), wording
