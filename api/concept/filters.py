"""api: which concepts a search may find: below one, and in use somewhere."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import strawberry
from pyroaring import BitMap

from api.context import Context
from api.disclosure import Role, disclosed
from api.errors import NotFound, NotLoaded
from graph.errors import UnknownOntology
from graph.hierarchy import Level
from graph.snapshot import Snapshot

Mask = npt.NDArray[np.bool_]


@strawberry.enum(description="Where a concept may be in use here.")
class Domain(Enum):
    care = strawberry.enum_value("care", description="Some patients have it, as many as the caller may know of.")
    research = strawberry.enum_value("research", description="Some study, publication or data set is about it.")
    education = strawberry.enum_value("education", description="Some course is about it.")


_KINDS = {Domain.research: ("Study", "Publication", "Dataset"), Domain.education: ("Course",)}


def asked(snapshot: Snapshot, ontologies: Sequence[str], stubs: bool = False) -> set[str]:
    """The prefixes of these; raises NotLoaded for one of which no concept is loaded, with `stubs` no code known."""
    try:
        return snapshot.terminologies.asked(ontologies, stubs)
    except UnknownOntology as unknown:
        raise NotLoaded(str(unknown)) from None


def kept(context: Context, under: str | None, in_use: Sequence[Domain]) -> Mask | None:
    """For each concept whether it passes; None where nothing is asked of it. Raises NotFound for an unknown `under`."""
    snapshot, keep, concept = context.snapshot, None, None
    if under is not None:
        concept = snapshot.concept(under)
        if concept is None:
            raise NotFound("concept", under)
        hierarchy = snapshot.hierarchy
        keep = _mask(snapshot, hierarchy.reach(concept) - BitMap(hierarchy.meant(concept)))
    for domain in in_use:
        concepts = _used(snapshot, domain, context.role)
        if domain is Domain.care:
            read = {"field": "search.inUse"} | ({"under": [snapshot.ids[concept]]} if concept is not None else {})
            context.reads.append(read | {"level": Level.LIKELY, "told": [len(concepts)]})
        used = _mask(snapshot, concepts)
        keep = used if keep is None else keep & used
    return keep


def _mask(snapshot: Snapshot, concepts: BitMap) -> Mask:
    mask = np.zeros(len(snapshot.ids), bool)
    mask[concepts.to_array()] = True
    return mask


@lru_cache(maxsize=8)
def _used(snapshot: Snapshot, domain: Domain, role: Role) -> BitMap:
    """The concepts that have something in use in their reach at LIKELY."""
    reaching = snapshot.hierarchy.reaching
    if domain is Domain.care:
        return BitMap(
            concept for concept in reaching(snapshot.patients.concepts, Level.LIKELY) if _told(snapshot, concept, role)
        )
    return reaching(BitMap.union(*(snapshot.records[kind].concepts for kind in _KINDS[domain])), Level.LIKELY)


def _told(snapshot: Snapshot, concept: int, role: Role) -> bool:
    """Whether it may be known that patients have it: only where their number may be known."""
    patients = len(snapshot.patients.having(snapshot.hierarchy.reach(concept, Level.LIKELY)))
    return patients > 0 and disclosed(patients, role).at_least is not None
