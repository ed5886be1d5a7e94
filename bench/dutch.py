"""bench: measures quality for Dutch: search for terms, grounding of HPO's labels, and annotations of courses.

Run `python -m bench.dutch [--part terms] [--model FOLDER]` from the root of the checkout. The terms are searched only
in English terminologies, by words and spelling. The script grounds HPO's Dutch labels that are not a name in the
English release, first with only the English names, then also with the Dutch synonyms. Only concepts whose id ends in 0
are used, because the weights are fitted on all other concepts. bench/gold/README.md describes the gold sets of courses.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from bench.corpora import Dictionary
from bench.grounding import BEST, Linker, linked, nearest, tfidf
from bench.machine import machine
from graph.lexical import LEXICON, normalise
from graph.snapshot import Snapshot, read_snapshot, roles
from graph.store import Address, open_store
from ingest.run import ingest, load
from linking.encoding import Encoder, Meaning, VectorCache, open_encoder
from linking.grounding import Grounder
from linking.search import ranked

DATA = Path(__file__).resolve().parents[1] / "../shared/data"
COURSES = DATA / "education/surf-ooapi-demo/seeds/data.edn"
TERMINOLOGIES = (
    "mondo-2026-08.obo", "hp-2024-08-13.json.gz", "translations/hp-nl.babelon.tsv", "translations/hp-nl.synonyms.tsv",
    "uberon.obo", "cl-basic.obo", "maxo-base.obo", "symp.obo", "ncbitaxon-import.obo", "obi.obo",
)  # fmt: skip
ENGLISH, SYNONYMS = "hp-2024-08-13.json.gz", "translations/hp-nl.synonyms.tsv"
GOLD = Path(__file__).parent / "gold" / "courses.tsv"
DUTCH_COURSES = Path(__file__).parent / "gold" / "dutch-courses.tsv"
TERMS = Path(__file__).parent / "gold" / "dutch-terms.tsv"
TERM_FILES = (
    "mondo-2026-08.obo", "mondo-2026-08-synonyms.obo.gz", "hp-2024-08-13.json.gz", "uberon.obo",
    "doid-2018-07-05.json.gz", "symp.obo", "maxo-base.obo", "ncit-disease-2018-06-08.json.gz",
)  # fmt: skip


class Wanted(NamedTuple):
    """A concept that the gold set lists for a course, with all ids of this concept."""

    course: str
    ids: frozenset[str]


def snapshot_of(folder: Path, files: Sequence[str | Path], records: Sequence[Path] = ()) -> Snapshot:
    address = str(folder / "store")
    with closing(open_store(address)) as store:
        load(store, Address(address).state, [DATA / "ontologies" / file for file in files], lambda _name, _read: None)
        if records:
            ingest(store, Address(address).state, records, lambda _name, _read: None)
    return read_snapshot(address)


def labels() -> dict[str, str]:
    """Returns the Dutch label of each concept, in normal form."""
    with (DATA / "ontologies/translations/hp-nl.babelon.tsv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["predicate_id"] == "rdfs:label"]
    return {row["subject_id"]: normalise(row["translation_value"]) for row in rows if row["translation_value"]}


def unknown(snapshot: Snapshot, held_out: bool) -> dict[str, str]:
    """Returns the Dutch labels that are not a name of their concept in the snapshot.

    With `held_out`, returns the labels that are used for the test. Otherwise, returns all other labels.
    """
    known = names_of(snapshot).names
    return {
        id_: text
        for id_, text in labels().items()
        if id_.endswith("0") == held_out and text not in set(known.get(id_, [text]))
    }


def names_of(snapshot: Snapshot) -> Dictionary:
    names: dict[str, list[str]] = {}
    live = set(snapshot.concepts.filter(pc.invert(snapshot.concepts["deprecated"].fill_null(False)))["id"].to_pylist())
    # Names from the lexicon are not names of the release.
    table = snapshot.names.table.filter(pc.not_equal(snapshot.names.table["kind"], LEXICON))
    for row in table.select(["concept", "norm"]).to_pylist():
        if (id_ := snapshot.ids[row["concept"]]) in live and id_.startswith("HP:"):
            names.setdefault(id_, []).append(row["norm"])
    return Dictionary(names, {})


def ours(snapshot: Snapshot, encoder: Encoder, kept: Path) -> Linker:
    grounder = Grounder(snapshot, Meaning(snapshot, VectorCache(kept, encoder)), ["hp"])
    return lambda texts: [[match.concept for match in some] for some in grounder.mentions(texts, top=BEST)]


def hidden(encoder: Encoder, kept: Path) -> None:
    print("\n| HPO has | way | labels | @1 | @5 |\n|---|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        english = snapshot_of(Path(name) / "en", [ENGLISH])
        both = snapshot_of(Path(name) / "nl", [ENGLISH, SYNONYMS])
    tested = unknown(english, held_out=True)
    for title, snapshot in (("English names", english), ("and Dutch synonyms", both)):
        dictionary = names_of(snapshot)
        made = {
            "TF-IDF": tfidf(dictionary),
            "encoder": nearest(encoder, kept)(dictionary),
            "ours": ours(snapshot, encoder, kept),
        }
        for way, linker in made.items():
            found = linked(linker, list(tested.values())).found
            first, five = (
                sum(id_ in some[:top] for id_, some in zip(tested, found, strict=True)) / len(tested)
                for top in (1, BEST)
            )
            print(f"| {title} | {way} | {len(tested):,} | {first:.3f} | {five:.3f} |", flush=True)


def terms(shown: bool) -> None:
    """Prints the shares of the terms in TERMS whose first search hit is right or wrong, and of terms without a hit."""
    with TERMS.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    with tempfile.TemporaryDirectory() as name:
        snapshot = snapshot_of(Path(name), TERM_FILES)
    print("\n| terms | right | wrong | nothing found |\n|---|---:|---:|---:|")
    for register in ("lay", "clinical"):
        own = [row for row in rows if row["register"] == register]
        found = Counter(_verdict(snapshot, row, shown) for row in own)
        shares = (f"{found[verdict] / len(own):.3f}" for verdict in ("right", "wrong", "nothing"))
        print(f"| {len(own)} {register} |", " | ".join(shares), "|", flush=True)


def _verdict(snapshot: Snapshot, row: dict[str, str], shown: bool) -> str:
    expected, hits = set(row["expected"].split("|")) - {"-"}, ranked(snapshot, row["term"]).concepts
    if not len(hits):
        return "nothing" if expected else "right"
    first = int(hits[0])
    if {snapshot.ids[int(one)] for one in snapshot.hierarchy.meant(first)} & expected:
        return "right"
    if shown:
        print("wrong:", row["term"], snapshot.ids[first], snapshot.concepts["label"][first].as_py())
    return "wrong"


def wanted() -> tuple[list[str], list[Wanted]]:
    """The courses of the gold set, and their concepts."""
    with GOLD.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    about = [
        Wanted(row["course"], frozenset([row["concept"], *filter(None, (row["also"] or "").split("|"))]))
        for row in rows
        if row["concept"] != "-"
    ]
    return list(dict.fromkeys(row["course"] for row in rows)), about


def courses(shown: bool) -> None:
    """Compares the concepts that Tricuspid found in courses with the gold set.

    All concepts of a group count as one concept.
    """
    read, about = wanted()
    with tempfile.TemporaryDirectory() as name:
        snapshot = snapshot_of(Path(name), TERMINOLOGIES, [COURSES])
    records = snapshot.records["Course"]
    listed = records.abouts.filter(pa.array(roles.listed(records.abouts, roles.LISTED)))
    found: dict[tuple[str, int], str] = {}
    for row in listed.select(["source", "target", "text"]).to_pylist():
        meaning = int(snapshot.meanings.preferred[row["target"]])
        found.setdefault((records.ids[row["source"]], meaning), row["text"])
    present = {key for key in found if key[0] in {*read}}
    meanings = [_meanings(snapshot, w) for w in about]
    right = {
        key for w, some in zip(about, meanings, strict=True) for key in present if key[0] == w.course and key[1] in some
    }
    met = [w for w, some in zip(about, meanings, strict=True) if any((w.course, one) in present for one in some)]
    if shown:
        for pair in sorted(present - right):
            print("not wanted", pair[0], snapshot.ids[pair[1]], found[pair])
        for miss in about:
            if miss not in met:
                print("missed", miss.course, *sorted(miss.ids))
    print("\n| courses | concepts wanted | found | precision | recall |\n|---:|---:|---:|---:|---:|")
    precision, recall = len(right) / max(len(present), 1), len(met) / len(about)
    print(f"| {len(read)} | {len(about)} | {len(present)} | {precision:.3f} | {recall:.3f} |")
    _dutch_courses({course for course, _ in found})


def _meanings(snapshot: Snapshot, some: Wanted) -> set[int]:
    numbers = (snapshot.ids.find(id_) for id_ in some.ids)
    return {int(snapshot.meanings.preferred[number]) for number in numbers if number is not None}


def _dutch_courses(annotated: set[str]) -> None:
    """Prints how many Dutch courses have an annotation: of those with a concept in the gold set, and of all others."""
    with DUTCH_COURSES.open(encoding="utf-8") as lines:
        judged = {row["course"]: row["concepts"] == "yes" for row in csv.DictReader(lines, delimiter="\t")}
    counts = Counter(has for course, has in judged.items() if course in annotated)
    total = Counter(judged.values())
    print(f"\n{len(judged)} Dutch courses: {counts[True]} of {total[True]} with a concept have an annotation,", end=" ")
    print(
        f"and {counts[False]} of {total[False]} others:", *sorted(c for c in judged if c in annotated and not judged[c])
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--part", choices=["terms", "labels", "courses"], help="run only this part")
    parser.add_argument("--shown", action="store_true", help="print wrong and missed concepts")
    parser.add_argument("--model", default="", help="the folder of an adapted encoder")
    parser.add_argument("--vectors", type=Path, help="a folder to store the vectors of names for the next run")
    args = parser.parse_args()
    print(machine())
    if args.part in (None, "terms"):
        terms(args.shown)
    if args.part in (None, "courses"):
        courses(args.shown)
    if args.part in (None, "labels"):
        with tempfile.TemporaryDirectory() as name:
            hidden(open_encoder(args.model), args.vectors or Path(name) / "vectors")


if __name__ == "__main__":
    main()
