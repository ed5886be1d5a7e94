"""bench: checks that an adapted model did not see test data: `python -m bench.leak MODEL --corpus ncbi bc5cdr`.

The exit code is 1 if a training name is a mention of a gold set and is in no dictionary. The exit code is also 1 if a
synset has two names that belong together only by a held-out mapping. Names of a dictionary may be in the training data.
The dictionaries are MEDIC for the corpora, and the terminologies in `--dictionary`, from which the model learnt.
"""

from __future__ import annotations

import argparse
import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.corpora import CORPORA, Dictionary, parts, read_medic, spelled_out
from graph.lexical import normalise
from ontologies.formats import recognise
from ontologies.model import Concept, SiteName, Synonym, Translation


def learnt(model: Path) -> dict[str, set[int]]:
    """Maps each training name to the ids of its synsets."""
    found: dict[str, set[int]] = {}
    with gzip.open(model / "training.tsv.gz", "rt", encoding="utf-8") as file:
        for line in file:
            synset, _, name = line.rstrip("\n").partition("\t")
            found.setdefault(name, set()).add(int(synset))
    return found


def names_in(path: Path) -> Iterator[str]:
    """The labels, synonyms, translations and site names of a terminology. For other files,
    each line up to a tab.
    """
    if (form := recognise(path)) is None:
        yield from (line.partition("\t")[0] for line in path.read_text(encoding="utf-8").splitlines())
        return
    for item in form.read(path):
        if isinstance(item, Concept) and item.label:
            yield item.label
        elif isinstance(item, Synonym | Translation | SiteName):
            yield item.text


def mentions_of(corpora: Sequence[str], files: Sequence[Path]) -> Iterator[tuple[str, set[str]]]:
    """Yields the name of each part of a corpus and of each file, with its mentions in normal form.

    For a corpus, mentions are included both as written and with abbreviations spelled out.
    """
    medic = read_medic() if corpora else Dictionary({}, {})
    for name in corpora:
        for part, corpus in zip(CORPORA[name], parts(name, medic), strict=True):
            texts = [*(mention.text for mention in corpus.mentions), *spelled_out(corpus)]
            yield Path(part).name, set(map(normalise, texts))
    for path in files:
        yield path.name, set(map(normalise, path.read_text(encoding="utf-8").splitlines()))


def allowed_names(corpora: Sequence[str], dictionaries: Sequence[Path]) -> set[str]:
    own = [name for names in read_medic().names.values() for name in names] if corpora else []
    return set(map(normalise, own)).union(*(map(normalise, names_in(path)) for path in dictionaries))


def leaks(model: Path, corpora: Sequence[str], files: Sequence[Path], dictionaries: Sequence[Path]) -> int:
    """Counts the training names that are mentions but are in no dictionary.

    Prints a line for each part of a corpus and for each file.
    """
    known, allowed, count = learnt(model).keys(), allowed_names(corpora, dictionaries), 0
    for name, mentions in mentions_of(corpora, files):
        seen = mentions & known
        some = sorted(seen - allowed)
        print(f"{name}: {len(seen):,} of {len(mentions):,} mentions are training names, {len(some):,} in no dictionary")
        print(*(f"  {mention}" for mention in some[:20]), sep="\n", end="\n" if some else "")
        count += len(some)
    return count


def joined(model: Path, pairs: Sequence[Path]) -> int:
    """Counts the pairs whose names are in the same synset. Prints a line for each file."""
    known, count = learnt(model), 0
    for path in pairs:
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        same = [row for row in rows if known.get(normalise(row[0]), set()) & known.get(normalise(row[1]), set())]
        print(f"{path.name}: {len(same):,} of {len(rows):,} pairs are in the same synset")
        count += len(same)
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    text = "check its training and development parts"
    parser.add_argument("--corpus", nargs="*", default=[], choices=[*CORPORA], help=text)
    parser.add_argument("--mentions", type=Path, nargs="*", default=[], help="files with one mention per line")
    text = "terminologies, or files with one name per line"
    parser.add_argument("--dictionary", type=Path, nargs="*", default=[], help=text)
    text = "files with two names per line, separated by a tab"
    parser.add_argument("--pairs", type=Path, nargs="*", default=[], help=text)
    options = parser.parse_args(arguments)
    if not (options.corpus or options.mentions or options.pairs):
        parser.error("nothing to check: give --corpus, --mentions or --pairs")
    found = leaks(options.model, options.corpus, options.mentions, options.dictionary)
    found += joined(options.model, options.pairs)
    print(f"{found:,} leaks")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
