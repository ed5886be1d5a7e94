"""bench: finds the MONDO concept for a concept of DOID, NCIT, OMIM or Orphanet by its names, if the labels differ.

Run `python -m bench.mappings [--sources DOID NCIT] [--sample 300] [--model FOLDER]` from the root of the checkout.
First, MONDO is loaded with its labels only. Then MONDO is loaded with its labels and with the names of accepted
equivalents in the other terminologies, without the tested terminology. Concepts whose CURIE has an even CRC-32 are used
to fit the weights. The results are for all other concepts. @1 is the share of concepts whose first answer is the mapped
concept.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.machine import machine
from graph.lexical import normalise
from graph.snapshot import read_snapshot
from graph.store import Address, open_store
from ingest.run import load
from linking.encoding import Encoder, Meaning, VectorCache, open_encoder
from linking.grounding import Candidates, Grounder
from linking.neighbours import Logistic, for_fitting
from ontologies.formats import recognise
from ontologies.model import Concept, Mapping, Synonym

ONTOLOGIES = Path(__file__).resolve().parents[1] / "../shared/data/ontologies"
FILES = {
    "DOID": "doid-2018-07-05.json.gz",
    "NCIT": "ncit-disease-2018-06-08.json.gz",
    "ORPHA": "ordo-2018-07-12.json.gz",
}
SETS = {"DOID": "doid", "NCIT": "ncit", "OMIM": "omim", "ORPHA": "orphanet"}
MONDO = "mondo-2026-08.obo"
_MOST = 6
"""The maximum number of names that are used for a source concept: its label and the first synonyms."""
_FEATURE_ROWS = 4000


class Task(NamedTuple):
    """A concept of a source: its names in normal form (label first), and the MONDO concept to which it is mapped."""

    id: str
    names: list[str]
    target: str


Names = dict[str, list[str]]


def names_in(path: Path) -> Names:
    """The label of each live concept, then its exact synonyms."""
    found: Names = {}
    form = recognise(path)
    if form is None:
        raise ValueError(f"{path} is not a terminology")
    for item in form.read(path):
        if isinstance(item, Concept) and item.label and not item.deprecated:
            found.setdefault(item.id, []).insert(0, item.label)
        elif isinstance(item, Synonym) and item.kind == "exact":
            found.setdefault(item.concept, []).append(item.text)
    return found


def mapped(source: str) -> Iterator[Mapping]:
    path = ONTOLOGIES / f"sssom/mondo_exactmatch_{SETS[source]}.sssom.tsv"
    form = recognise(path)
    if form is None:
        raise ValueError(f"{path} is not a mapping set")
    yield from (item for item in form.read(path) if isinstance(item, Mapping))


def source_names(source: str) -> Names:
    """Returns the names of a source from its release of 2018. The names of OMIM are from the mapping set."""
    if source in FILES:
        return names_in(ONTOLOGIES / FILES[source])
    return {one.object: [one.object_label] for one in mapped(source) if one.object_label}


def tasks(source: str, mondo: Names, names: Names) -> list[Task]:
    """Returns the mapped concepts whose label differs from that of the MONDO concept, sorted by CURIE."""
    found = {}
    for one in mapped(source):
        own, theirs = mondo.get(one.subject), names.get(one.object)
        if own and theirs and normalise(own[0]) != normalise(theirs[0]):
            norms = [norm for norm in dict.fromkeys(map(normalise, theirs)) if norm]
            found[one.object] = Task(one.object, norms[:_MOST], one.subject)
    return [found[id_] for id_ in sorted(found)]


def enriched(source: str, mondo: Names, every: dict[str, Names]) -> Names:
    """Returns, for each MONDO concept, its label and the names of its equivalents in all terminologies but `source`."""
    found = {id_: [names[0]] for id_, names in mondo.items()}
    for other in SETS:
        for one in mapped(other) if other != source else ():
            found.get(one.subject, []).extend(every[other].get(one.object, ()))
    return found


def write_obo(names: Names, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("format-version: 1.4\nontology: mondo\n")
        for id_, some in names.items():
            file.write(f"\n[Term]\nid: {id_}\nname: {_plain(some[0])}\n")
            for text in dict.fromkeys(map(_plain, some[1:])):
                file.write(f'synonym: "{text}" EXACT []\n')


def _plain(text: str) -> str:
    return " ".join(text.replace("\\", " ").replace('"', "'").replace("{", "(").replace("}", ")").split())


def tfidf(target: Names, some: Sequence[Task]) -> float:
    """Returns the share of tasks whose mapped concept has the label with the highest cosine similarity of character 2-
    to 4-grams.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    ids = list(target)
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), dtype=np.float32)
    labels = grams.fit_transform([normalise(target[id_][0]) for id_ in ids]).T.tocsr()
    hits = 0
    for start in range(0, len(some), 256):
        block = some[start : start + 256]
        best = (grams.transform([task.names[0] for task in block]) @ labels).toarray().argmax(axis=1)
        hits += sum(ids[place] == task.target for place, task in zip(best, block, strict=True))
    return hits / max(len(some), 1)


