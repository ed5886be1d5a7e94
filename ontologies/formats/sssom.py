"""ontologies: reads mapping sets in SSSOM/TSV, https://mapping-commons.github.io/sssom/spec-formats-tsv/."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from ontologies.curies import speller, unregistered
from ontologies.errors import BadStatement
from ontologies.files import lines
from ontologies.format import Format
from ontologies.model import Item, Mapping, NotRead, Refused, Release
from ontologies.obo_rules import release_version
from ontologies.releases import OWN, unversioned
from ontologies.tables import Broken, header, rows

State = Literal["accepted", "rejected", "proposed"]
_REQUIRED = ("subject_id", "predicate_id", "object_id")
_OPTIONAL = (
    "mapping_justification",
    "predicate_modifier",
    "confidence",
    "reviewer_agreement",
    "author_id",
    "reviewer_id",
    "subject_label",
    "object_label",
    "match_type",
    "mapping_tool",
    "mapping_date",
    "comment",
)
# If the table lacks these columns, the set may state the value once for all mappings:
# https://mapping-commons.github.io/sssom/spec-model/
_OF_ALL = ("mapping_tool", "mapping_date")
_SLOT = re.compile(r"#(\s*)([^\s:]+):\s*(.*)")
_STATED = ("mapping_set_version", "publication_date", "mapping_date")
_NO_TERM = "sssom:NoTermFound"
_NOTHING_FOUND = "the row states that no concept was found"
_BY_HAND, UNSPECIFIED = "semapv:ManualMappingCuration", "semapv:UnspecifiedMatching"
# The values of `match_type`, which SSSOM 0.9 replaced by mapping_justification.
_MATCH_TYPES = {
    "complex": "semapv:CompositeMatching",
    "humancurated": _BY_HAND,
    "lexical": "semapv:LexicalMatching",
    "logical": "semapv:LogicalReasoning",
    "semanticsimilarity": "semapv:SemanticSimilarityThresholdMatching",
    "unspecified": UNSPECIFIED,
}
# The justifications of computed mappings, which are proposals until a person confirms them.
_GUESSES = frozenset(
    (
        "semapv:LexicalMatching",
        "semapv:LexicalSimilarityThresholdMatching",
        "semapv:SemanticSimilarityThresholdMatching",
    )
)


def recognise(head: bytes, name: str) -> bool:
    """True for a table with the three required columns of a mapping."""
    return header(head) >= frozenset(_REQUIRED)


def _metadata(path: Path) -> tuple[dict[str, str], dict[str, str], frozenset[str]]:
    """Returns the slots of the comment block, its curie_map, and the columns of the table.

    Of the nested slots, only curie_map is read.
    """
    slots: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    columns: frozenset[str] = frozenset()
    margin: int | None = None
    for line in lines(path):
        text = line.decode("utf-8", "replace").removeprefix("\ufeff").rstrip()
        if text and not text.startswith("#"):
            columns = header(text.encode())
            break
        if not (match := _SLOT.match(text)):
            continue
        indent, key, value = len(match[1]), match[2], match[3].strip("'\"")
        if margin is not None and indent > margin:
            prefixes[key] = value
            continue
        margin = indent if key == "curie_map" else None
        slots[key] = value
    return slots, prefixes, columns


def _release(slots: dict[str, str], prefixes: dict[str, str]) -> Release:
    iri = slots.get("mapping_set_id", "")
    id = iri if iri.startswith(OWN) else unversioned(iri.rstrip("/"), *(slots.get(slot, "") for slot in _STATED))
    version = release_version(slots.get("mapping_set_version", ""), "")
    own = tuple(sorted(unregistered(prefixes).items()))
    return Release(id, "", version, iri, slots.get("license", ""), slots.get("mapping_set_title", ""), own)


def _mapping(cells: list[str], spell: Callable[[str], str], of_all: dict[str, str]) -> Mapping:
    """Returns the mapping of a row. `of_all` has values that the set states once for all mappings.

    Raises BadStatement if a cell is not valid.
    """
    subject, predicate, target, justification, modifier, confidence, agreement, author, reviewer = cells[:9]
    labels, match_type, (tool, date, comment) = cells[9:11], cells[11], map(str.strip, cells[12:15])
    for column, cell in zip(_REQUIRED, cells, strict=False):
        if not cell.strip():
            raise BadStatement(f"{column} is empty; give a concept, or remove the row")
    justification = spell(justification.strip()) if justification.strip() else _justification(match_type)
    guess = is_guess(justification, author, reviewer)
    return Mapping(
        spell(subject.strip()),
        spell(predicate.strip()),
        spell(target.strip()),
        _number(confidence, "confidence", 0.0),
        justification,
        _people(author, spell),
        _people(reviewer, spell),
        _state(modifier, _number(agreement, "reviewer_agreement", -1.0), guess),
        labels[0] or None,
        labels[1] or None,
        tool or of_all.get("mapping_tool"),
        date or of_all.get("mapping_date"),
        comment or None,
    )


def is_guess(justification: str, author: str | None, reviewer: str | None) -> bool:
    """True for a computed mapping without an author and a reviewer.

    Such a mapping is a proposal until a reviewer agrees.
    """
    return justification in _GUESSES and not author and not reviewer


def _justification(match_type: str) -> str:
    """The justification for a `match_type` of an older set. If there are several types, `HumanCurated` has priority."""
    kinds = {re.sub(r"^sssom:|[\W_]", "", kind.lower()) for kind in match_type.split("|")} - {""}
    if not kinds <= _MATCH_TYPES.keys():
        raise BadStatement(
            f"match_type has an unknown value: use {', '.join(_MATCH_TYPES)}, or fill in mapping_justification"
        )
    found = {_MATCH_TYPES[kind] for kind in kinds} or {UNSPECIFIED}
    if _BY_HAND in found:
        return _BY_HAND
    return min(found) if len(found) == 1 or found <= _GUESSES else "semapv:CompositeMatching"


def _people(cell: str, spell: Callable[[str], str]) -> str | None:
    return "|".join(spell(part.strip()) for part in cell.split("|")) if cell else None


def _state(modifier: str, agreement: float | None, guess: bool) -> State:
    """Returns the state of a mapping. `modifier` and `agreement` are its predicate_modifier and reviewer_agreement.

    https://mapping-commons.github.io/sssom/reviewer_agreement: 1 agrees, 0 is unsure, -1 disagrees.
    """
    if modifier.strip().lower() not in ("", "not"):
        raise BadStatement("predicate_modifier is not `Not`; correct it or leave it out")
    if modifier.strip() or (agreement is not None and agreement < 0):
        return "rejected"
    return "proposed" if agreement == 0 or (guess and agreement is None) else "accepted"


def _number(text: str, column: str, minimum: float) -> float | None:
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = minimum - 1
    if not minimum <= number <= 1:
        raise BadStatement(f"{column} is not a number from {minimum:g} to 1; correct it or leave it out")
    return number


def read(path: Path) -> Iterator[Item]:
    """Yields the release, and a mapping for every row. If a row states that no concept was found, yields NotRead."""
    slots, prefixes, columns = _metadata(path)
    of_all = {slot: slots[slot] for slot in _OF_ALL if slots.get(slot) and slot not in columns}
    spell = speller(prefixes)
    yield _release(slots, prefixes)
    for row in rows(path, _REQUIRED, _OPTIONAL):
        if isinstance(row, Broken):
            yield Refused(f"line {row.line}", row.reason)
            continue
        try:
            mapping = _mapping(row.cells, spell, of_all)
        except BadStatement as error:
            yield Refused(f"line {row.line}", str(error))
            continue
        yield mapping if _NO_TERM not in (mapping.subject, mapping.object) else NotRead(_NOTHING_FOUND, "mappings")


FORMAT = Format("SSSOM TSV", "https://mapping-commons.github.io/sssom/", recognise, read)
