"""ingest: a publication, study or data set with several identifiers is one record, in any order of reading."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest

from cli.status import as_text, summary
from graph.store import NODES, Batch, open_store
from ingest import jobs
from ingest.fault import Fault
from ingest.jobs import Report
from ontologies import identifiers
from tests.graph.rows import table
from tests.ingest.articles import Library, article, articles, document, trial, work
from tests.ingest.care import FAULTS, Site
from tests.ingest.graphs import everything, undisturbed

LATER, DOI, NUMBER = "doi:10.5555/later", "10.5072/b", "7"
ODD = FAULTS / "pubmed-odd.xml"
DATA, CATALOGUE = "https://example.org/a", "https://example.org/c"
TITLES = {"Study": "clinicaltrials:NCT00000003", "Dataset": "doi:10.5072/n", "Publication": "pubmed:9"}


def in_turn(folder: Path) -> list[list[Path]]:
    """Files of three jobs. A newer record in the third job joins records of the first two jobs."""
    folder.mkdir()
    relations = [
        {"relatedIdentifier": number, "relatedIdentifierType": kind, "relationType": "IsSupplementTo"}
        for number, kind in ((NUMBER, "PMID"), (DOI, "DOI"))
    ]
    of = {"relatedIdentifier": f"{DOI}d", "relatedIdentifierType": "DOI", "relationType": "IsVersionOf"}
    data = [work(f"10.5072/s{n}", relatedIdentifiers=[one, of]) for n, one in enumerate(relations)]
    mesh = {"subject": "x", "subjectScheme": "MeSH", "valueUri": "http://id.nlm.nih.gov/mesh/D003924"}
    first = articles(
        folder / "1a.xml", article(NUMBER, year="2020", trial="NCT00000001"), article("8", trial="NCT00000009")
    )
    old = document(folder / "1o.json", trial("NCT00000009", "2030-01-01", "Old"))
    other = work(DOI, "Text", "2022-01-01", "Other", language="en", subjects=[mesh])
    old_ones, new_ones = versions(folder)
    latest = article(NUMBER, DOI, "2024", title="Latest", heading="D003920", trial="2010-019181-91")
    return [
        [first, old, document(folder / "1d.json", *data), catalogue(folder / "1c.ttl", "2023"), *old_ones, ODD],
        [document(folder / "2.json", other, work(DOI + "2", "Text"))],
        [
            ODD.with_name("pubmed-2-doi-later.xml"),
            *new_ones,
            articles(folder / "3a.xml", latest),
            document(folder / "3t.json", current()),
            catalogue(folder / "3c.ttl", "2024", f'; dct:identifier "{DOI}d"'),
            document(folder / "3d.json", work(DOI + "d", title="Newest", updated="2025-01-01")),
        ],
    ]


def current() -> dict[str, object]:
    typed = {
        "2010-019181-91": "EUDRACT_NUMBER",
        "2022-500001-10-00": "CTIS",
        "ISRCTN12345678": "REGISTRY",
        "ISRCTN00000000": "OTHER",
        "IRB00001": "REGISTRY",
    }
    listed = [{"id": number, "type": kind} for number, kind in typed.items()]
    return trial("NCT00000002", secondaryIdInfos=listed, nctIdAliases=["NCT00000009"])


def catalogue(path: Path, year: str, said: str = "") -> Path:
    path.write_text(
        "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n@prefix dct: <http://purl.org/dc/terms/> .\n"
        f'<{DATA}> a dcat:Dataset ; dct:title "Older" ; dct:modified "{year}" {said}.\n'
        f"<{CATALOGUE}> a dcat:Catalog ; dcat:dataset <{DATA}> .\n"
        f"<https://example.org/v> a dcat:Dataset ; dcat:isVersionOf <{DATA}> ."
    )
    return path


@pytest.fixture(scope="module", params=[1, -1])
def taken(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Library], list[int]]:
    """The records and the counts of jobs, after three jobs in forward or reverse order."""
    folder = tmp_path_factory.mktemp("library")
    with closing(open_store(str(folder / "store"))) as store:
        site = Site(store, folder)
        done = outcomes_of(*(site.take(*files) for files in in_turn(folder / "files")[:: request.param]))
        return {kind: Library(site, kind) for kind in TITLES}, done


@pytest.fixture
def libraries(taken: tuple[dict[str, Library], list[int]]) -> dict[str, Library]:
    return taken[0]


def test_a_record_that_states_two_identifiers_joins_two_records(libraries: dict[str, Library]) -> None:
    library = libraries["Publication"]
    odd = [
        LATER,
        "doi:10.5555/up/case(2019)<1:aa>2.0.co;2-k",
        "pubmed:8",
        "pubmed:9",
        "pubmed:99000001",
        "pubmed:99000004",
    ]
    assert library.ids() == [f"doi:{DOI}", f"doi:{DOI}2", *odd]
    row = library.row(f"pmid:{NUMBER}")
    assert (row["title"], row["pmid"], row["language"], row["revised"]) == ("Latest", NUMBER, "en", "2024")
    assert library.about(DOI) == ["mesh:D003920", "mesh:D003924"]
    assert library.linked("^DESCRIBED_IN", "Dataset", DOI) == ["doi:10.5072/s0", "doi:10.5072/s1"]
    assert library.linked("REPORTS", "Study", DOI) == ["clinicaltrials:NCT00000002"]


def test_the_status_counts_joined_records(libraries: dict[str, Library]) -> None:
    outcomes_of = summary("store", libraries["Study"].snapshot)
    assert outcomes_of["joined"] == {"Study": 3, "Publication": 1, "Dataset": 1}, (
        "no record states NCT00000001 any more"
    )
    assert "-1  Publication: empty, or merged with a record that has the same identifier" in as_text(
        outcomes_of | {"meaning": {"state": "ready"}}
    )


def test_a_trial_is_found_by_numbers_of_other_registries(libraries: dict[str, Library]) -> None:
    library = libraries["Study"]
    every = ("NCT00000009", "2010-019181-91", "EudraCT:2010-019181-91", "ctis:2022-500001-10-00", "ISRCTN12345678")
    assert {*library.found(*every)} == {"clinicaltrials:NCT00000002"}
    assert library.found("ISRCTN00000000", "IRB00001") == [None, None]
    assert library.linked("^REPORTS", "Publication", "NCT00000009") == [f"doi:{DOI}", "pubmed:8"]
    assert library.row("NCT00000009")["title"] == "T", "the record of the replaced number does not give the title"


def test_a_data_set_of_a_catalogue_is_joined_by_its_doi(libraries: dict[str, Library]) -> None:
    library = libraries["Dataset"]
    assert library.found(DATA, f"{DOI}D") == [f"doi:{DOI}d"] * 2 and library.row(DATA)["title"] == "Newest"
    assert library.linked("^VERSION_OF", "Dataset", DATA) == [
        "doi:10.5072/s0",
        "doi:10.5072/s1",
        "https://example.org/v",
    ]
    assert library.linked("LISTS", "Dataset", CATALOGUE) == [f"doi:{DOI}d"]


def test_an_article_that_gets_a_doi_later_stays_one_record(libraries: dict[str, Library]) -> None:
    library = libraries["Publication"]
    assert library.found("pmid:99000003", "pubmed:99000003", "10.5555/LATER", "10.5555/wrong") == [LATER] * 3 + [None]
    assert (library.row(LATER)["pmid"], library.row(LATER)["version"]) == ("99000003", 2)
    assert library.row("pmid:99000002")["title"] == "Suikerziekte bij kinderen"


def test_the_newest_version_counts_in_any_job(taken: tuple[dict[str, Library], list[int]]) -> None:
    """An older version that comes later is counted as superseded."""
    libraries, (read, written, unchanged, superseded) = taken
    assert {libraries[kind].row(id_)["title"] for kind, id_ in TITLES.items()} == {"new"}
    assert read == 27 and written + unchanged + superseded == read and unchanged == 2 and superseded in (0, 6)


def outcomes_of(*reports: Report) -> list[int]:
    outcomes = ("read", "written", "unchanged", "superseded")
    return [sum(getattr(report, name) for report in reports) for name in outcomes]


def versions(folder: Path) -> list[list[Path]]:
    """An old and a new version of one record of each kind."""
    made = []
    for n, (when, title) in enumerate((("2023-05-01", "old"), ("2024-01-01", "new"))):
        study = document(folder / f"t{n}.json", trial("NCT00000003", when, title))
        data = document(folder / f"d{n}.json", work("10.5072/n", "Dataset", when, title))
        made.append([study, data, articles(folder / f"p{n}.xml", article("9", year=when[:4], title=title))])
    return made


def in_order(folder: Path, *files: Path) -> list[Path]:
    """Renames files, so that a job reads them in this order: it sorts files by name."""
    return [file.rename(folder / f"n{number}{file.suffix}") for number, file in enumerate(files)]


def test_the_newest_version_counts_within_a_job(site: Site) -> None:
    old, new = versions(site.folder)
    pairs = [file for pair in zip(new, old, strict=True) for file in pair]
    files = in_order(site.folder, *pairs, document(site.folder / "z.json", {"courseId": "c", "name": "Anatomy"}))
    report = site.take(*files)
    assert outcomes_of(report) == [7, 4, 0, 3]
    counts = {row["kind"]: (row["read"], row["written"], row["superseded"]) for row in report.counts.rows()}
    assert counts == {"Course": (1, 1, 0), **dict.fromkeys(TITLES, (2, 1, 1))}
    for kind, id_ in TITLES.items():
        assert table(site.store, kind, "id", "title") == [(id_, "new")]
    assert table(site.store, "Course", "title") == [("Anatomy",)], "records after a superseded record are read"
    assert outcomes_of(site.take(files[0])) == [1, 0, 1, 0], "unchanged if read again"


def test_an_older_record_does_not_replace_one_of_an_earlier_layout(site: Site) -> None:
    """A store of an earlier layout has the records, but not their versions and hashes."""
    old, new = versions(site.folder)
    for kind, id_ in TITLES.items():
        names = NODES[kind].arrow.names
        said = {"id": id_, "title": "new"} | dict.fromkeys(("revised", "updated", "modified"), "2024")
        frame = pa.Table.from_pylist([{name: said.get(name) for name in names}], schema=NODES[kind].arrow)
        site.store.write(Batch(nodes={kind: frame}))
    assert outcomes_of(site.take(*old)) == [3, 0, 0, 3]
    assert outcomes_of(site.take(*new)) == [3, 3, 0, 0]


def test_a_killed_and_repeated_job_gives_the_same_graph(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job reads an old version, a new one, and the old one again."""
    (*_, old), (*_, new) = versions(site.folder)
    again = articles(site.folder / "q.xml", article("9", year="2022", title="old"))
    files = in_order(site.folder, old, new, again)
    monkeypatch.setattr(jobs, "BATCH_ITEMS", 1)
    write = site.store.write
    with monkeypatch.context() as killed:
        killed.setattr(site.store, "write", lambda batch: write(batch) if site.store.epoch() < 2 else 1 / 0)
        with pytest.raises(Fault, match="ZeroDivisionError"):
            site.take(*files)
    report = site.take(*files)
    assert (report.resumed_at, *outcomes_of(report)) == (2, 3, 2, 0, 1)
    assert everything(site.store) == undisturbed(site.folder / "other", [], files)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("NCT00000001", "clinicaltrials:NCT00000001"),
        ("ISRCTN12345678", "isrctn:ISRCTN12345678"),
        ("2010-019181-91", "eudract:2010-019181-91"),
        ("2022-500001-10-00", "ctis:2022-500001-10-00"),
        ("jRCT2031210168", "jrct:jRCT2031210168"),
        ("FWA00015357", None),
        ("CDR0000068850", None),
        ("2010-01-01", None),
        (None, None),
    ],
)
def test_numbers_of_trials_have_the_form_of_a_registry(given: str | None, found: str | None) -> None:
    assert identifiers.trial(given) == found
