"""bench: reads two corpora of abstracts in which people annotated disease names with concepts.

The corpora are the NCBI disease corpus (doi:10.1016/j.jbi.2013.12.006) and BC5CDR (doi:10.1093/database/baw068), in
PubTator's format (https://www.ncbi.nlm.nih.gov/CBBresearch/Lu/Demo/tmTools/Format.html). As usual in the literature
(doi:10.18653/v1/2020.acl-main.335), a mention without a concept (-1) is left out. For a composite mention, any of its
concepts is correct. `python -m bench.corpora FILE` writes the mentions of both training parts as a table of names for
`tricuspid load FILE` and `tricuspid adapt --examples FILE`.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from graph.lexical import normalise
from linking.grounding import expand
from ontologies.curies import curie
from ontologies.files import lines
from ontologies.formats import medic
from ontologies.model import Concept, Mapping, Synonym

RESEARCH = Path(__file__).resolve().parents[1] / "../shared/data/research"
MEDIC = RESEARCH / "medic-2012-07-06.txt"
CORPORA = {
    "ncbi": ("ncbi-disease-corpus/NCBItrainset_corpus.txt", "ncbi-disease-corpus/NCBIdevelopset_corpus.txt"),
    "bc5cdr": ("bc5cdr/CDR_TrainingSet.PubTator.txt.gz", "bc5cdr/CDR_DevelopmentSet.PubTator.txt.gz"),
}
# The types of diseases: `Disease` in BC5CDR, the others in the NCBI corpus.
_TYPES = frozenset(("Disease", "SpecificDisease", "DiseaseClass", "CompositeMention", "Modifier"))
_BREAKS = re.compile(r"[|\s]+")
_TEXT = re.compile(r"(\d+)\|[ta]\|(.*)")


class Mention(NamedTuple):
    """A disease that is named in a document. `start` and `end` are positions in characters; `end` is exclusive.

    `gold` has, for each annotated concept, all CURIEs of this concept.
    """

    document: str
    text: str
    start: int
    end: int
    gold: tuple[frozenset[str], ...]

    def right(self, concept: str) -> bool:
        return any(concept in meant for meant in self.gold)


class Corpus(NamedTuple):
    """A part of a corpus: the text of each document (title, a space, abstract) and its mentions."""

    texts: dict[str, str]
    mentions: list[Mention]


class Dictionary(NamedTuple):
    """Names of concepts.

    `names` has the names of each concept, in the order of the file. `same` has, for each CURIE, all CURIEs of the same
    concept. `mentions` has the number of mentions for each concept and text, most frequent first.
    """

    names: dict[str, list[str]]
    same: dict[str, frozenset[str]]
    mentions: dict[tuple[str, str], int] = {}  # noqa: RUF012

    def with_mentions(self) -> dict[str, list[str]]:
        """Returns the names of each concept, followed by its mentions. Concepts with the most mentions are first."""
        names = {concept: list(some) for concept, some in self.names.items()}
        for concept, text in self.mentions:
            names[concept].append(text)
        first = dict.fromkeys(concept for concept, _ in self.mentions)
        return {concept: names[concept] for concept in (*first, *names)}

    def pairs(self) -> list[tuple[str, str]]:
        """Pairs of the normal form of a name or mention, and its concept. Each pair occurs once."""
        every = ((normalise(name), concept) for concept, names in self.with_mentions().items() for name in names)
        return list(dict.fromkeys(pair for pair in every if pair[0]))


def read_medic(path: Path = MEDIC) -> Dictionary:
    names: dict[str, list[str]] = {}
    same: dict[str, set[str]] = {}
    for item in medic.FORMAT.read(path):
        if isinstance(item, Concept):
            names[item.id] = [item.label]
        elif isinstance(item, Synonym):
            names[item.concept].append(item.text)
        elif isinstance(item, Mapping):
            same.setdefault(item.subject, {item.subject}).add(item.object)
            same.setdefault(item.object, {item.object}).add(item.subject)
    return Dictionary(names, {concept: frozenset(some) for concept, some in same.items()})


def read_corpus(path: Path, dictionary: Dictionary) -> Corpus:
    """Reads a part of a corpus. Raises ValueError if a mention differs from the text of its document."""
    texts: dict[str, str] = {}
    mentions: list[Mention] = []
    for raw in lines(path):
        line = raw.decode().rstrip("\r\n")
        if match := _TEXT.fullmatch(line):
            document, text = match.groups()
            texts[document] = f"{texts[document]} {text}" if document in texts else text
        elif mention := _mention(line.split("\t"), dictionary):
            if normalise(texts[mention.document][mention.start : mention.end]) != normalise(mention.text):
                raise ValueError(f"{path.name}: document {mention.document} has no {mention.text} at {mention.start}")
            mentions.append(mention)
    return Corpus(texts, mentions)


def _mention(cells: list[str], dictionary: Dictionary) -> Mention | None:
    """Returns the mention in a line of a corpus, given as its cells. None if it is not a disease or has no concept."""
    if len(cells) < 6 or cells[4] not in _TYPES:
        return None
    document, start, end, text, _, annotated = cells[:6]
    ids = (one.strip() for one in re.split(r"[|+,]", annotated))
    concepts = [curie(one if ":" in one else f"mesh:{one}") for one in ids if one and one != "-1"]
    if not concepts:
        return None
    gold = tuple(dictionary.same.get(concept, frozenset((concept,))) for concept in concepts)
    return Mention(document, text, int(start), int(end), gold)


def spelled_out(corpus: Corpus) -> list[str]:
    """Returns the text of each mention. Abbreviations that the document defines are replaced by their long forms."""
    long = {document: expand(text) for document, text in corpus.texts.items()}
    return [_replaced(mention.text, long[mention.document]) for mention in corpus.mentions]


def _replaced(text: str, long: dict[str, str]) -> str:
    if not long:
        return text
    for short, full in long.items():
        text = text.replace(f"{full} ({short})", full)
    short = "|".join(map(re.escape, sorted(long, key=len, reverse=True)))
    return re.sub(rf"(?<!\w)(?:{short})(?!\w)", lambda match: long[match[0]], text)


def with_training(dictionary: Dictionary, training: Corpus) -> Dictionary:
    """Returns the dictionary with the counts of the mentions in the training part.

    If a concept is not in the dictionary, its most frequent mention becomes its name.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for mention, text in zip(training.mentions, spelled_out(training), strict=True):
        for meant in mention.gold:
            own = sorted(concept for concept in meant if concept in dictionary.names) or sorted(meant)
            counts[own[0], text] += 1
    names = dict(dictionary.names)
    for (concept, text), _ in counts.most_common():
        names.setdefault(concept, [text])
    return Dictionary(names, dictionary.same, dict(counts.most_common()))


