"""graph: the numbers of patients in a snapshot. A patient keeps the number of the last snapshot.

A person whose events, year of birth or patient records changed gets a new number at the end. The earlier number is
then *gone*: it is in no answer. The numbers of patients who were deleted are gone as well. Numbers change only if
parts of the index of events are merged (docs/decisions/0024).
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
"""A part is written again if more than an eighth of its patients are gone."""
SMALLER = 2
"""The last parts are merged while the part before is at most this many times as large as they are together."""


class People(NamedTuple):
    """The patient records of a store, by id, and the persons to whom they belong.

    `keys` has 64 bits for each record. `person` is the person of each record, -1 if none. `chosen` is the record whose
    data are used for each person, and `born` the year of birth.
    """

    keys: Keys
    person: Ints
    chosen: Ints
    born: Ints


class Members(NamedTuple):
    """The records of the patients of a snapshot: the key of a record, and the number of its patient, by key.

    A record may belong to several numbers, all but one of which are gone.
    """

    key: Keys
    number: Ints

    @classmethod
    def of(cls, key: Keys, number: Ints) -> Members:
        order = np.lexsort((number, key))
        return cls(key[order], number[order].astype(np.int32))


class Known(NamedTuple):
    """The patients of the last snapshot: `key` and `born` of each number, which numbers are gone, and their records."""

    key: Keys
    born: Ints
    gone: Flags
    members: Members


def kept(people: People, known: Known, changed: Flags, touched: Flags) -> Ints | None:
    """The number that each person keeps from the last snapshot; -1 for a person who is new or changed.

    `changed` is true for records whose events changed, and `touched` for numbers whose events changed in another way.
    Returns None if two records have the same key.
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
    """The number of each wanted key, -1 if it is absent. `key` is sorted."""
    if not len(key):
        return np.full(len(wanted), -1, np.int32)
    place = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    return np.where(key[place] == wanted, number[place], -1).astype(np.int32)


def erased(known: Known, keys: Keys) -> bool:
    """True if a patient record of the last snapshot is not among these keys of all records."""
    return not np.isin(known.members.key, keys).all()


class Group(NamedTuple):
    """A part of the new index: parts of the last index, by place, and whether it contains the new patients.

    `carried`: it is a part of the last index whose files are used again.
    """

    parts: Sequence[int]
    carried: bool
    new: bool = False


def grouped(sizes: Sequence[int], alive: Sequence[int], new: int, again: Sequence[bool], most: int) -> list[Group]:
    """The parts of the new index. `alive` are the patients of each part who are not gone.

    Parts for which `again` is true are written again. The last parts are merged with `new` patients, so that each part
    is larger than all parts after it together; a part has at most `most` patients.
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
    """The present number of each earlier number, then of each new patient; -1 if the number exists no longer.

    `firsts` are the first number of each part, and the number after the last.
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
