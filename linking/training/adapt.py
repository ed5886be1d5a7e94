"""linking: adapts an encoder to the loaded terminologies: from their names alone it learns which stand for one synset.

The result is a folder that sentence-transformers loads without internet, with `recipe.json` (what it was made from,
how, and how well it does) and `training.tsv.gz`, every name it learnt from, so that anyone can prove what it never saw.
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
    Plan,
    Progress,
    Said,
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
_HELD_IN = 2000
_SHARES = (0.25, 0.5, 0.75, 1.0)
"""How much of the adapted weights is blended with the base's; the best on the synsets held in is kept."""
_BLOCK = 2048


class TooLittle(GraphError):
    """The terminologies have too few synonyms to learn from, or the examples too few concepts of theirs."""


class Probe(NamedTuple):
    """Names of synsets of which it learns nothing, and the synsets that each should find among their other names."""

    hidden: list[str]
    right: list[int]
    names: list[str]
    owner: list[int]


class Lessons(NamedTuple):
    """What is learnt, from the names of synsets or from what was said for them, and what is asked afterwards."""

    known: Sequence[Synset]
    said: Sequence[Said]
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
    """Trains, writes the model into `folder`, and gives the recipe.

    `without` are mappings not to learn from; `examples` are texts with the CURIE of the concept that each meant: where
    there are any, it learns from these, beside the names, and not from the names alone.
    """
    known = [synset for synset in synsets(snapshot, ontologies, without) if synset.names]
    _refuse_hopeless(folder, known)
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
        } | _told(lessons)
        _write(encoder, folder, recipe, lessons)
    finally:
        # The encoder at hand is no longer the one of its name.
        open_encoder.cache_clear()
    return recipe


def _told(lessons: Lessons) -> dict[str, Any]:
    return {
        "plan": lessons.plan._asdict(),
        "synsets": sum(len(synset.names) > 1 for synset in lessons.known),
        "names": sum(len(synset.names) for synset in lessons.known),
        "examples": len(lessons.said),
        "held-in names": len(lessons.probe.hidden),
    }


def _of_names(snapshot: Snapshot, cache: VectorCache, synsets: Sequence[Synset], plan: Plan) -> Lessons:
    probe, known = _probed(synsets, plan.seed)
    near = _near(snapshot, known, cache.of([synset.names[0] for synset in known]))
    return Lessons(known, [], probe, plan, losses_of_names(cache.encoder, known, near, plan))


def _of_examples(
    snapshot: Snapshot, encoder: Encoder, known: Sequence[Synset], examples: Sequence[tuple[str, str]], plan: Plan
) -> Lessons:
    said, names = _said(snapshot, known, examples), _by_name(known)
    if len(said) < 2:
        raise TooLittle(f"of {len(examples)} examples {len(said)} mean a concept that is here: load its terminology")
    probe, said = _asked(encoder, said, names, plan.seed)
    # Few as they are, they may move every layer, each by less.
    plan = plan._replace(rate=3e-5, frozen_layers=0, most_steps=min(plan.most_steps, steps_of_examples(said)))
    return Lessons(known, said, probe, plan, losses_of_examples(encoder, said, names, plan))


def _refuse_hopeless(folder: Path, known: Sequence[Synset]) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise TooLittle(f"{folder} is not empty: name a new folder for the model")
    if sum(len(synset.names) > 1 for synset in known) < 2:
        raise TooLittle("too few concepts have more than one name: load a terminology with synonyms first")


def _probed(all_synsets: Sequence[Synset], seed: int) -> tuple[Probe, list[Synset]]:
    """What to ask, of some synsets that have more than two names, and what to learn from: of these one name alone."""
    rng = random.Random(seed)
    able = [place for place, synset in enumerate(all_synsets) if len(synset.names) > 2]
    asked = set(rng.sample(able, min(_HELD_IN, len(able) // 10)))
    hidden, right, names, owner, known = [], [], [], [], []
    for place, synset in enumerate(all_synsets):
        if place in asked:
            away = rng.choice(synset.names[1:])
            hidden.append(away)
            right.append(place)
            left = [name for name in synset.names if name != away]
            names += left
            owner += [place] * len(left)
            synset = Synset(synset.concepts, left[:1])
        known.append(synset)
    return Probe(hidden, right, names, owner), known


def _said(snapshot: Snapshot, known: Sequence[Synset], examples: Sequence[tuple[str, str]]) -> list[Said]:
    """The examples whose concept is one of these, each text once with all that was meant by it."""
    synset_of = {concept: place for place, synset in enumerate(known) for concept in synset.concepts}
    meant: dict[str, set[int]] = {}
    for text, curie in examples:
        place = synset_of.get(number) if (number := snapshot.concept(curie)) is not None else None
        if place is not None and (norm := normalise(text)):
            meant.setdefault(norm, set()).add(place)
    return [Said(text, frozenset(right)) for text, right in meant.items()]


def _by_name(known: Sequence[Synset]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for place, synset in enumerate(known):
        for name in synset.names:
            found.setdefault(name, set()).add(place)
    return {name: frozenset(places) for name, places in found.items()}


def _asked(
    encoder: Encoder, said: Sequence[Said], names: Mapping[str, frozenset[int]], seed: int
) -> tuple[Probe, list[Said]]:
    """A tenth of the examples to ask, beside the names that are nearest now, and the others to learn from."""
    held = set(random.Random(seed).sample(range(len(said)), max(1, len(said) // 10)))
    asked = [one for place, one in enumerate(said) if place in held and len(one.right) == 1 and one.text not in names]
    texts = list(names)
    near = {texts[place] for places in nearest_names(encoder, asked, names) for place in places}
    beside = [(name, synset) for name in sorted(near) for synset in names[name]]
    probe = Probe(
        [one.text for one in asked],
        [next(iter(one.right)) for one in asked],
        [name for name, _ in beside],
        [synset for _, synset in beside],
    )
    return probe, [one for place, one in enumerate(said) if place not in held]


def _score(encoder: Encoder, probe: Probe) -> float:
    """The share of hidden names whose nearest name is of their own synset."""
    if not probe.hidden:
        return 0.0
    asked, there = encoder.encode(probe.hidden), encoder.encode(probe.names)
    owner, right = np.array(probe.owner), np.array(probe.right)
    best = [np.argmax(asked[at : at + _BLOCK] @ there.T, axis=1) for at in range(0, len(asked), _BLOCK)]
    return round(float(np.mean(owner[np.concatenate(best)] == right)), 4)


def _blended_scores(encoder: Encoder, base: State, probe: Probe) -> dict[float, float]:
    """The score of each share of the adapted weights; leaves the encoder fully adapted."""
    adapted, scores = weights_of(encoder), {}
    for share in _SHARES:
        blend(encoder, base, share)
        scores[share] = _score(encoder, probe)
        blend(encoder, adapted, 0.0)
    return scores


def _near(snapshot: Snapshot, known: Sequence[Synset], vectors: Vectors) -> Csr:
    """For each synset those that the encoder takes it for, by its first name, and its siblings in the hierarchy."""
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
    """Pairs of synsets that share a parent: of each a few, those whose numbers follow."""
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
    # Its writer makes this file for its owner alone, whatever the umask says.
    (folder / "model.safetensors").chmod((folder / "recipe.json").stat().st_mode & 0o777)
    with gzip.open(folder / "training.tsv.gz", "wt", encoding="utf-8") as file:
        file.writelines(f"{place}\t{name}\n" for place, synset in enumerate(lessons.known) for name in synset.names)
        file.writelines(f"{place}\t{one.text}\n" for one in lessons.said for place in sorted(one.right))
