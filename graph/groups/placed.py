"""graph: places a code without a parent or mapping below a concept, if the code's label contains the concept's name.

`Chronic congestive heart failure` ends with the name of another concept. `Fracture of ankle` begins with such a name.
The named concept is probably broader. The probability depends on the shape of the label. It is
learned from the loaded hierarchies: of the concepts with a label of this shape, the share that is below the named
concept. Labels about suspicion, history, family, risk, screening or absence are left out, because a patient with such a
code may not have the disease. Tests and procedures are left out for the same reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Csr
from graph.groups.sources import BROADER, DOUBTFUL, NARROWER, SAME, Concepts, Flags, Ints, Sources, accepted, hierarchy
from graph.groups.wording import untagged
from graph.hierarchy import ILLNESSES, masks
from graph.lexical import cues, normalise

_PRIOR, _WORTH = 20.0, (0.93, 0.85, 0.6, 0.6)
"""`_WORTH` has the prior probability of each shape in SHAPES. A prior probability has the weight of `_PRIOR` pairs."""
SHAPES = ("qualified name", "one word and a name", "words and a name", "name and a preposition")

_QUALIFIERS = frozenset(
    "acute chronic subacute recurrent persistent intermittent transient congenital acquired primary secondary "
    "severe moderate mild advanced early late active inactive stable unstable progressive bilateral unilateral left "
    "right viral bacterial fungal infectious allergic localized generalized diffuse focal major minor simple "
    "complex complicated uncomplicated benign malignant metastatic sporadic familial hereditary juvenile infantile "
    "neonatal childhood adult adolescent senile old new symptomatic asymptomatic essential idiopathic nonspecific "
    "unspecified other single multiple total partial".split()
)
_AFTER = frozenset(
    "of in due with without caused associated following during affecting involving secondary type".split()
)
NEVER = cues.single_words() | frozenset(
    "suspected suspicion suspect possible probable presumed history family familial risk screening screen absent "
    "absence no not without negative free exposure exposed contact carrier fear rule ruled excluded exclusion "
    "prophylaxis prevention vaccination resolved remission previous prior past query maternal paternal fh fhx hx pmh "
    "familiar relative relatives risks suspicious presumptive differential "
    "verdacht verdachte verdenkingen vermoeden vermoede voorgeschiedenis familie familiair familiaire "
    "familieanamnese familiegeschiedenis anamnese risico risicos risicofactor risicofactoren afwezig afwezige "
    "afwezigheid ontbreken ontbrekende geen uitgesloten uitsluiten uitsluiting blootstelling doorgemaakt "
    "doorgemaakte eerdere eerder vroegere preventie profylaxe vaccinatie drager dragerschap "
    "negatief negatieve angst kans".split()
)
"""If a label has one of these words, the patient may not have the illness in the label."""
_SHORT = frozenset((letters[0], letters[1]) for letters in ("ho", "fh", "ro"))
"""`H/O`, `F/H` and `R/O`, each as two words."""
_EMPTY = frozenset("disease disorder syndrome finding condition abnormality symptom sign problem illness".split())

Named = dict[str, int]


class Placed(NamedTuple):
    """A code, the broader concept, the probability, and the shape of the code's label (index in SHAPES)."""

    narrower: int
    broader: int
    chance: float
    shape: int


def placed(
    sources: Sources, concepts: Concepts, groups: Ints, least: float, denied: Sequence[tuple[int, int]] = ()
) -> list[Placed]:
    """Places codes of events and records that are in no hierarchy below a concept that the code's label names.

    The first concept with a probability of at least `least` is used. If there is no such concept, the first concept
    with a probability of at least 0.5 is used. A concept is left out if a mapping between the code and the group of the
    concept was rejected.
    """
    apart = {(groups[a], groups[b]) for pair in denied for a, b in (pair, pair[::-1])}
    illness = (masks(concepts.kind) & ~ILLNESSES) == 0
    named = _named(sources, concepts, illness & (concepts.kind > 0))
    worth = _worth(sources, concepts, named, illness)
    above, found = _Above(sources, groups), list[Placed]()
    for code in np.flatnonzero(_without_place(sources, concepts, groups) & illness & (concepts.kind > 0)).tolist():
        read = (
            Placed(code, broader, worth[shape], shape)
            for broader, shape in _read(_words(concepts.labels[code].as_py()), named)
        )
        fit = [one for one in read if one.chance >= DOUBTFUL and (groups[code], groups[one.broader]) not in apart]
        fit = [one for one in fit if not above.reaches(one.broader, code)]
        best = next((one for one in fit if one.chance >= least), fit[0] if fit else None)
        if best is not None:
            found.append(best)
            if best.chance >= least:
                above.add(code, best.broader)
    return found


