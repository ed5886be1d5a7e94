"""ingest: reads the people whom public sources name for their work: authors with an ORCID, investigators and teachers.

People are never merged by name: without an ORCID, a person belongs to one record. Care records never create people.
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

NO_ORCID = "ORCID: not readable, or wrong check digit"
NO_ROR = "ROR: not readable, or wrong check digits"
NOBODY = "name is not that of a person"
NO_INSTITUTION = "affiliation is not recognised as an institution"
# Instead of a person, registries sometimes name a telephone contact, an office or the study itself.
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
    """An organisation with which a source says that a person is affiliated. `ror` is the text that the source gives as
    its ROR id. The text is not checked yet.
    """

    name: str
    ror: str | None = None


class Contributor(NamedTuple):
    """A person whom a source names for work on a record. `orcid` is the text that the source gives as the ORCID. The
    text is not checked yet.
    """

    name: str
    orcid: str | None = None
    employers: tuple[Employer, ...] = ()


def hashed(id: str, keyed: Keyed) -> str:
    """Returns the keyed hash of a person's id, with which the table Forgotten identifies a removed person."""
    return keyed(f"forgotten person {id}")


class LeftOut:
    """A function that returns True for an item about a person who must be left out: every person if `everyone` is true,
    otherwise a person whose hashed id is in `forgotten`.
    """

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
    """The name without degrees after a comma: `Anna Example` for `Anna Example, MD, PhD`."""
    return _WITH_DEGREES.sub("", name[:500])


def contributed(table: str, record: str, source: str, found: Iterable[Contributor]) -> Iterator[Item]:
    """Yields the people `found` in a source record, their affiliations, and a Link of the table `table` from the record
    to each person.

    `source` is the registry that publishes the roles of the people; if `source` is empty, only people with an ORCID are
    yielded.
    """
    seen: set[object] = set()
    for number, one in enumerate(found, 1):
        for item in _items(table, record, source, one, f"{record}, person {number}"):
            # If a record spells the name of a person in several ways, the first spelling is used.
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
    """Returns the id of a person without an ORCID, from the id of the record and the name; None without a letter or
    digit in the name. Case, accents and punctuation of the name do not matter.
    """
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name).casefold()))
    key = "\0".join((source, record, letters)).encode()
    return f"person:{blake2b(key, digest_size=8).hexdigest()}" if letters else None


def _employed(person: str, record: str, employer: Employer, position: str) -> Iterator[Item]:
    """Yields the organisation `employer` and the affiliation of the person with it.

    Without a valid ROR id, the name must be recognised as the name of an institution.
    """
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
