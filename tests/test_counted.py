"""tests: every reader counts each record once, and reports every value that it drops."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.store import EDGES, NODES, Batch, Store
from ingest.counts import OUTCOMES
from ingest.inputs import Input, Inputs
from ingest.jobs import Job, Report
from ingest.loading import Loading
from ingest.objections import Absent
from ingest.pseudonym import UNNAMED
from ingest.recording import Recording
from ingest.records import Grounded, Patients, Text
from ingest.run import _Ingesting
from ingest.site_names import checked
from ingest.sources import SOURCES
from ingest.sources import recognise as source_of
from ingest.value_sets import FORMATS, settled
from ontologies.errors import UnreadableFile
from ontologies.formats import recognise as format_of
from tests.dropping import WRONG, Read, doubled, made, places, silent
from tests.ingest.golden import PSEUDONYM, samples
from tests.ingest.graphs import quiet
from tests.ontologies.golden import SAMPLE_FILES

# Text files: a changed letter of a ZIP file would change nothing but its checksums.
FILES = [path for path in (*samples(), *SAMPLE_FILES) if path.suffix != ".zip"]
# The files in formats for which tests.dropping finds all values.
PLACED = [path for path in FILES if path.suffix not in (".edn", ".ttl", ".csv", ".txt")]
MANY = re.compile(r"page|\.api|oai|bundle|lines|v[56]|set|tiny\.(obo|json|sssom|babelon)")
# Values that give the type of another value. A value of another type is rightly not read.
KINDS = re.compile(
    r"(?i)(fullUrl|resourceType|Type|scheme|relationType|class|pred|synonymType|xrefs?|valueUri|AccessionNumber|hasDbXref"
    r"|subject_source|source|source_value|annotated\w+|isPartOf|property_value)(@|/|$|\d)|/(system|pred)$"
)
# Values that are reported elsewhere or not yet: languages, identifiers, and codes of FHIR's value sets.
OTHERS = re.compile(r"(?i)language|lang$|identifier|doi|PMID|ELocationID|verificationStatus|criticality|status$|gender")
few = settings(derandomize=True, max_examples=5, deadline=None, database=None, suppress_health_check=[*HealthCheck])


class Empty:
    """A store that is always empty."""

    address = ""

    def nodes(self, table: str, ids: pa.Array, columns: Sequence[str]) -> pa.Table:
        return NODES[table].arrow.empty_table().select([*dict.fromkeys(["id", *columns])])

    def edges(self, table: str, sources: pa.Array, columns: Sequence[str]) -> pa.Table:
        return EDGES[table].arrow.empty_table().select(list(columns))

    def scan(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        return iter(())

    @contextmanager
    def read_transaction(self) -> Iterator[int]:
        yield 0

    def stale(self, release: str, job: str) -> dict[str, int]:
        return Counter()

    def write(self, batch: Batch) -> int:
        assert all(frame.num_rows == len(frame["id"].unique()) for frame in batch.nodes.values())
        return 1


def reader(sample: Path) -> Read:
    source = source_of(sample)
    if source and sample.parent.name == "samples" and sample in samples():
        return lambda path: source.read(path, PSEUDONYM)
    form = format_of(sample)
    assert form
    return form.read


def run(sample: Path, read: Read, file: Path) -> Report:
    """The report of a job that reads the file into an empty store."""
    store = cast(Store, Empty())
    kind = "ingest" if sample in samples() else "load"
    job = Job(store, kind, Inputs([Input[Any](file, source_of(sample), "0" * 64, file.name)], [], []), quiet, str)
    if kind == "load":
        sets = format_of(sample) in FORMATS
        settle = partial(settled, store, systems={}, job="j") if sets else partial(checked, store)
        return job.run(Loading(store, None, UNNAMED.systems, b"0" * 16), lambda one: settle(read(one.path)))
    taker = _Ingesting(store, Recording(job.rows, job.report.id, str), False, 0, Absent(store, str))
    return job.run(taker, lambda one: (Grounded(it, []) if isinstance(it, Text) else it for it in read(one.path)))


_RECORDS = (
    # Records that a reader read, or did not read.
    *("Seen", "NotRead", "Concept", "Synonym", "Relation", "Mapping", "Translation", "SiteName", "ValueSet"),
    "Refused",
)


def records(read: Read, file: Path) -> int:
    """The number of records that the reader saw, including the one at which it stopped."""
    seen = 0
    try:
        for item in read(file):
            seen += len(item.records) if isinstance(item, Patients) else type(item).__name__ in _RECORDS
    except UnreadableFile:
        seen += 1
    return seen


def named(sample: Path) -> str:
    return sample.name


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("counted")


@pytest.mark.parametrize("sample", FILES, ids=named)
def test_every_record_is_counted_once(sample: Path, folder: Path) -> None:
    read, file, text = reader(sample), folder / sample.name, sample.read_text("utf-8")
    found = places(sample) if sample in PLACED else []

    @few
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        said = text
        if data.draw(st.booleans()) and found:
            said = data.draw(st.sampled_from(found)).put(data.draw(st.sampled_from([None, *WRONG])))
        if sample in PLACED and data.draw(st.booleans()):
            said = doubled(said, data.draw(st.integers(0, 99)))
        if data.draw(st.booleans()):
            said = said[: data.draw(st.integers(0, len(said)))]
        file.write_text(said, "utf-8")
        report = run(sample, read, file)
        rows = report.counts.rows()
        assert all(row["read"] == sum(row[name] for name in OUTCOMES) for row in rows), rows
        assert report.read == records(read, file)

    check()


@pytest.mark.parametrize("sample", [path for path in PLACED if MANY.search(path.name)], ids=named)
def test_a_repeated_record_is_counted_twice(sample: Path, folder: Path) -> None:
    read, file, text = reader(sample), folder / sample.name, sample.read_text("utf-8")
    once = run(sample, read, sample)
    file.write_text(doubled(text, 0), "utf-8")
    twice = run(sample, read, file)
    assert twice.read > once.read
    assert twice.written <= once.written, "the repeated record changes nothing"


@pytest.mark.parametrize("sample", PLACED, ids=named)
def test_a_dropped_value_is_reported(sample: Path, folder: Path) -> None:
    read, file = reader(sample), folder / sample.name
    whole = made(read, sample)
    found = [place for place in places(sample) if not KINDS.search(place.name) and not OTHERS.search(place.name)]

    @few
    @given(st.sampled_from(found), st.sampled_from(WRONG))
    def check(place: Any, wrong: Any) -> None:
        assert not silent(read, file, place, wrong, whole), (place.name, wrong)

    if found:
        check()


@pytest.mark.parametrize(
    ("name", "place", "wrong"),
    [
        ("clinicaltrials.study.json", "protocolSection/statusModule/overallStatus", "?"),
        ("clinicaltrials.classic.json", "/DesignModule/StudyType", "?"),
        ("clinicaltrials_xml.study.xml", "phase", "?"),
        ("ooapi.v4.json", "learningOutcomes/0", {"x": 7}),
        ("ooapi.v5.json", "items/0/programs/0", {"x": 7}),
        ("ooapi.v5.json", "items/0/studyLoad/studyLoadUnit", "hours"),
        ("tiny.json", "graphs/0/nodes/0/meta/definition/val", -1),
        ("tiny.json", "graphs/0/meta/basicPropertyValues/0/val", [7]),
        ("tiny.sssom.tsv", "/predicate_modifier", "?"),
    ],
)
def test_a_value_that_was_once_dropped_silently_is_reported(name: str, place: str, wrong: object, folder: Path) -> None:
    (sample,) = (path for path in FILES if path.name == name)
    at = next(found for found in places(sample) if found.name.endswith(place))
    assert not silent(reader(sample), folder / name, at, wrong, made(reader(sample), sample))


def test_every_format_has_a_file_here() -> None:
    assert {source.name for source in SOURCES} == {path.name.split(".")[0] for path in samples()}
