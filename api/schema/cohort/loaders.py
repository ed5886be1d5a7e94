"""api: finds the patients who meet the criteria of a cohort. Answers contain only counts of patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pyroaring import BitMap

from api.disclosure import UNCHANGED, Group, Role, having, part_of, spelled, standing
from api.errors import BadInput, NotFound
from api.fields import Column, Context, Read, hidden, may_be_known
from api.schema.cohort.criteria import Criteria, Wanted
from api.schema.cohort.settled import Criterion, Years, described, distinct, meeting, settled
from api.schema.concept.loaders import CONCEPT
from graph.errors import GraphError
from graph.hierarchy import Level
from graph.secret import secret_of, source_hash
from graph.snapshot import Snapshot

NOT_EXACT = (
    "The number has noise and is rounded. Criteria that change the number by fewer than about ten patients are not "
    "applied, and birth years are moved to nearby round years."
)
"""The note `extensions.disclosure`. It is the same for every cohort, so it discloses nothing about the patients."""
_MOST = 100

OTHER = {Level.CERTAIN: Level.LIKELY, Level.LIKELY: Level.CERTAIN}
_LEVELS = tuple(Level)


def _of_concept(name: str) -> Column:
    return lambda context, criteria: CONCEPT[name](context, [one // len(_LEVELS) for one in criteria])


def _level(context: Context, criteria: Sequence[int]) -> list[Level]:
    return [_LEVELS[one % len(_LEVELS)] for one in criteria]


def reached(level: Level | None) -> Column:
    """Returns a column: for each criterion, the number of concepts in its reach, without concepts hidden from the
    caller. If `level` is None, the level of each criterion is used.
    """

    def read(context: Context, criteria: Sequence[int]) -> list[int]:
        own = zip(criteria, _level(context, criteria), strict=True)
        pairs = [(one // len(_LEVELS), level or at) for one, at in own]
        tree, unknown = context.snapshot.hierarchy, hidden(context)
        if not unknown:
            return [tree.reached(*one) for one in pairs]
        return [len(tree.reach(*one) - unknown) for one in pairs]

    return read


CRITERION = {"id": _of_concept("id"), "label": _of_concept("label"), "level": _level}
"""The fields of the GraphQL type Criterion: a concept and a level.

