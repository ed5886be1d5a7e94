"""api: who meets the criteria of a cohort; sets of patient numbers that never leave as such."""

from __future__ import annotations

from collections.abc import Sequence

from pyroaring import BitMap

from api.cohort.types import CohortCriteria
from api.concept.loaders import CONCEPT, reached
from api.context import Context, Read
from api.errors import BadInput, NotFound
from graph.snapshot import Snapshot

_MOST = 100

CRITERION = {"id": CONCEPT["id"], "label": CONCEPT["label"], "reached": reached}


class Named:
    """The concepts of the criteria, by their numbers in a snapshot. Raises NotFound for an unknown one."""

    def __init__(self, context: Context, criteria: CohortCriteria) -> None:
        asked = [criteria.all or [], criteria.any or [], criteria.none or []]
        if sum(map(len, asked)) > _MOST:
            raise BadInput(f"the criteria name more than {_MOST} concepts: name one above them instead")
        self._snapshot = context.snapshot
        self.all, self.any, self.none = ([_known(context.snapshot, id_) for id_ in ids] for ids in asked)

    @property
    def concepts(self) -> Sequence[int]:
        return list(dict.fromkeys([*self.all, *self.any, *self.none]))

    def read(self, criteria: CohortCriteria) -> Read:
        """The definition, as the audit log tells it."""
        named = {"all": self.all, "any": self.any, "none": self.none}
        sex = criteria.sex and str(criteria.sex.value)
        rest = {"sex": sex, "born_from": criteria.born_from, "born_to": criteria.born_to}
        told = {name: [self._snapshot.ids[concept] for concept in concepts] for name, concepts in named.items()}
        return {"field": "cohort"} | {name: value for name, value in (told | rest).items() if value not in (None, [])}


def _known(snapshot: Snapshot, id_: str) -> int:
    concept = snapshot.concept(id_)
    if concept is None:
        raise NotFound("concept", id_)
    return concept


def members(snapshot: Snapshot, named: Named, criteria: CohortCriteria) -> BitMap:
    """Patients who meet all criteria."""
    patients, having = snapshot.patients, snapshot.reached_patients
    found = patients.born_between(criteria.born_from, criteria.born_to)
    if criteria.sex is not None:
        found &= patients.of_sex(str(criteria.sex.value))
    for concept in named.all:
        found &= having(concept)
    if named.any:
        found &= BitMap.union(*map(having, named.any))
    for concept in named.none:
        found -= having(concept)
    return found
