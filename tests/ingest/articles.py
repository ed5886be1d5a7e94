"""tests of public records: makes articles, data sets and trials, and reads records of a store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from graph.snapshot import Snapshot, fresh_snapshot
from tests.ingest.care import Site

KERNEL = "http://datacite.org/schema/kernel-4"


def article(pmid: str, doi: str = "", year: str = "", version: str = "1", title: str = "A", **more: str) -> str:
    """A PubmedArticle. `more` may have a MeSH `heading` and the number of a `trial`."""
    revised = f"<DateRevised><Year>{year}</Year></DateRevised>" if year else ""
    named = f'<ELocationID EIdType="doi" ValidYN="Y">{doi}</ELocationID>' if doi else ""
    number = f"<AccessionNumber>{more.get('trial', '')}</AccessionNumber>"
    bank = f"<DataBankList><DataBank><AccessionNumberList>{number}</AccessionNumberList></DataBank></DataBankList>"
    heading = f'<MeshHeading><DescriptorName UI="{more.get("heading", "")}">x</DescriptorName></MeshHeading>'
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="{version}">{pmid}</PMID>{revised}'
        f"<Article><ArticleTitle>{title}</ArticleTitle>{named}{bank if 'trial' in more else ''}</Article>"
        f"{f'<MeshHeadingList>{heading}</MeshHeadingList>' if 'heading' in more else ''}"
        "</MedlineCitation></PubmedArticle>"
    )


def articles(path: Path, *every: str) -> Path:
    path.write_text(f"<PubmedArticleSet>{''.join(every)}</PubmedArticleSet>")
    return path


def work(doi: str, general: str = "Dataset", updated: str = "", title: str = "B", **more: Any) -> dict[str, Any]:
    """A DataCite record."""
    dates = [{"date": updated, "dateType": "Updated"}] if updated else []
    said = {"doi": doi, "titles": [{"title": title}], "types": {"resourceTypeGeneral": general}, "dates": dates}
    return said | {"schemaVersion": KERNEL} | more


def trial(number: str, updated: str = "", title: str = "T", **named: Any) -> dict[str, Any]:
    """A study of ClinicalTrials.gov. `named` are more fields of its identification module."""
    status = {"lastUpdatePostDateStruct": {"date": updated or None}}
    return {
        "protocolSection": {
            "identificationModule": {"nctId": number, "briefTitle": title} | named,
            "statusModule": status,
        }
    }


def document(path: Path, *every: dict[str, Any]) -> Path:
    path.write_text(json.dumps(every[0] if len(every) == 1 else every))
    return path


class Library:
    """Reads the records of one kind in a site's store."""

    def __init__(self, site: Site, kind: str) -> None:
        self.snapshot: Snapshot = fresh_snapshot(site.store, site.folder / "state")
        self._kind, self._records = kind, self.snapshot.records[kind]

    def ids(self) -> list[str]:
        found: list[str] = self._records.table["id"].to_pylist()
        return found

    def found(self, *identifiers: str) -> list[str | None]:
        """The id of the record that each identifier finds, or None."""
        numbers = [self.snapshot.record(self._kind, one) for one in identifiers]
        return [None if number is None else self._records.ids[number] for number in numbers]

    def row(self, identifier: str) -> dict[str, Any]:
        number = self.snapshot.record(self._kind, identifier)
        assert number is not None
        row: dict[str, Any] = self._records.table.slice(number, 1).to_pylist()[0]
        return row

    def about(self, identifier: str) -> list[str]:
        """The concepts that a record is about."""
        number = self.snapshot.record(self._kind, identifier)
        assert number is not None
        rows = self._records.abouts_of[number].tolist()
        return [self.snapshot.ids[self._records.abouts["target"][row].as_py()] for row in rows]

    def linked(self, link: str, kind: str, identifier: str) -> list[str]:
        """The records of this kind that the record is linked to."""
        number = self.snapshot.record(self._kind, identifier)
        assert number is not None
        return [self.snapshot.records[kind].ids[other] for other in self.snapshot.links[link][number].tolist()]