Its number is the number of the concept times the number of levels, plus the position of the level in Level.
"""


class Named:
    """The concepts that `criteria` names: the number of each in the snapshot, and the kind of its events.

    Raises NotFound for an unknown id.
    """

    def __init__(self, context: Context, criteria: Criteria) -> None:
        lists = (criteria.all, criteria.any, criteria.none)
        if sum(map(len, lists)) > _MOST:
            raise BadInput(f"the criteria name more than {_MOST} concepts: use a broader concept instead")
        self._snapshot = context.snapshot
        self.all, self.any, self.none = ([_known(context, one) for one in some] for some in lists)

    def criteria(self, level: Level) -> Sequence[int]:
        """Returns the concepts of a cohort at `level` with the level of each, as numbers for CRITERION.

        Concepts in `none` have the other level.
        """
        other = _LEVELS.index(OTHER[level])
        used = [(one.concept, _LEVELS.index(level)) for one in (*self.all, *self.any)]
        used += [(one.concept, other) for one in self.none]
        return list(dict.fromkeys(concept * len(_LEVELS) + at for concept, at in used))

    def read(self, criteria: Criteria) -> Read:
        """Returns the entry for the audit log: the criteria of the cohort, with concepts as CURIEs."""
        named = {"all": self.all, "any": self.any, "none": self.none}
        rest: Read = {"sex": criteria.sex, "born_from": criteria.born_from, "born_to": criteria.born_to}
        rest |= {"uncertain": criteria.uncertain or None, "sources": [*criteria.sources]}
        ids = self._snapshot.ids
        concepts = {name: [f"{ids[one.concept]} {one.kind}".rstrip() for one in some] for name, some in named.items()}
        return {"field": "cohort"} | {
            name: value for name, value in (concepts | rest).items() if value not in (None, [])
        }


class Known(NamedTuple):
    """The number of a concept, and the kind of its events; empty for all kinds."""

    concept: int
    kind: str


def _known(context: Context, wanted: Wanted) -> Known:
    concept = context.concept(wanted.id)
    if concept is None:
        raise NotFound("concept", wanted.id)
    return Known(concept, wanted.kind)


def events_known_to(context: Context) -> Callable[[BitMap], bool | None]:
    """Returns a function that takes concepts, and returns True if any patient has an event on one of them.

    The function returns None if the caller is not allowed to know the answer.
    """

    def known(concepts: BitMap) -> bool | None:
        if context.role not in UNCHANGED:
            return None
        return may_be_known(context, Group(context.snapshot.patients.having(concepts), "events"))

    return known


def group(snapshot: Snapshot, named: Named, criteria: Criteria, level: Level, role: Role) -> Group:
    """Returns the patients who meet the criteria. For a role below EXACT, some criteria are not applied (`settled`)."""
    years = criteria.born_from, criteria.born_to
    if role in UNCHANGED:
        every = stated(snapshot, named, criteria, level)
        return Group(meeting(every, snapshot.patients.born_between(*years)), "")
    shown = settled(snapshot.patients, stated(snapshot, named, criteria, level, role), years)
    if level is Level.LIKELY:
        return shown
    return part_of(snapshot.patients, shown, [group(snapshot, named, criteria, Level.LIKELY, role)], role)


def same_years(snapshot: Snapshot, asked: Years, counted: Years) -> bool:
    """Returns True if `counted`, the years of birth that were applied, are the years `asked`.

    Years that begin with the first decade of birth may also be counted without a lower limit, and years that end with
    the last decade without an upper limit.
    """
    first, last = snapshot.patients.decades
    ends = (1 if asked[0] == first else asked[0], None if asked[1] == last - 1 else asked[1])
    return counted in (asked, ends, (ends[0], asked[1]), (asked[0], ends[1]))


def question(snapshot: Snapshot, named: Named, criteria: Criteria, level: Level) -> str:
    """Returns a text that is equal for equal criteria, however they are written. The budget counts these texts.

    The text describes all criteria, including criteria that are not applied, so the budget does not depend on patients.
    The text contains the epoch, because the answer can change with the epoch.
    """
    every, years = stated(snapshot, named, criteria, level), (criteria.born_from, criteria.born_to)
    return f"{snapshot.epoch} {level} {described(distinct(every))} {years}"


def _criterion(snapshot: Snapshot, list_: str, one: Known, level: Level, uncertain: bool, role: Role) -> Criterion:
    """Returns the criterion for the concept `one` in the list `list_`, with the patients who have an event in its
    reach.

    If `uncertain` is True, uncertain events count too. `list_` is `all`, `any` or `none`.
    """
    found = standing(snapshot, one.concept, level, role, one.kind)
    if found is None:
        return Criterion(list_, "nobody", 0, BitMap())
    patients = having(snapshot, *found)
    if uncertain:
        patients = patients | snapshot.patients.unsure(snapshot.hierarchy.reach(found.concept, found.level))
    width = snapshot.hierarchy.reached(found.concept, found.level)
    return Criterion(list_, spelled(snapshot, *found), width, patients)


def stated(
    snapshot: Snapshot, named: Named, criteria: Criteria, level: Level, role: Role = Role.EXACT
) -> list[Criterion]:
    """Returns a criterion for each concept, sex and source in `criteria`. Birth years are left out.

    Concepts in `none` use the other level, so the cohort at CERTAIN is a part of the cohort with the same criteria at
    LIKELY.
    """
    lists = {"all": (named.all, level), "any": (named.any, level), "none": (named.none, OTHER[level])}
    found = [
        _criterion(snapshot, name, one, at, criteria.uncertain and name != "none", role)
        for name, (some, at) in lists.items()
        for one in some
    ]
    if criteria.sex is not None:
        found.append(Criterion("all", f"sex {criteria.sex}", 0, snapshot.patients.of_sex(criteria.sex)))
    return found + [Criterion("all", f"source {name}", 0, _of_source(snapshot, name)) for name in criteria.sources]


def _of_source(snapshot: Snapshot, name: str) -> BitMap:
    """Returns the patients with a record in a source. An unknown source looks like a source with few patients."""
    try:
        key = source_hash(secret_of(snapshot.folder), name)
    except GraphError as absent:
        raise BadInput(f"the patients of a source cannot be selected: {absent}") from None
    return snapshot.patients.by_source.get(key, BitMap())
