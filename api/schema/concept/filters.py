"""api: filters of a search for concepts: only concepts below a given concept, and only concepts in use in a domain."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import numpy as np
import numpy.typing as npt
import strawberry
from pyroaring import BitMap

from api.disclosure import Role, counted
from api.errors import NotFound, NotLoaded
from api.fields import Context, hidden, may_be_known
from graph.errors import UnknownOntology
from graph.hierarchy import Level
from graph.snapshot import Snapshot

Mask = npt.NDArray[np.bool_]


@strawberry.enum(description="A domain in which a concept can be in use.")
class Domain(Enum):
    CARE = strawberry.enum_value(
        "care", description="Patients have the concept, and the caller is allowed to know this."
    )
    RESEARCH = strawberry.enum_value(
        "research", description="At least one study, publication or data set is about the concept."
    )
    EDUCATION = strawberry.enum_value("education", description="At least one course is about the concept.")


_KINDS = {Domain.RESEARCH: ("Study", "Publication", "Dataset"), Domain.EDUCATION: ("Course",)}


def prefixes_of(context: Context, ontologies: Sequence[str], stubs: bool = False) -> set[str]:
    """Returns the prefixes of these ontologies.

    Raises NotLoaded if an ontology has no loaded concept. If `stubs` is True, a stub is enough.
    """
    try:
        return context.snapshot.terminologies.asked(ontologies, stubs, hidden(context))
    except UnknownOntology as unknown:
        raise NotLoaded(str(unknown)) from None


def kept(context: Context, under: str | None, in_use: Sequence[Domain]) -> Mask | None:
    """Returns a mask of the concepts that are below `under` and in use in all domains of `in_use`; None without
    filters.

    Raises NotFound if the concept in `under` is unknown.
    """
    snapshot, keep, concept = context.snapshot, None, None
    if under is not None:
        concept = context.concept(under)
        if concept is None:
            raise NotFound("concept", under)
        hierarchy = snapshot.hierarchy
        keep = _mask(snapshot, hierarchy.reach(concept) - BitMap(hierarchy.meant(concept)))
    for domain in in_use:
        concepts = _used(context, domain)
        if domain is Domain.CARE:
            read = {"field": "search.inUse"} | ({"under": [snapshot.ids[concept]]} if concept is not None else {})
            context.reads.append(read | {"level": Level.LIKELY, "told": [len(concepts)]})
        used = _mask(snapshot, concepts)
        keep = used if keep is None else keep & used
    return keep


def _mask(snapshot: Snapshot, concepts: BitMap) -> Mask:
    mask = np.zeros(len(snapshot.ids), bool)
    mask[concepts.to_array()] = True
    return mask


def _used(context: Context, domain: Domain) -> BitMap:
    """Returns the concepts whose reach at LIKELY contains a concept that is in use in the domain.

    In the domain CARE, a concept is in use only if the caller is allowed to know that patients have the concept.
    """
    known = context.snapshot.derived(_used_before)
    key = domain, context.role
    if key not in known:
        known[key] = _in_care(context) if domain is Domain.CARE else _about(context.snapshot, _KINDS[domain])
    return known[key]


def _used_before(_: Snapshot) -> dict[tuple[Domain, Role], BitMap]:
    """Returns an empty cache for the results of `_used`."""
    return {}


def _in_care(context: Context) -> BitMap:
    snapshot = context.snapshot
    reaching = snapshot.hierarchy.reaching(snapshot.patients.concepts)
    groups = ((concept, counted(snapshot, concept, Level.LIKELY, context.role)) for concept in reaching)
    return BitMap(concept for concept, group in groups if may_be_known(context, group))


def _about(snapshot: Snapshot, kinds: Sequence[str]) -> BitMap:
    return snapshot.hierarchy.reaching(BitMap.union(*(snapshot.records[kind].concepts for kind in kinds)))
