"""bench: proves what an adapted model never saw: `python -m bench.leak MODEL --corpus ncbi bc5cdr`.

Exit code 1 where a mention of a gold set that no dictionary has was among the names learnt, or where two names that
only a held-out mapping joins were learnt as one sense. What a dictionary has may be known: MEDIC for the corpora, and
the terminologies that the model learnt from, which `--dictionary` names as `tricuspid load` reads them.
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
    """The senses that each name was learnt with."""
    found: dict[str, set[int]] = {}
    with gzip.open(model / "training.tsv.gz", "rt", encoding="utf-8") as file:
        for line in file:
            sense, _, name = line.rstrip("\n").partition("\t")
            found.setdefault(name, set()).add(int(sense))
    return found


def names_in(path: Path) -> Iterator[str]:
    """Of a terminology the labels, synonyms, translations and site names, else every line of the file, up to a tab."""
    if (form := recognise(path)) is None:
        yield from (line.partition("\t")[0] for line in path.read_text(encoding="utf-8").splitlines())
        return
    for item in form.read(path):
        if isinstance(item, Concept) and item.label:
            yield item.label
        elif isinstance(item, Synonym | Translation | SiteName):
            yield item.text


def mentions_of(corpora: Sequence[str], files: Sequence[Path]) -> Iterator[tuple[str, set[str]]]:
    """Of each part of each corpus, and of each file, its name and its mentions in normal form, also spelled out."""
    medic = read_medic() if corpora else Dictionary({}, {})
    for name in corpora:
        for part, corpus in zip(CORPORA[name], parts(name, medic), strict=True):
            said = [*(mention.text for mention in corpus.mentions), *spelled_out(corpus)]
            yield Path(part).name, set(map(normalise, said))
    for path in files:
        yield path.name, set(map(normalise, path.read_text(encoding="utf-8").splitlines()))


def allowed_names(corpora: Sequence[str], dictionaries: Sequence[Path]) -> set[str]:
    own = [name for names in read_medic().names.values() for name in names] if corpora else []
    return set(map(normalise, own)).union(*(map(normalise, names_in(path)) for path in dictionaries))


def leaks(model: Path, corpora: Sequence[str], files: Sequence[Path], dictionaries: Sequence[Path]) -> int:
    """How many mentions were learnt that no dictionary has; says so for each part."""
    known, allowed, count = learnt(model).keys(), allowed_names(corpora, dictionaries), 0
    for name, mentions in mentions_of(corpora, files):
        seen = mentions & known
        some = sorted(seen - allowed)
        print(
            f"{name}: {len(seen):,} of {len(mentions):,} mentions are names it learnt, {len(some):,} of no dictionary"
        )
        print(*(f"  {mention}" for mention in some[:20]), sep="\n", end="\n" if some else "")
        count += len(some)
    return count


def joined(model: Path, pairs: Sequence[Path]) -> int:
    """How many pairs were learnt as one sense; says so for each file."""
    known, count = learnt(model), 0
    for path in pairs:
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        same = [row for row in rows if known.get(normalise(row[0]), set()) & known.get(normalise(row[1]), set())]
        print(f"{path.name}: {len(same):,} of {len(rows):,} pairs were learnt as one sense")
        count += len(same)
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("model", type=Path)
    given.add_argument("--corpus", nargs="*", default=[], choices=[*CORPORA], help="its training and development parts")
    given.add_argument("--mentions", type=Path, nargs="*", default=[], help="files with a mention a line")
    given.add_argument(
        "--dictionary", type=Path, nargs="*", default=[], help="terminologies, or files of a name a line"
    )
    given.add_argument("--pairs", type=Path, nargs="*", default=[], help="files with two names a line, a tab between")
    asked = given.parse_args(arguments)
    if not (asked.corpus or asked.mentions or asked.pairs):
        given.error("nothing to look for: name a --corpus, or files of --mentions or --pairs")
    found = leaks(asked.model, asked.corpus, asked.mentions, asked.dictionary) + joined(asked.model, asked.pairs)
    print(f"{found:,} leaks")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
