"""bench: fills stores with the real files, and compares their groups with Biomappings and with judged pairs."""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pyarrow.compute as pc

from graph.hierarchy import Level
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Address, open_store
from ingest.run import ingest, load
from ontologies.formats import recognise
from ontologies.model import Mapping

DATA = Path(__file__).resolve().parents[1] / "../shared/data"
GOLD = Path(__file__).resolve().parent / "gold"
TERMINOLOGIES = ("mondo-2026-08-synonyms.obo.gz", "hp-2024-08-13.json.gz", "doid-2018-07-05.json.gz")
MORE = (
    *("ordo-2018-07-12.json.gz", "ncit-disease-2018-06-08.json.gz", "symp.obo", "uberon.obo", "cl-basic.obo"),
    *("maxo-base.obo", "ncbitaxon-import.obo", "EDAM_1.26.owl", "ido.owl", "obi.obo"),
)
RECORDS = ("care/synthea-fhir-r4", "research/clinicaltrials-json", "education/surf-ooapi-demo/seeds")
SEED = 20261128


def filled(folder: Path, more: bool = False, records: Sequence[str] = RECORDS) -> Snapshot:
    """Returns the snapshot of a store with the real files. If the store is empty, loads the files first."""
    terms = DATA / "ontologies"
    with closing(open_store(str(folder))) as store:
        state = Address(str(folder)).state
        if not store.epoch():
            with tempfile.TemporaryDirectory() as beside:
                sets = Path(beside) / "sssom"
                sets.mkdir()
                for path in sorted((terms / "sssom").glob("*.tsv")):
                    (sets / path.name).symlink_to(path.resolve())
                names = [terms / name for name in (*TERMINOLOGIES, *(MORE if more else ()))]
                load(store, state, [*names, sets, terms / "omop-vocabulary"], _silent)
            ingest(store, state, [DATA / path for path in records], _silent)
        return fresh_snapshot(store, state)


def _silent(what: str, done: int) -> None:
    """Shows no progress."""


def judged(snapshot: Snapshot, path: Path) -> None:
    """Prints the precision and recall of the snapshot's groups at LIKELY, measured with the pairs of a gold file."""
    seen: dict[tuple[str, bool], int] = {}
    absent = 0
    for row in csv.DictReader(path.open(), delimiter="\t"):
        one, other = (snapshot.ids.find(row[end]) for end in ("one", "other"))
        if one is None or other is None:
            absent += 1
            continue
        key = row["verdict"], snapshot.meanings.preferred[one] == snapshot.meanings.preferred[other]
        seen[key] = seen.get(key, 0) + 1
    right, wrong, missed = (seen.get(key, 0) for key in (("same", True), ("different", True), ("same", False)))
    print(f"{path.name}: precision {right / (right + wrong):.3f}, recall {right / (right + missed):.3f}")
    print(f"  {seen}; {absent} pairs are not loaded")


def biomappings(snapshot: Snapshot) -> None:
    certain, preferred = snapshot.hierarchy.closures[Level.CERTAIN].group, snapshot.meanings.preferred
    for sign in ("positive", "negative"):
        pairs = set()
        for path in sorted((DATA / "ontologies/sssom/biomappings").glob(f"*{sign}*")):
            form = recognise(path)
            assert form is not None, path
            for item in form.read(path):
                if isinstance(item, Mapping) and item.predicate == "skos:exactMatch":
                    ends = snapshot.ids.find(item.subject), snapshot.ids.find(item.object)
                    if None not in ends:
                        pairs.add(ends)
        joined = [pair for pair in pairs if preferred[pair[0]] == preferred[pair[1]]]
        stated = sum(bool(certain[one] == certain[other]) for one, other in joined)
        share = len(joined) / len(pairs)
        print(f"Biomappings, {sign}: {len(pairs):,} pairs, {share:.3f} joined, {stated / len(pairs):.3f} by statements")


def sample(snapshot: Snapshot, path: Path) -> None:
    """Writes 300 computed pairs of concepts with labels for manual judgement. The column `verdict` is empty."""
    table = snapshot.same.table
    rows = [*zip(*(table[name].to_pylist() for name in table.column_names), strict=True)]
    named = pc.greater(pc.utf8_length(snapshot.concepts["label"].fill_null("")), 0).to_pylist()
    computed = [row for row in rows if row[3] == Level.LIKELY]
    readable = [row for row in computed if named[row[0]] and named[row[1]]]
    print(f"{len(computed):,} computed pairs join groups; in {len(readable):,} both ends have a label")
    drawn = random.Random(SEED).sample(readable, 300)
    with path.open("w", newline="") as file:
        out = csv.writer(file, delimiter="\t", lineterminator="\n")
        out.writerow(["one", "other", "verdict", "label", "other_label", "probability", "evidence"])
        for one, other, chance, _, evidence in sorted(drawn):
            labels = [snapshot.concepts["label"][end].as_py() for end in (one, other)]
            out.writerow([snapshot.ids[one], snapshot.ids[other], "", *labels, chance, evidence])
