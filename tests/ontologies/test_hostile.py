"""ontologies' tests: reading a file with any bytes ends, and raises no error but OntologyError."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ontologies.errors import OntologyError
from ontologies.files import head
from ontologies.formats import FORMATS, recognise
from ontologies.model import Refused
from tests.ontologies.golden import SAMPLE_FILES, stream

SAMPLE_BYTES = [sample.read_bytes() for sample in SAMPLE_FILES]
PIECES = [bytes([byte]) for byte in b'\x00\xff\xc3"\\\t\n\r ,:!#{}']
PIECES += [b"", b'""', b"{" * 3000, b"[" * 3000, b"\n[Term]\n", b"id:", b"# curie_map:\n", b"1e999", b"null", b"[]"]
PIECES += [b"<rdf:li>" * 3000, b"[ <a> " * 3000, b"<<( " * 3000, b"<!ENTITY a '&b;'>", b"&a;", b"]]>", b" . "]
PIECES += [b'"\\ud800"', b"\x1f\x8b", b"\xfd7zXZ\x00", b"BZh9", b"\x28\xb5\x2f\xfd"]
HARD = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read_by_all(path: Path, data: bytes) -> None:
    """Reads `data` with each format, also with those that do not claim it, because a claim may be wrong."""
    path.write_bytes(data)
    for form in FORMATS:
        try:
            form.recognise(data, path.name)
            for _ in form.read(path):
                pass
        except OntologyError as error:
            assert str(path) in str(error)


@HARD
@given(data=st.binary(max_size=2000))
@example(data=b"[Term]")
@example(data=b'{"graphs":' + b"[" * 200_000)
@example(data=b'{"graphs":[{"nodes":[' + b'{"a":' * 200_000)
@example(data=b'{"graphs":[{"nodes":[{"id":"a","lbl":"b","type":null,"meta":{"synonyms":[{"val":{"a":[]}}]}}]}]}')
@example(data=b'{"graphs":[{"nodes":[{"id":"a","lbl":"\\ud800"}]}]}')
@example(data=b"\xff\xfe" + "format-version: 1.4\n".encode("utf-16-le"))
def test_random_bytes(data: bytes, tmp_path: Path) -> None:
    read_by_all(tmp_path / "random", data)


@HARD
@given(
    data=st.sampled_from(SAMPLE_BYTES),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(PIECES)), min_size=1, max_size=4),
)
def test_mutated_samples(data: bytes, changes: list[tuple[float, int, bytes]], tmp_path: Path) -> None:
    for where, removed, piece in changes:
        at = int(where * len(data))
        data = data[:at] + piece + data[at + removed :]
    read_by_all(tmp_path / "mutated", data)


TABLES = [sample for sample in SAMPLE_FILES if sample.suffix not in (".json", ".obo", ".owl", ".ttl")]


@pytest.mark.parametrize("sample", TABLES, ids=lambda path: path.name)
@pytest.mark.parametrize("junk", [b"\xff\xfe", b"\x00"])
def test_a_broken_row_is_refused_and_others_are_read(sample: Path, junk: bytes, tmp_path: Path) -> None:
    copy = tmp_path / sample.name
    for beside in sample.parent.iterdir() if sample.name == "CONCEPT.csv" else ():
        (tmp_path / beside.name).write_bytes(beside.read_bytes())
    copy.write_bytes(sample.read_bytes() + junk + b"\n")
    more = [item for item in stream(copy) if item not in stream(sample)]
    assert [type(item) for item in more] == [Refused]
    assert set(stream(sample)) <= set(stream(copy))


def test_an_unclosed_quote_does_not_affect_other_rows(tmp_path: Path) -> None:
    columns = "subject_id\tpredicate_id\tobject_id\tsubject_label\n"
    rows = "".join(f'TINY:{n}\tskos:exactMatch\tMESH:D{n}\t"open {n}\n' for n in range(3))
    (tmp_path / "open.sssom.tsv").write_text(columns + rows)
    assert [getattr(item, "subject", "") for item in stream(tmp_path / "open.sssom.tsv")[1:]] == [
        "TINY:0",
        "TINY:1",
        "TINY:2",
    ]


def test_an_error_about_a_missing_column_has_file_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "short.tsv"
    file.write_text("# a remark\nsubject_id\tobject_id\n")
    form = next(form for form in FORMATS if form.name == "SSSOM TSV")
    with pytest.raises(OntologyError, match=r"short\.tsv, line 2: the column predicate_id is missing"):
        list(form.read(file))


def test_a_format_is_recognised_by_the_first_bytes(tmp_path: Path) -> None:
    """A format is recognised by the start of a file, not by the rest, because files may be large."""
    for sample, data in zip(SAMPLE_FILES, SAMPLE_BYTES, strict=True):
        file = tmp_path / sample.name
        file.write_bytes(data + b"\n" * 100_000 + b"\xff\x00")
        assert len(head(file)) <= 65536
        assert recognise(file) == recognise(sample)


@pytest.mark.parametrize("junk", ['9,"open' + "x" * 200_000, "9,a\rb,SNOMED,1"])
def test_a_row_that_the_csv_module_rejects_is_refused(junk: str, tmp_path: Path) -> None:
    """After an unclosed quote, the module takes text up to its limit as one cell. Reading continues after that."""
    columns, row = "concept_id,concept_name,vocabulary_id,concept_code", "1,Heart failure,SNOMED,84114007"
    file = tmp_path / "concept.csv"
    file.write_bytes(f"{columns}\n{row}\n{junk}\n{row.replace('1,', '2,', 1)}\n".encode())
    kinds = [type(item).__name__ for item in stream(file)]
    assert kinds == ["Release", "Concept", "Refused", "Concept"]
