"""linking: adapts an encoder to the loaded terminologies. The encoder learns which names have the same meaning.

The names of concepts with the same meaning form a synset. The result is a folder that sentence-transformers loads
without internet access. In this folder, `recipe.json` describes the data, the method and the scores. `training.tsv.gz`
lists every name that was used for training, so that a reader can check that a name was not used.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson

from graph.columns import Csr
from graph.errors import GraphError
from graph.lexical import normalise
from graph.snapshot import Snapshot
from linking.encoding import Encoder, VectorCache, Vectors, open_encoder
from linking.training.synsets import Synset, synsets
from linking.training.training import (
    Example,
    Plan,
    Progress,
    State,
    blend,
    losses_of_examples,
    losses_of_names,
    nearest_names,
    steps_of_examples,
    train,
    weights_of,
)

_NEAR, _SIBLINGS = 8, 2
_MOST_TESTED = 2000
_SHARES = (0.25, 0.5, 0.75, 1.0)
"""Shares of the adapted weights in a blend with the base weights. The share with the best score is used."""
_BLOCK = 2048


class TooLittle(GraphError):
    """The training cannot start: there are too few synonyms or examples, or the folder for the model is not empty."""


class Probe(NamedTuple):
    """A test of the encoder: for each hidden name, the nearest of `names` should belong to the same synset.

    `hidden` are names that are not used for training, and `right` has their synsets. `owner` has the synsets of
    `names`.
    """

    hidden: list[str]
    right: list[int]
    names: list[str]
    owner: list[int]


class Lessons(NamedTuple):
    """The training data (names of synsets, or examples), and the test after the training."""

    known: Sequence[Synset]
    examples: Sequence[Example]
    probe: Probe
    plan: Plan
    losses: Iterator[Any]


def adapt(
    snapshot: Snapshot,
    cache: VectorCache,
    folder: Path,
    plan: Plan,
    progress: Progress,
    ontologies: Collection[str] = (),
    without: Collection[tuple[str, str]] = (),
    examples: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """Trains the encoder, writes the model into `folder` and returns the recipe.

    `without` are pairs of CURIEs whose mapping is not used. `examples` are pairs of a text and the CURIE of the concept
    that the text means. If there are examples, the encoder is trained on the examples and on the names nearest to each
    example.
    """
    known = [synset for synset in synsets(snapshot, ontologies, without) if synset.names]
    _check_input(folder, known)
    encoder = cache.encoder
    lessons = (
        _of_examples(snapshot, encoder, known, examples, plan) if examples else _of_names(snapshot, cache, known, plan)
    )
    before, base = _score(encoder, lessons.probe), weights_of(encoder)
    try:
        steps = train(encoder, lessons.losses, lessons.plan, progress)
        scores = _blended_scores(encoder, base, lessons.probe)
        share = max(scores, key=lambda one: (scores[one], -one))
        blend(encoder, base, share)
        recipe = {
            "base": encoder.name,
            "releases": _releases(snapshot),
            "ontologies": sorted(ontologies),
            "steps": steps,
            "share": share,
            "mappings left out": len(without),
            "examples given": len(examples),
            "right before": before,
            "right after": scores[share],
        } | _summary(lessons)
        _write(encoder, folder, recipe, lessons)
    finally:
        # Training changed the loaded encoder in place. The cache must not return the changed encoder for the old name.
        open_encoder.cache_clear()
    return recipe


def _summary(lessons: Lessons) -> dict[str, Any]:
    return {
        "plan": lessons.plan._asdict(),
        "synsets": sum(len(synset.names) > 1 for synset in lessons.known),
        "names": sum(len(synset.names) for synset in lessons.known),
        "examples": len(lessons.examples),
        "held-in names": len(lessons.probe.hidden),
    }


def _of_names(snapshot: Snapshot, cache: VectorCache, synsets: Sequence[Synset], plan: Plan) -> Lessons:
    probe, known = _probed(synsets, plan.seed)
    near = _near(snapshot, known, cache.of([synset.names[0] for synset in known]))
    return Lessons(known, [], probe, plan, losses_of_names(cache.encoder, known, near, plan))


def _of_examples(
    snapshot: Snapshot, encoder: Encoder, known: Sequence[Synset], examples: Sequence[tuple[str, str]], plan: Plan
) -> Lessons:
    usable, names = _usable(snapshot, known, examples), _by_name(known)
    if len(usable) < 2:
        raise TooLittle(
            f"only {len(usable)} of {len(examples)} examples refer to a loaded concept: load more terminologies"
        )
    probe, usable = _split(encoder, usable, names, plan.seed)
    # There are few examples, so all layers are trained, at a lower learning rate.
    plan = plan._replace(rate=3e-5, frozen_layers=0, most_steps=min(plan.most_steps, steps_of_examples(usable)))
    return Lessons(known, usable, probe, plan, losses_of_examples(encoder, usable, names, plan))


def _check_input(folder: Path, known: Sequence[Synset]) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise TooLittle(f"{folder} is not empty: give a new folder for the model")
    if sum(len(synset.names) > 1 for synset in known) < 2:
        raise TooLittle("too few concepts have more than one name: load a terminology with synonyms first")


def _probed(all_synsets: Sequence[Synset], seed: int) -> tuple[Probe, list[Synset]]:
    """Returns a test, and the synsets for training.

    The test hides one name of some synsets with more than two names. In the training data, each of these synsets has
    only one name.
    """
    rng = random.Random(seed)
    able = [place for place, synset in enumerate(all_synsets) if len(synset.names) > 2]
    tested = set(rng.sample(able, min(_MOST_TESTED, len(able) // 10)))
    hidden, right, names, owner, known = [], [], [], [], []
    for place, synset in enumerate(all_synsets):
        if place in tested:
            hidden_name = rng.choice(synset.names[1:])
            hidden.append(hidden_name)
            right.append(place)
            left = [name for name in synset.names if name != hidden_name]
            names += left
            owner += [place] * len(left)
            synset = Synset(synset.concepts, left[:1])
        known.append(synset)
    return Probe(hidden, right, names, owner), known


def _usable(snapshot: Snapshot, known: Sequence[Synset], examples: Sequence[tuple[str, str]]) -> list[Example]:
    """Returns the examples of concepts in `known`. Each text is returned once, with all synsets that the text means."""
    synset_of = {concept: place for place, synset in enumerate(known) for concept in synset.concepts}
    meant: dict[str, set[int]] = {}
    for text, curie in examples:
        place = synset_of.get(number) if (number := snapshot.concept(curie)) is not None else None
        if place is not None and (norm := normalise(text)):
            meant.setdefault(norm, set()).add(place)
    return [Example(text, frozenset(right)) for text, right in meant.items()]


def _by_name(known: Sequence[Synset]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for place, synset in enumerate(known):
        for name in synset.names:
            found.setdefault(name, set()).add(place)
    return {name: frozenset(places) for name, places in found.items()}


def _split(
    encoder: Encoder, examples: Sequence[Example], names: Mapping[str, frozenset[int]], seed: int
) -> tuple[Probe, list[Example]]:
    """Returns a test with a tenth of the examples and their nearest names, and the other examples for training."""
    held = set(random.Random(seed).sample(range(len(examples)), max(1, len(examples) // 10)))
    out = [one for place, one in enumerate(examples) if place in held]
    tested = [one for one in out if len(one.right) == 1 and one.text not in names]
    texts = list(names)
    near = {texts[place] for places in nearest_names(encoder, tested, names) for place in places}
    beside = [(name, synset) for name in sorted(near) for synset in names[name]]
    probe = Probe(
        [one.text for one in tested],
        [next(iter(one.right)) for one in tested],
        [name for name, _ in beside],
        [synset for _, synset in beside],
    )
    return probe, [one for place, one in enumerate(examples) if place not in held]


def _score(encoder: Encoder, probe: Probe) -> float:
    """Returns the share of the hidden names in `probe` whose nearest name is in the correct synset."""
    if not probe.hidden:
        return 0.0
    hidden, names = encoder.encode(probe.hidden), encoder.encode(probe.names)
    owner, right = np.array(probe.owner), np.array(probe.right)
    best = [np.argmax(hidden[at : at + _BLOCK] @ names.T, axis=1) for at in range(0, len(hidden), _BLOCK)]
    return round(float(np.mean(owner[np.concatenate(best)] == right)), 4)


def _blended_scores(encoder: Encoder, base: State, probe: Probe) -> dict[float, float]:
    """Returns the score (see `_score`) for each share in _SHARES. Afterwards, the encoder has the adapted weights."""
    adapted, scores = weights_of(encoder), {}
    for share in _SHARES:
        blend(encoder, base, share)
        scores[share] = _score(encoder, probe)
        blend(encoder, adapted, 0.0)
    return scores


def _near(snapshot: Snapshot, known: Sequence[Synset], vectors: Vectors) -> Csr:
    """For each synset, returns its siblings in the hierarchy and its nearest synsets.

    Synsets are compared by the vectors of their first names.
    """
    pairs = [_siblings(snapshot, known)]
    for start in range(0, len(known), _BLOCK):
        scores = vectors[start : start + _BLOCK] @ vectors.T
        rows = np.arange(len(scores))
        scores[rows, start + rows] = -2
        count = min(_NEAR, scores.shape[1] - 1)
        best = np.argpartition(-scores, count, axis=1)[:, :count]
        pairs.append(np.stack([np.repeat(start + rows, count), best.ravel()]))
    one, other = np.concatenate(pairs, axis=1)
    return Csr.of_pairs(len(known), one, other)


def _siblings(snapshot: Snapshot, known: Sequence[Synset]) -> np.ndarray:
    """Returns pairs of synsets with a common parent.

    Among the children of a parent, each synset forms pairs with the next _SIBLINGS synsets.
    """
    synset_of = {concept: place for place, synset in enumerate(known) for concept in synset.concepts}
    pairs: list[tuple[int, int]] = []
    for parent in range(len(snapshot.ids)):
        below = sorted(
            {synset_of[child] for child in snapshot.hierarchy.children[parent].tolist() if child in synset_of}
        )
        for step in range(1, min(_SIBLINGS + 1, len(below))):
            pairs += zip(below, below[step:], strict=False)
            pairs += zip(below[step:], below, strict=False)
    return np.array(pairs, np.int64).reshape(-1, 2).T


def _releases(snapshot: Snapshot) -> dict[str, str]:
    table = snapshot.tables["Release"]
    return dict(zip(table["id"].to_pylist(), table["version"].to_pylist(), strict=True))


def _write(encoder: Encoder, folder: Path, recipe: dict[str, Any], lessons: Lessons) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    encoder.model.save(str(folder), create_model_card=False)
    (folder / "recipe.json").write_bytes(orjson.dumps(recipe, option=orjson.OPT_INDENT_2))
    # The library ignores the umask, and lets only the owner read this file.
    (folder / "model.safetensors").chmod((folder / "recipe.json").stat().st_mode & 0o777)
    with gzip.open(folder / "training.tsv.gz", "wt", encoding="utf-8") as file:
        file.writelines(f"{place}\t{name}\n" for place, synset in enumerate(lessons.known) for name in synset.names)
        file.writelines(f"{place}\t{one.text}\n" for one in lessons.examples for place in sorted(one.right))