class _Above:
    """Finds the broader groups of a group. Uses the hierarchy, stated mappings and codes that are already placed."""

    def __init__(self, sources: Sources, groups: Ints) -> None:
        low, high = hierarchy(sources)
        self._groups, self._stated = groups, Csr.of_pairs(len(groups), groups[low], groups[high])
        self._placed: dict[int, int] = {}

    def add(self, narrower: int, broader: int) -> None:
        self._placed[int(self._groups[narrower])] = int(self._groups[broader])

    def reaches(self, low: int, high: int) -> bool:
        """True if `low` has the same meaning as `high`, or is below `high`."""
        end, seen, edge = int(self._groups[high]), set[int](), [int(self._groups[low])]
        while edge:
            group = edge.pop()
            if group == end:
                return True
            if group not in seen:
                seen.add(group)
                edge += self._stated[group].tolist()
                edge += [self._placed[group]] if group in self._placed else []
        return False


def _without_place(sources: Sources, concepts: Concepts, groups: Ints) -> Flags:
    """True for codes of events and records with a known label, alone in their group, without a parent or mapping.

    Cross-references and close matches are ignored, because reach does not follow them.
    """
    placed = np.zeros(concepts.size, bool)
    placed[sources.narrower] = True
    rows = accepted(sources.mappings, [*SAME, BROADER, NARROWER])
    for end in ("source", "target"):
        placed[rows[end].to_numpy()] = True
    alone = np.bincount(groups, minlength=concepts.size)[groups] == 1
    used = np.zeros(concepts.size, bool)
    for uses in (sources.used, sources.coded):
        used[uses["concept"].to_numpy()] = True
    return np.asarray(used & concepts.known & alone & ~placed & ~concepts.deprecated)


def _named(sources: Sources, concepts: Concepts, keep: Flags) -> Named:
    """Returns the concept of each name of a disease, finding or phenotype. Names that are too general are left out.

    If a name is a label of one concept and a synonym of another concept, the label has priority.
    """
    names = sources.names
    rows = names.filter(pc.is_in(names["kind"], pa.array(["label", "exact"])))
    concept = rows["concept"].to_numpy()
    fit = keep[concept] & concepts.known[concept] & ~concepts.deprecated[concept]
    rows, ranked = rows.filter(pa.array(fit)), _ranked(sources, concepts)
    labels = pc.not_equal(rows["kind"], "label").to_pylist()
    found: dict[str, tuple[bool, bool, int]] = {}
    for norm, number, synonym in zip(rows["norm"].to_pylist(), rows["concept"].to_pylist(), labels, strict=True):
        if len(norm) > 3 and not _EMPTY.issuperset(norm.split()):
            best = synonym, not ranked[number], number
            found[norm] = min(found.get(norm, best), best)
    return {norm: best[2] for norm, best in found.items()}


def _ranked(sources: Sources, concepts: Concepts) -> Flags:
    """True for concepts that are in a hierarchy."""
    found = np.zeros(concepts.size, bool)
    found[sources.narrower] = found[sources.broader] = True
    return found


def _words(label: str | None) -> list[str]:
    return normalise(untagged(label or "")).split()


def _read(words: list[str], named: Named) -> Iterator[tuple[int, int]]:
    """Yields each concept whose name is in the label, and the shape of the label for this concept (index in SHAPES).

    `words` has the words of the label. Names at the end of the label come first.
    """
    if not NEVER.isdisjoint(words) or not _SHORT.isdisjoint(pairwise(words)):
        return
    for start in range(1, len(words)):
        if (concept := named.get(" ".join(words[start:]))) is not None:
            before = words[:start]
            if before[-1] in _AFTER:
                continue  # `neuropathy due to diabetes` is not a kind of diabetes
            yield concept, 0 if _QUALIFIERS.issuperset(before) else 1 if start == 1 else 2
    for end in range(len(words) - 1, 0, -1):
        if words[end] in _AFTER and (concept := named.get(" ".join(words[:end]))) is not None:
            yield concept, 3


def _worth(sources: Sources, concepts: Concepts, named: Named, illness: Flags) -> npt.NDArray[np.float64]:
    """Returns, for each shape, the share of labels whose named concept is broader than the concept with the label."""
    above = _above(sources, concepts.size)
    right, seen = np.zeros(len(SHAPES)), np.zeros(len(SHAPES))
    has = np.zeros(concepts.size, bool)
    has[sources.narrower] = True
    for concept in np.flatnonzero(has & illness & ~concepts.deprecated).tolist():
        for broader, shape in _read(_words(concepts.labels[concept].as_py()), named):
            if broader != concept and concepts.ontology[broader] == concepts.ontology[concept]:
                seen[shape] += 1
                right[shape] += broader in above(concept)
                break
    return np.asarray((right + _PRIOR * np.array(_WORTH)) / (seen + _PRIOR))


def _above(sources: Sources, size: int) -> Callable[[int], set[int]]:
    """Returns a function that returns the ancestors of a concept in the hierarchy."""
    parents: dict[int, list[int]] = {}
    for low, high in zip(sources.narrower.tolist(), sources.broader.tolist(), strict=True):
        parents.setdefault(low, []).append(high)

    def above(concept: int) -> set[int]:
        found, edge = set[int](), parents.get(concept, [])
        while edge:
            found.update(edge)
            edge = [high for low in edge for high in parents.get(low, ()) if high not in found]
        return found

    return above
