"""ingest: reads GA4GH Phenopackets v2 in JSON and YAML: phenopackets, families and cohorts, also in ZIP or tar.

https://phenopacket-schema.readthedocs.io/en/latest/. An archive is one input; its files are read one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from ingest.archives import Member, heads, is_archive, members
from ingest.phenopackets import documents
from ingest.pseudonym import Pseudonym
from ingest.records import Item, NotRead, Refused
from ingest.source import Source
from ontologies.errors import UnreadableFile
from ontologies.files import head, read_whole

_LOOKED_AT = 50


def recognise(head: bytes, name: str) -> bool:
    """True for a document with phenopackets, and for an archive if one of its first files is such a document."""
    if is_archive(head):
        return any(map(documents.recognised, islice(heads(head), _LOOKED_AT)))
    return documents.recognised(head)


def read(path: Path, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of every phenopacket in the file. Files in an archive that have no phenopacket are counted as
    not read.
    """
    if not is_archive(head(path)):
        try:
            yield from documents.read(read_whole(path), "", pseudonym)
        except documents.Undecodable as error:
            raise UnreadableFile(path, "", f"{error}; export it again") from None
        return
    for member in members(path):
        yield from _member(member, pseudonym)


def _member(member: Member, pseudonym: Pseudonym) -> Iterator[Item]:
    if member.data is None:
        yield Refused(member.place, member.reason)
    elif documents.recognised(member.data[: 1 << 16]):
        try:
            yield from documents.read(member.data, member.place, pseudonym)
        except documents.Undecodable as error:
            yield Refused(member.place, str(error))
    else:
        yield NotRead("file in an archive that has no phenopacket", member.place)


SOURCE = Source(
    "phenopackets",
    "GA4GH Phenopackets v2",
    "https://phenopacket-schema.readthedocs.io/en/latest/",
    recognise,
    read,
)
