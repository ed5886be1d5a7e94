"""linking: trains an encoder with torch, so that names of the same synset are near to each other.

The method is self-alignment as in SapBERT (doi:10.18653/v1/2021.naacl-main.334) with hard negatives. A batch has groups
of synsets. The synsets of a group are close in the hierarchy, or have similar vectors. From an example, the encoder
learns to prefer the names of the correct synset to other near names, as in BioSyn
(doi:10.18653/v1/2020.acl-main.335).
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn.functional import cross_entropy, normalize

from graph.columns import Csr
from linking.encoding import Encoder, cores, share_cores
from linking.training.synsets import Synset

Progress = Callable[[int, float, float], None]
"""A function that is called with the step, the moving average of the loss, and the completed share of the training."""

State = dict[str, Any]
"""The weights of a model by name."""

_CHUNK = 64
"""The number of names that are encoded together. These names have similar lengths, so little padding is needed."""
_ROUNDS, _BATCH, _NEAREST = 4, 24, 16
"""Three numbers: training rounds over the examples, examples in a batch, and nearest names for each example."""


class Example(NamedTuple):
    """A text in normal form and the synsets that the text means."""

    text: str
    right: frozenset[int]


class Plan(NamedTuple):
    """The settings of the training. The file recipe.json of the trained model has a copy of them."""

    minutes: float = 50.0
    most_steps: int = 4000
    groups: int = 10
    group: int = 8
    rate: float = 5e-5
    temperature: float = 0.05
    noise: float = 0.15
    frozen_layers: int = 2
    seed: int = 20261123


@contextmanager
def _denormals_flushed() -> Iterator[None]:
    """Sets denormal numbers to zero. With denormal gradients, the processor is a hundred times slower."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@_denormals_flushed()
def train(encoder: Encoder, losses: Iterator[torch.Tensor], plan: Plan, progress: Progress) -> int:
    """Trains the model in place until the time or the steps of `plan`, or the losses, are used up.

    Returns the number of steps.
    """
    torch.manual_seed(plan.seed)
    weights = _trained(encoder, plan.frozen_layers)
    optimiser = torch.optim.AdamW(weights, lr=plan.rate, weight_decay=0.01)
    encoder.model.train()
    began, step, average = time.monotonic(), 0, 0.0
    for loss in losses:
        spent = max((time.monotonic() - began) / (plan.minutes * 60), step / plan.most_steps)
        if spent >= 1:
            break
        step += 1
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * min(1.0, step / 50) * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * spent)))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        average = 0.95 * average + 0.05 * loss.item() if step > 1 else loss.item()
        progress(step, average, spent)
    encoder.model.eval()
    share_cores(1)
    return step


def losses_of_names(encoder: Encoder, synsets: Sequence[Synset], near: Csr, plan: Plan) -> Iterator[torch.Tensor]:
    """Yields an endless sequence of losses. `near[i]` are synsets that are close to synset i."""
    rng = random.Random(plan.seed)
    for batch in _batches(synsets, near, plan, rng):
        yield _loss(encoder, [synsets[place] for place in batch], plan, rng)


def steps_of_examples(examples: Sequence[Example]) -> int:
    return _ROUNDS * math.ceil(len(examples) / _BATCH)


def losses_of_examples(
    encoder: Encoder, examples: Sequence[Example], names: Mapping[str, frozenset[int]], plan: Plan
) -> Iterator[torch.Tensor]:
    """Yields the losses of _ROUNDS rounds. Each round starts by finding the names nearest to each example.

    `names` maps each name to its synsets.
    """
    rng, texts = random.Random(plan.seed), list(names)
    for _ in range(_ROUNDS):
        lessons = [*zip(examples, nearest_names(encoder, examples, names), strict=True)]
        rng.shuffle(lessons)
        for start in range(0, len(lessons), _BATCH):
            batch = lessons[start : start + _BATCH]
            beside = list(dict.fromkeys(texts[place] for _, near in batch for place in near))
            yield _loss_of_examples(encoder, [one for one, _ in batch], beside, names, plan)


def nearest_names(
    encoder: Encoder, examples: Sequence[Example], names: Mapping[str, frozenset[int]]
) -> list[list[int]]:
    """For each example, returns the indices of the nearest names and the index of the nearest correct name."""
    training, texts = encoder.model.training, list(names)
    encoder.model.eval()
    vectors, wanted = encoder.encode(texts), encoder.encode([one.text for one in examples])
    encoder.model.train(training)
    of_synset: dict[int, list[int]] = {}
    for place, synsets in enumerate(names.values()):
        for synset in synsets:
            of_synset.setdefault(synset, []).append(place)
    found = []
    for one, vector in zip(examples, wanted, strict=True):
        scores = vectors @ vector
        near = np.argpartition(-scores, min(_NEAREST, len(texts) - 1))[:_NEAREST].tolist()
        right = [place for synset in one.right for place in of_synset[synset] if texts[place] != one.text]
        found.append([*near, *sorted(right, key=scores.__getitem__)[-1:]])
    return found