class Ours:
    """Finds candidates for the names of a concept with Tricuspid, among concepts with the names in `target`."""

    def __init__(self, target: Names, encoder: Encoder, kept: Path) -> None:
        with tempfile.TemporaryDirectory() as name:
            file, address = Path(name) / "mondo.obo", str(Path(name) / "store")
            write_obo(target, file)
            with closing(open_store(address)) as store:
                load(store, Address(address).state, [file], lambda _name, _read: None)
            self.snapshot = read_snapshot(address)
            self.meaning = Meaning(self.snapshot, VectorCache(kept, encoder))
        self._grounder = Grounder(self.snapshot, self.meaning)

    def nearest(self, some: Sequence[Task]) -> float:
        """Returns the share of tasks whose mapped concept has the name that is nearest to the label, by the encoder
        alone.
        """
        names, forms = self.snapshot.names, self.snapshot.names.forms
        vectors = self.meaning.encode([task.names[0] for task in some])
        first = self.meaning.nearest(vectors, 1)[0][:, 0]
        best = [self.snapshot.ids[int(names.of_concepts(forms.names[int(form)].astype(np.int32))[0])] for form in first]
        return float(np.mean([id_ == task.target for id_, task in zip(best, some, strict=True)]))

    def candidates(self, some: Sequence[Task]) -> list[tuple[list[str], npt.NDArray[np.float64]]]:
        """Returns the concepts found for the names of each task, and the features of each concept.

        These are the features for the label, and their maximum and mean over all names of the task.
        """
        asked = list(dict.fromkeys(name for task in some for name in task.names))
        found = dict(zip(asked, self._grounder.candidates(asked), strict=True))
        return [self._together(task, found) for task in some]

    def _together(self, task: Task, found: dict[str, Candidates]) -> tuple[list[str], npt.NDArray[np.float64]]:
        parts = [found[name] for name in task.names]
        concepts = np.unique(np.concatenate([part.concepts for part in parts]))
        seen = np.zeros((len(parts), len(concepts), parts[0].features.shape[1]))
        for place, part in enumerate(parts):
            seen[place, np.searchsorted(concepts, part.concepts)] = part.features
        features = np.concatenate([seen[0], seen.max(axis=0), seen.mean(axis=0)], axis=1)
        return [self.snapshot.ids[int(concept)] for concept in concepts], features


def weighed(found: Sequence[tuple[list[str], npt.NDArray[np.float64]]], some: Sequence[Task]) -> Logistic:
    right = np.concatenate([[id_ == task.target for id_ in ids] for (ids, _), task in zip(found, some, strict=True)])
    return Logistic.fitted(np.concatenate([features for _, features in found]), right.astype(bool))


def first_right(
    weighing: Logistic, found: Sequence[tuple[list[str], npt.NDArray[np.float64]]], some: Sequence[Task]
) -> float:
    best = [ids[int(np.argmax(weighing.chances(features)))] if ids else "" for ids, features in found]
    return float(np.mean([id_ == task.target for id_, task in zip(best, some, strict=True)]))


def compare(source: str, target: Names, every: Sequence[Task], encoder: Encoder, kept: Path, named: str) -> None:
    learnt = for_fitting([task.id for task in every])
    even = [task for task, inside in zip(every, learnt, strict=True) if inside][:_FEATURE_ROWS]
    odd = [task for task, inside in zip(every, learnt, strict=True) if not inside]
    ours = Ours(target, encoder, kept)
    weighing = weighed(ours.candidates(even), even)
    plain, alone = tfidf(target, odd), ours.nearest(odd)
    full = first_right(weighing, ours.candidates(odd), odd)
    print(f"| {source} | {named} | {len(odd):,} | {plain:.3f} | {alone:.3f} | {full:.3f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sources", nargs="+", choices=[*SETS], default=[*SETS])
    parser.add_argument("--sample", type=int, default=0, help="use only this number of concepts of each source")
    parser.add_argument("--model", default="", help="the folder of an adapted encoder")
    parser.add_argument("--vectors", type=Path, help="a folder to store the vectors of names for the next run")
    args = parser.parse_args()
    mondo = names_in(ONTOLOGIES / MONDO)
    mondo = {id_: names for id_, names in mondo.items() if id_.startswith("MONDO:")}
    every = {source: source_names(source) for source in SETS}
    print(machine(), "\n\n| source | MONDO has | concepts | TF-IDF | encoder | ours |\n|---|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        for source in args.sources:
            some = tasks(source, mondo, every[source])
            labels, more = {id_: names[:1] for id_, names in mondo.items()}, enriched(source, mondo, every)
            if args.sample:
                some = some[:: max(len(some) // args.sample, 1)][: args.sample]
                labels, more = (_near(part, some, 4 * args.sample) for part in (labels, more))
            for named, target in (("labels", labels), ("other terminologies' names", more)):
                compare(source, target, some, open_encoder(args.model), args.vectors or Path(name) / "vectors", named)


def _near(target: Names, some: Sequence[Task], size: int) -> Names:
    """Returns the concepts wanted by `some` and about `size` others, for a trial run of about a minute."""
    wanted = {task.target for task in some}
    others = [id_ for id_ in target if id_ not in wanted]
    kept = wanted | {*others[:: max(len(others) // size, 1)][:size]}
    return {id_: names for id_, names in target.items() if id_ in kept}


if __name__ == "__main__":
    main()
