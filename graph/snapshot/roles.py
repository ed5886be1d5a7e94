"""graph: the part that a concept has in a record, by where the record names it.

It is read from the field and the text that an about has its words from, so it holds for what was ingested before, too.
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
"""Those by which a record is listed under a concept unless other ones are asked for."""
_UNDECLARED = Grounded(Role.SUBJECT, Role.MENTION, "", False)
"""Of a field that no kind declares, as an earlier version wrote it."""
_PURPOSE = re.compile(
    r"\b(?:aim(?:s|ed)?|purpose|objectives?|goals?|investigat\w+|evaluat\w+|assess(?:es|ed|ing)?|compar(?:e[sd]?|ing)"
    r"|determin(?:e[sd]?|ing)|examin(?:e[sd]?|ing)|explor(?:e[sd]?|ing)|to (?:study|test|learn)|tests? (?:whether|if)"
    r"|designed to|this (?:course|module|trial|study)|(?:you|students?) (?:will )?learn"
    r"|doel(?:en|stelling)?|onderzoe(?:k|kt|ken)|deze (?:cursus|module|studie)|(?:je|u) leert|studenten leren)\b",
    re.I,
)
_END = re.compile(r"[.!?](?=\s)|\n")
_LOOKED_AT = 4000
"""Characters of a text in which its purpose is looked for."""


def roles(abouts: pa.Table, records: pa.Table, kind: str) -> pa.Array:
    """The role of each about of records of a kind; `source` is the number of its record among the rows of `records`."""
    own = KINDS[kind]
    fields, starts = abouts["field"].to_pylist(), abouts["start"].to_pylist()
    found: list[Role] = []
    told: dict[tuple[int, str], range] = {}
    for record, field, start in zip(abouts["source"].to_pylist(), fields, starts, strict=True):
        role, rest = _role(own, field or "")
        if rest:
            key = record, field or ""
            if key not in told:
                told[key] = purpose(text_of(records, *key, own) or "")
            # Of words whose place is not known nothing says that they are said in passing.
            role = role if start is None or not told[key] or start in told[key] else rest
        found.append(role)
    return pa.array(map(str, found), pa.string())


def _role(kind: Kind, field: str) -> tuple[Role, Role | None]:
    """By the declaration of the field, in whatever language; the field of a lent text begins with its record's id."""
    name = field.partition("@")[0]
    if name not in kind.grounded and ":" in name and kind.lends and kind.lends.grounded:
        return kind.lends.grounded, None
    return kind.grounded.get(name, _UNDECLARED)[:2]


def purpose(text: str) -> range:
    """The characters of the first sentence that says what something is for, else of the first sentence."""
    sentences = list(_sentences(text[:_LOOKED_AT]))
    told = (one for one in sentences if _PURPOSE.search(text, one.start, one.stop))
    return next(told, sentences[0] if sentences else range(0))


def _sentences(text: str) -> Iterator[range]:
    start = 0
    for end in (*(match.end() for match in _END.finditer(text)), len(text)):
        if text[start:end].strip():
            yield range(start, end)
        start = end


def present(abouts: pa.Table) -> pa.ChunkedArray:
    """Which abouts state that the record has the concept: not negated, of a relative, or hypothetical."""
    return pc.equal(abouts["assertion"], "present").fill_null(True)


def shown(abouts: pa.Table, wanted: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Which abouts put their record under their concept: those that are present, in one of these roles."""
    return np.isin(places(abouts), [ROLES.index(role) for role in wanted])


def places(abouts: pa.Table) -> npt.NDArray[np.int32]:
    """For each about the place of its role in ROLES; -1 where it says that its concept is not there."""
    return np.asarray(
        pc.if_else(present(abouts), pc.index_in(abouts["role"], value_set=pa.array(ROLES, pa.string())), -1)
    )