def _loss_of_examples(
    encoder: Encoder,
    examples: Sequence[Example],
    beside: Sequence[str],
    names: Mapping[str, frozenset[int]],
    plan: Plan,
) -> torch.Tensor:
    """The negative marginal log likelihood of the correct names of each example among the names in `beside`.

    A name that equals the text of the example is left out.
    """
    vectors = _encoded(encoder, [*(one.text for one in examples), *beside])
    scores = vectors[: len(examples)] @ vectors[len(examples) :].T / plan.temperature
    same = torch.tensor([[name == one.text for name in beside] for one in examples], device=scores.device)
    means = [[not one.right.isdisjoint(names[name]) for name in beside] for one in examples]
    right = torch.tensor(means).to(same) & ~same
    scores = scores.masked_fill(same, -1e4)
    taught = right.any(dim=1)
    missed = torch.logsumexp(scores, 1) - torch.logsumexp(scores.masked_fill(~right, -1e4), 1)
    return missed[taught].sum() / max(1, int(taught.sum()))


def weights_of(encoder: Encoder) -> State:
    """A copy of the current weights."""
    return {name: value.detach().clone() for name, value in encoder.model.state_dict().items()}


def blend(encoder: Encoder, base: State, share: float) -> None:
    """Interpolates between the base weights (share 0) and the current weights (share 1).

    Method: doi:10.48550/arXiv.2109.01903.
    """
    now = encoder.model.state_dict()
    mixed = {
        name: torch.lerp(value, now[name], share) if value.is_floating_point() else value
        for name, value in base.items()
    }
    encoder.model.load_state_dict(mixed)


def _trained(encoder: Encoder, frozen: int) -> list[torch.nn.Parameter]:
    """The weights to train. The embeddings and the lowest layers hold general knowledge, so they are not trained."""
    kept = ("embeddings.", *(f"layer.{number}." for number in range(frozen)))
    for name, weight in encoder.model.named_parameters():
        weight.requires_grad_(not any(part in name for part in kept))
    return [weight for weight in encoder.model.parameters() if weight.requires_grad]


def _batches(synsets: Sequence[Synset], near: Csr, plan: Plan, rng: random.Random) -> Iterator[list[int]]:
    """Yields an endless sequence of batches. A batch has several groups: a synset and some synsets close to it.

    A batch has no synset twice.
    """
    able = [place for place, synset in enumerate(synsets) if len(synset.names) > 1]
    can = set(able)
    while True:
        rng.shuffle(able)
        for start in range(0, len(able), plan.groups):
            batch: dict[int, None] = {}
            for seed in able[start : start + plan.groups]:
                others = [place for place in near[seed].tolist() if place in can]
                batch.update(dict.fromkeys([seed, *rng.sample(others, min(len(others), plan.group - 1))]))
            yield list(batch)


def _loss(encoder: Encoder, batch: Sequence[Synset], plan: Plan, rng: random.Random) -> torch.Tensor:
    """Returns the loss for two names of each synset in a batch.

    Each name should be nearest to the other name of the same synset.
    """
    pairs = [rng.sample(synset.names[:24], 2) if len(synset.names) < 3 else _two(synset.names, rng) for synset in batch]
    names = [_noisy(pair[side], plan.noise, rng) for side in (0, 1) for pair in pairs]
    vectors = _encoded(encoder, names)
    one, other = vectors[: len(pairs)], vectors[len(pairs) :]
    scores = one @ other.T / plan.temperature
    right = torch.arange(len(pairs), device=scores.device)
    return (cross_entropy(scores, right) + cross_entropy(scores.T, right)) / 2


def _two(names: Sequence[str], rng: random.Random) -> list[str]:
    """Returns two different names. In at least half of the cases, one name is the label (the first name)."""
    if rng.random() < 0.5:
        return [names[0], rng.choice(names[1:])]
    return rng.sample(names, 2)


def _noisy(name: str, share: float, rng: random.Random) -> str:
    """Returns the name. With the probability `share`, adds a typing error or changes the order of the words."""
    if rng.random() >= share or len(name) < 5:
        return name
    words = name.split()
    if len(words) > 1 and rng.random() < 0.5:
        at = rng.randrange(1, len(words))
        return " ".join(words[at:] + words[:at])
    at = rng.randrange(1, len(name) - 1)
    return name[:at] + rng.choice((name[at + 1] + name[at] + name[at + 2 :], name[at + 1 :]))


def _encoded(encoder: Encoder, names: Sequence[str]) -> torch.Tensor:
    """Unit vectors in the order of the names, with gradients."""
    share_cores(cores())
    order = sorted(range(len(names)), key=lambda place: len(names[place]))
    model, parts = encoder.model, []
    for start in range(0, len(order), _CHUNK):
        chunk = [names[place] for place in order[start : start + _CHUNK]]
        features = model.tokenizer(chunk, padding=True, truncation=True, max_length=32, return_tensors="pt")
        with encoder.shortened():
            read = model({key: value.to(model.device) for key, value in features.items()})
        parts.append(normalize(read["sentence_embedding"].float(), dim=-1))
    place = torch.as_tensor(np.argsort(order), device=model.device)
    return torch.cat(parts)[place]