def write_dictionary(dictionary: Dictionary, folder: Path) -> list[Path]:
    """Writes files for `tricuspid load`: a terminology, and the mentions as a site's own names.

    Vertical bars and line breaks in names are replaced with spaces, because they separate the names and the lines of
    the terminology file.
    """
    medic, mentions = folder / "medic.txt", folder / "names.tsv"
    rows = ((text, concept, count) for (concept, text), count in dictionary.mentions.items())
    mentions.write_text(as_names(rows), encoding="utf-8")
    with medic.open("w", encoding="utf-8") as file:
        for concept, names in dictionary.names.items():
            others = sorted(dictionary.same.get(concept, frozenset()) - {concept})
            ids = "|".join(one.partition(":")[2] for one in (concept, *others))
            plain = "|".join(_BREAKS.sub(" ", name) for name in dict.fromkeys(names))
            file.write(f"{ids}||{plain}\n")
    return [medic, mentions] if dictionary.mentions else [medic]


def as_names(rows: Iterable[tuple[str, str, int]]) -> str:
    """Returns a table of names from texts, concepts and counts."""
    lines = [f"{' '.join(text.split())}\t{concept}\t{count}" for text, concept, count in rows]
    return "\n".join(["text\tconcept\tcount", *lines, ""])


def refined(texts: Sequence[str], known: Collection[str]) -> list[int]:
    """Returns the positions of the texts whose normal form is not in `known`.

    If texts are equal, only the position of the first text is returned.
    """
    first: dict[str, int] = {}
    for place, text in enumerate(texts):
        first.setdefault(normalise(text), place)
    return [place for norm, place in first.items() if norm not in known]


def parts(name: str, dictionary: Dictionary) -> Iterator[Corpus]:
    """The training part, then the development part of a corpus."""
    return (read_corpus(RESEARCH / part, dictionary) for part in CORPORA[name])


def examples() -> Iterator[tuple[str, str]]:
    """Yields each mention of the training parts that means exactly one concept, with the CURIE of this concept.

    Abbreviations are replaced with their long forms.
    """
    medic = read_medic()
    for name in CORPORA:
        training = next(parts(name, medic))
        for mention, text in zip(training.mentions, spelled_out(training), strict=True):
            if len(mention.gold) == 1 and (here := sorted(mention.gold[0] & medic.names.keys())):
                yield text, here[0]


if __name__ == "__main__":
    counted = Counter(examples())
    Path(sys.argv[1]).write_text(as_names((*pair, count) for pair, count in counted.items()), encoding="utf-8")
