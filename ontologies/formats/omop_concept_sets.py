"""ontologies: reads concept set expressions of OHDSI, https://github.com/OHDSI/circe-be (ConceptSetExpression).

The file has an expression, `{"items": [...]}`, a set with a name, `{"name": ..., "expression": {"items": [...]}}`, or a
list of such sets. An item has vocabulary and code, or only a concept_id. `includeDescendants` adds the concepts below
the concept, and the codes that are mapped to these concepts. Computed evidence is not used. `includeMapped` without
`includeDescendants` adds only the codes that are mapped to the concept itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ontologies.curies import curie_of
from ontologies.errors import BadStatement
from ontologies.files import plain_name
from ontologies.format import Format
from ontologies.model import Item, Member, Refused, ValueSet
from ontologies.value_set_files import check_number, name_of, part, short, whole


class _Concept(msgspec.Struct):
    CONCEPT_ID: int
    VOCABULARY_ID: str | None = None
    CONCEPT_CODE: str | None = None


class _Item(msgspec.Struct):
    concept: _Concept
    isExcluded: bool | None = False
    includeDescendants: bool | None = False
    includeMapped: bool | None = False


class _Expression(msgspec.Struct):
    items: list[_Item]


class _Named(msgspec.Struct):
    name: str
    expression: _Expression


def recognise(head: bytes, name: str) -> bool:
    """True for JSON that has items with an OMOP concept. False for a cohort definition."""
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    return start in (b"{", b"[") and b'"items"' in head and b'"CONCEPT_ID"' in head and b'"ConceptSets"' not in head


def read(path: Path) -> Iterator[Item]:
    """Yields every concept set of the file. A concept set that cannot be read is refused as a whole."""
    document = whole(path, dict[str, msgspec.Raw] | list[msgspec.Raw])
    if isinstance(document, list):
        yield from (_set(f"$[{number}]", raw, "") for number, raw in enumerate(document))
    else:
        yield _set("$", msgspec.Raw(msgspec.json.encode(document)), plain_name(path).removesuffix(".json"))


def _set(position: str, raw: msgspec.Raw, file: str) -> ValueSet | Refused:
    """Reads one concept set. `file` is its name if it states no name; if `file` is empty, it must state a name."""
    try:
        is_bare = bool(file) and "expression" not in part(raw, dict[str, msgspec.Raw])
        title, expression = (file, part(raw, _Expression)) if is_bare else _named(part(raw, _Named))
        check_number(len(expression.items))
        members = tuple(map(_member, expression.items))
        return ValueSet(position, name_of(title), "", short(title), "", True, members)
    except BadStatement as wrong:
        return Refused(position, str(wrong))


def _named(named: _Named) -> tuple[str, _Expression]:
    return named.name, named.expression


def _member(item: _Item) -> Member:
    concept = item.concept
    if concept.CONCEPT_ID < 0:
        raise BadStatement(f"the concept_id {concept.CONCEPT_ID} is negative; correct it")
    id_ = curie_of(concept.VOCABULARY_ID, concept.CONCEPT_CODE) or f"omop:{concept.CONCEPT_ID}"
    exact = not item.includeDescendants
    return Member(id_, exact, bool(item.isExcluded), exact and bool(item.includeMapped))


FORMAT = Format("OHDSI concept sets (JSON)", "https://github.com/OHDSI/circe-be", recognise, read)
