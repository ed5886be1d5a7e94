"""graph: joins patients who are the same person, by the links in their records and by shared identifiers.

The graph itself is not changed. If an edge SAME_PERSON is retracted, the next snapshot separates the two patients
again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import networkx as nx
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.store import Scanned, places, rows_of

logger = logging.getLogger("tricuspid")
Ints = npt.NDArray[np.int32]


def read_persons(store: Scanned, columns: Sequence[str], deleted: pa.ChunkedArray) -> tuple[pa.Table, Ints, Ints]:
    """Returns the patients of a store, sorted by id, with the birth year and `columns`.

    Also returns the results of `_persons`. `deleted` is the result of `deleted_patients`.
    """
    table = rows_of(store, "Patient", ["id", "birth_year", *columns]).sort_by("id").combine_chunks()
    return table, *_persons(table, rows_of(store, "SAME_PERSON", ["source", "target", "how"]), deleted)


def deleted_patients(resources: pa.Table) -> pa.ChunkedArray:
    """Returns the patients who were deleted in their source. `resources` has the columns kind, owner and deleted."""
    return resources.filter(pc.and_(pc.equal(resources["kind"], "Patient"), pc.is_valid(resources["deleted"])))["owner"]


def _persons(patients: pa.Table, same: pa.Table, deleted: pa.ChunkedArray) -> tuple[Ints, Ints]:
    """Returns the person of each patient (-1 if deleted), and for each person the patient from whom the data come.

    `patients` is sorted by id. Persons are numbered in the order of their first patients. The data of a person come
    from the patient that replaces the other patients, or that the other patients refer to. If there is no such patient,
    the data come from the first patient with a birth year.
    """
    ids = patients["id"]
    is_deleted = np.zeros(len(ids), bool)
    known = places(deleted, ids)
    is_deleted[known[known >= 0]] = True
    is_identifier = np.asarray(pc.starts_with(ids, "person:"))
    one, other = places(same["source"], ids), places(same["target"], ids)
    how = same["how"].to_numpy(zero_copy_only=False)
    born = patients["birth_year"].fill_null(0).to_numpy()
    keep = ~_unlike(one, other, how == "identifier", born) & ~is_deleted[one] & ~is_deleted[other]
    together: nx.utils.UnionFind[int] = nx.utils.UnionFind()
    for pair in zip(one[keep].tolist(), other[keep].tolist(), strict=True):
        together.union(*pair)
    first = np.arange(len(ids))
    for members in together.to_sets():
        first[[*members]] = min(member for member in members if not is_identifier[member])
    counted = ~is_deleted & ~is_identifier
    number = np.full(len(ids), -1, np.int32)
    _, number[counted] = np.unique(first[counted], return_inverse=True)
    replaced = np.zeros(len(ids), bool)
    replaced[one[keep & np.isin(how, ["replaced-by", "refer"])]] = replaced[other[keep & (how == "replaces")]] = True
    order = np.lexsort((np.arange(len(ids)), born == 0, replaced, number))
    order = order[number[order] >= 0]
    chosen = order[np.unique(number[order], return_index=True)[1]]
    return number, chosen.astype(np.int32)


def _unlike(one: Ints, other: Ints, by_identifier: npt.NDArray[np.bool_], born: Ints) -> npt.NDArray[np.bool_]:
    """True for pairs of a patient and a wrong identifier.

    An identifier is wrong if the patients with this identifier have different birth years.
    """
    years: dict[int, set[int]] = {}
    for patient, person in zip(one[by_identifier].tolist(), other[by_identifier].tolist(), strict=True):
        years.setdefault(person, set()).update({int(born[patient])} - {0})
    wrong = [person for person, some in years.items() if len(some) > 1]
    if wrong:
        logger.warning(
            "%d identifiers are shared by patients born in different years; these patients are not joined; correct the "
            "source and ingest it again",
            len(wrong),
        )
    return by_identifier & np.isin(other, wrong)
