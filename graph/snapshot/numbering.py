"""graph: numbers the patients of a snapshot. A patient keeps the number from the last snapshot.

A person whose events, year of birth or patient records changed gets a new number at the end. The earlier number is
then *gone*: answers ignore it. The numbers of patients who were deleted are gone as well. All other
numbers change only if parts of the index of events are merged (docs/decisions/0024).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Keys = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

PART_GONE = 8
"""A part is rewritten if more than an eighth of its patients are gone."""
SMALLER = 2
"""A part is merged with all later parts if it is at most this many times as large as the later parts together."""


class People(NamedTuple):
    """The patient records of a store, sorted by id, and the persons to whom the records belong.

    For each record, `keys` has the 64-bit key, and `person` has the person, or -1 if the record has no person. For each
    person, `chosen` has the record whose data are used, and `born` has the year of birth.
    """

    keys: Keys
    person: Ints
    chosen: Ints
    born: Ints


class Members(NamedTuple):
    """The patient records of a snapshot, sorted by key. `number` has the number of the patient of each record.

    A record may belong to several numbers, but at most one of these numbers is not gone.
    """

    key: Keys
    number: Ints

    @classmethod
    def of(cls, key: Keys, number: Ints) -> Members:
        order = np.lexsort((number, key))
        return cls(key[order], number[order].astype(np.int32))


class Known(NamedTuple):
    """The patients of the last snapshot. `key`, `born` and `gone` have a value for each number."""

    key: Keys
    born: Ints
    gone: Flags
    members: Members


def kept(people: People, known: Known, changed: Flags, touched: Flags) -> Ints | None:
    """Returns the number that each person keeps from the last snapshot, or -1 for a person who is new or changed.

    `changed` is true for records whose events changed. `touched` is true for earlier numbers with events of a medicine
    whose codes changed. Returns None if two records have the same key.
    """
    own, alive = people.person >= 0, ~known.gone[known.members.number]
    key, number = known.members.key[alive], known.members.number[alive]
    keys, person, size = people.keys[own], people.person[own], len(people.chosen)
    if len(np.unique(key)) < len(key) or len(np.unique(keys)) < len(keys):
        return None
    low, high = np.full(size, len(known.key), np.int32), np.full(size, -1, np.int32)
    before = _numbers(key, number, keys)
    np.minimum.at(low, person, before)
    np.maximum.at(high, person, before)
    same = (low == high) & (low >= 0)
    at = np.where(same, low, 0)
    if len(known.key):
        same &= np.bincount(person, minlength=size) == np.bincount(number, minlength=len(known.key))[at]
        same &= (people.keys[people.chosen] == known.key[at]) & (people.born == known.born[at]) & ~touched[at]
    same[people.person[own & changed]] = False
    return np.where(same, low, -1).astype(np.int32)


def _numbers(key: Keys, number: Ints, wanted: Keys) -> Ints:
    """Returns the number of each wanted key, or -1 if the key is not in `key`, which is sorted."""
    if not len(key):
        return np.full(len(wanted), -1, np.int32)
    place = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    return np.where(key[place] == wanted, number[place], -1).astype(np.int32)


def erased(known: Known, keys: Keys) -> bool:
    """True if a patient record of the last snapshot is no longer in the store. `keys` has the keys of the store."""
    return not np.isin(known.members.key, keys).all()


class Group(NamedTuple):
    """A part of the new index.

    parts    the positions of the parts of the last index that become this part
    carried  True if the files of a single part of the last index are reused
    new      True if the part also contains the new patients
    """

    parts: Sequence[int]
    carried: bool
    new: bool = False


def grouped(sizes: Sequence[int], alive: Sequence[int], new: int, again: Sequence[bool], most: int) -> list[Group]:
    """Returns the parts of the new index. `alive` has, for each earlier part, the number of patients who are not gone.

    Parts for which `again` is true are rewritten. The last parts are merged with the `new` patients, so that each part
    is larger than all later parts together. A part has at most `most` patients.
    """
    last, total = len(sizes), new
    while new and last and alive[last - 1] <= SMALLER * total and alive[last - 1] + total <= most:
        last -= 1
        total += alive[last]
    found = []
    for place in range(last):
        rewritten = again[place] or (sizes[place] - alive[place]) * PART_GONE > sizes[place]
        if alive[place] or not rewritten:
            found.append(Group([place], not rewritten))
    if new:
        found.append(Group(range(last, len(sizes)), carried=False, new=True))
    return found


def numbers_of(groups: Sequence[Group], firsts: Sequence[int], gone: Flags, new: int) -> Ints:
    """Returns the new number of each earlier number, followed by the number of each new patient.

    The new number is -1 if the earlier number no longer exists. `firsts` has the first number of each part, and the
    number after the last part.
    """
    slots = [np.empty(0, np.int64)]
    for group in groups:
        for place in group.parts:
            numbers = np.arange(firsts[place], firsts[place + 1])
            slots.append(numbers if group.carried else numbers[~gone[numbers]])
        if group.new:
            slots.append(np.arange(len(gone), len(gone) + new))
    every = np.concatenate(slots)
    found = np.full(len(gone) + new, -1, np.int32)
    found[every] = np.arange(len(every), dtype=np.int32)
    return found
