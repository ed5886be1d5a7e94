"""graph: computes the role of each annotation. The role depends on where the record names the concept.

The role is computed from the field and the text of the annotation, so records of earlier versions of Tricuspid
have roles too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.kinds import KINDS, Grounded, Kind, Role
from graph.snapshot.joined import text_of

ROLES = tuple(Role)
LISTED = (Role.SUBJECT, Role.INTERVENTION, Role.OUTCOME)
"""By default, a record is listed under a concept if the concept has one of these roles in the record."""
_UNDECLARED = Grounded(Role.SUBJECT, Role.MENTION, "", False)
"""The role for a field that no kind declares. An earlier version of Tricuspid may have written such a field."""
_PURPOSE = re.compile(
    r"\b(?:aim(?:s|ed)?|purpose|objectives?|goals?|investigat\w+|evaluat\w+|assess(?:es|ed|ing)?|compar(?:e[sd]?|ing)"
    r"|determin(?:e[sd]?|ing)|examin(?:e[sd]?|ing)|explor(?:e[sd]?|ing)|to (?:study|test|learn)|tests? (?:whether|if)"
    r"|designed to|this (?:course|module|trial|study)|(?:you|students?) (?:will )?learn"
    r"|doel(?:en|stelling)?|onderzoe(?:k|kt|ken)|deze (?:cursus|module|studie)|(?:je|u) leert|studenten leren)\b",
    re.I,
)
_END = re.compile(r"[.!?](?=\s)|\n")
_SEARCHED = 4000
"""How many characters at the start of a text are searched for a sentence that states a purpose."""


def roles(abouts: pa.Table, records: pa.Table, kind: str) -> pa.Array:
    """Returns the role of each annotation in `abouts`, whose column `source` has the row of the record in `records`."""
    own = KINDS[kind]
    fields, starts = abouts["field"].to_pylist(), abouts["start"].to_pylist()
    found: list[Role] = []
    purposes: dict[tuple[int, str], range] = {}
    for record, field, start in zip(abouts["source"].to_pylist(), fields, starts, strict=True):
        role, rest = _role(own, field or "")
        if rest:
            key = record, field or ""
            if key not in purposes:
                purposes[key] = purpose(text_of(records, *key, own) or "")
            # If the position of the words is unknown, the role is not changed to `rest`.
            role = role if start is None or not purposes[key] or start in purposes[key] else rest
        found.append(role)
    return pa.array(map(str, found), pa.string())


def _role(kind: Kind, field: str) -> tuple[Role, Role | None]:
    """Returns the declared roles of a field, in any language.

    If a text comes from a linked record, the name of its field begins with the id of the linked record.
    """
    name = field.partition("@")[0]
    if name not in kind.grounded and ":" in name and kind.lends and kind.lends.grounded:
        return kind.lends.grounded, None
    return kind.grounded.get(name, _UNDECLARED)[:2]


def purpose(text: str) -> range:
    """Returns the range of the first sentence that states a purpose.

    If no sentence states a purpose, returns the range of the first sentence.
    """
    sentences = list(_sentences(text[:_SEARCHED]))
    stating = (one for one in sentences if _PURPOSE.search(text, one.start, one.stop))
    return next(stating, sentences[0] if sentences else range(0))


def _sentences(text: str) -> Iterator[range]:
    start = 0
    for end in (*(match.end() for match in _END.finditer(text)), len(text)):
        if text[start:end].strip():
            yield range(start, end)
        start = end


def present(abouts: pa.Table) -> pa.ChunkedArray:
    """True for each annotation with the assertion `present` or without assertion."""
    return pc.equal(abouts["assertion"], "present").fill_null(True)


def listed(abouts: pa.Table, wanted: Sequence[str]) -> npt.NDArray[np.bool_]:
    """True for each annotation that is present and has one of the roles in `wanted`.

    Only such annotations decide under which concepts the record is listed.
    """
    return np.isin(places(abouts), [ROLES.index(role) for role in wanted])


def places(abouts: pa.Table) -> npt.NDArray[np.int32]:
    """For each annotation, the index of its role in ROLES; -1 if the annotation is not present."""
    return np.asarray(
        pc.if_else(present(abouts), pc.index_in(abouts["role"], value_set=pa.array(ROLES, pa.string())), -1)
    )
