"""ingest: people whom public sources name for their work: authors with an ORCID, investigators, teachers.

Nobody is joined by name: without an ORCID a person is one of one record. Sources of care give nobody to this module.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import NamedTuple

from graph.kinds import Organisation, Person
from graph.snapshot import LINKS
from ingest.organisations import institution, slugged
from ingest.records import Affiliation, Item, Link, Unmapped
from ingest.secret import Keyed
from ingest.text import line, plain
from ontologies import identifiers

NO_ORCID = "ORCID: none that can be read, or a wrong check digit"
NO_ROR = "ROR: none that can be read, or wrong check digits"
NOBODY = "name that is not a person's"
NO_INSTITUTION = "affiliation that is not named as an institution"
# What registries have in place of a name: who answers the telephone, an office, the study itself.
_NOBODY = re.compile(
    r"\b(?:clinical|trials?|stud(?:y|ies)|contact|monitor|director|leader|manager|cent(?:er|re)|office|team|department"
    r"|information|investigators?|reference|research|inc|ltd|gmbh|llc|pharma\w*|laborator\w*|universi\w+|hospital"
    r"|institut\w*|group|consortium|foundation|medical|call|physician|unknown)\b|[@0-9]",
    re.I,
)
_DEGREES = (
    *("m d", "ph d", "d o", "d m d", "d d s", "d v m", "d phil", "dr p h", "sc d", "d sc", "psy d", "pharm d", "ed d"),
    *("m sc", "m s", "m a", "m p h", "m b a", "m b b s", "m b", "ch b", "m b ch b", "m med", "m s n", "b sc", "b s"),
    *("b a", "r n", "n p", "f r c p c?", "f a c p", "f a c c", "f a c s", "f r a c p", "master", "professor", "prof"),
    *("dr", "pr", "postdoctor", "habil", "med", "b d s", "m s w", "n d", "p t", "p u", "p h", "f c p s", "f r c a"),
    *("physician", "resident", "lecturer", "director", "chair"),
)
_DEGREE = "|".join(one.replace(" ", r"\.?\s?") for one in _DEGREES)
_WITH_DEGREES = re.compile(rf",\s*(?:(?:{_DEGREE})\b\.?[\s,/&.-]*)+$", re.I)


class Employer(NamedTuple):
    """An organisation as a source names it with a person; `ror` as it is written."""

    name: str
    ror: str | None = None


class Contributor(NamedTuple):
    """A person as a source names one; `orcid` as it is written."""

    name: str
    orcid: str | None = None
    employers: tuple[Employer, ...] = ()


def hashed(id: str, keyed: Keyed) -> str:
    """What is kept of the id of a person who is removed."""
    return keyed(f"forgotten person {id}")


class LeftOut:
    """Which items of people a job leaves out: all, or those of who was removed; `forgotten` are hashes of their ids."""

    def __init__(self, keyed: Keyed, forgotten: frozenset[str] = frozenset(), everyone: bool = False) -> None:
        self._keyed, self._forgotten, self._everyone = keyed, forgotten, everyone

    def __call__(self, item: object) -> bool:
        if isinstance(item, Person):
            return self._is_out(item.id)
        if isinstance(item, Affiliation):
            return self._is_out(item.source)
        return isinstance(item, Link) and LINKS[item.kind][1] == "Person" and self._is_out(item.target)

    def _is_out(self, id: str) -> bool:
        return self._everyone or (bool(self._forgotten) and hashed(id, self._keyed) in self._forgotten)


def undegreed(name: str) -> str:
    """The name without what comes behind a comma, if that is degrees alone: `Anna Example, MD, PhD`."""
    return _WITH_DEGREES.sub("", name[:500])


def contributed(table: str, record: str, source: str, found: Iterable[Contributor]) -> Iterator[Item]:
    """The people of a record, joined with it by this edge table, and where they work by what it says.

    `source` is the registry that publishes their role; empty: only those who have an ORCID are people of the record.
    """
    seen: set[object] = set()
    for number, one in enumerate(found, 1):
        for item in _items(table, record, source, one, f"{record}, person {number}"):
            # Of several spellings of one name the first stays.
            key = item.id if isinstance(item, Person) else item
            if key not in seen:
                seen.add(key)
                yield item


def _items(table: str, record: str, source: str, one: Contributor, position: str) -> Iterator[Item]:
    name = line(plain(one.name)) or ""
    orcid = identifiers.orcid(one.orcid)
    if (one.orcid or "").strip() and not orcid:
        yield Unmapped(NO_ORCID, position)
    if _NOBODY.search(name):
        name = ""
    id = orcid or (_named(source, record, name) if source else None)
    if (not name and one.name) or (source and not id):
        yield Unmapped(NOBODY, position)
    if not id:
        return
    if name:
        yield Person(id, name)
    yield Link(table, record, id)
    for employer in one.employers:
        yield from _employed(id, record, employer, position)


def _named(source: str, record: str, name: str) -> str | None:
    """Spelled otherwise, by case, marks or punctuation, it is the same name."""
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name).casefold()))
    said = "\0".join((source, record, letters)).encode()
    return f"person:{blake2b(said, digest_size=8).hexdigest()}" if letters else None


def _employed(person: str, record: str, employer: Employer, position: str) -> Iterator[Item]:
    """One without a ROR id only if its name is an institution's."""
    name, ror = line(plain(employer.name)) or "", identifiers.ror(employer.ror)
    if (employer.ror or "").strip() and not ror:
        yield Unmapped(NO_ROR, position)
    own = "@" not in name and institution(name)
    if id := ror or (slugged(name) if own else None):
        if name and "@" not in name:
            yield Organisation(id, name)
        yield Affiliation(person, id, record)
    elif name:
        yield Unmapped(NO_INSTITUTION, position)
