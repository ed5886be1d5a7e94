"""cli: the commands `ground` and `adapt`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Collection, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import orjson

from cli.errors import CliError
from cli.stores import snapshot_of
from graph.errors import NoEncoder
from graph.settings import settings
from graph.snapshot import Snapshot
from graph.store import Address
from linking.encoding import Encoder, Meaning, VectorCache, open_encoder
from linking.grounding import Grounder, Match, enough
from ontologies.model import Refused

_BLOCK = 256


def ground(options: Namespace) -> int:
    """Prints one JSON line for every line of the input file: the line, and the concepts that it mentions."""
    snapshot = snapshot_of(options.store)
    ontologies = snapshot.terminologies.asked(options.ontologies)
    grounder = grounder_of(snapshot, options.store, options.model, ontologies)
    # Mentions are encoded in blocks. The answer for a text is printed before the next text is read.
    size = 1 if options.texts else sys.maxsize if options.together else _BLOCK
    for block in _blocks(Path(options.mentions or options.texts), size):
        documents = [options.mentions] * len(block) if options.together else None
        mentions = grounder.mentions(block, options.top, documents) if options.mentions else None
        found = mentions or [grounder.text(text) for text in block]
        for line, matches in zip(block, found, strict=True):
            shown = [_values(match) for match in enough(matches, options.top, options.min_score)]
            sys.stdout.buffer.write(orjson.dumps({"input": line, "matches": shown}, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.flush()
    return 0


def adapt(options: Namespace) -> int:
    snapshot = snapshot_of(options.store)
    ontologies = snapshot.terminologies.asked(options.ontologies)
    encoder = encoder_of(options.model)
    # linking.training imports torch. encoder_of has checked that torch is installed.
    from linking.training import Plan
    from linking.training import adapt as run

    cache = VectorCache(Address(options.store).state / "vectors", encoder)
    plan = Plan(minutes=options.minutes, seed=options.seed)
    examples = _examples(Path(options.examples)) if options.examples else []
    without = _mapped_pairs(Path(options.without)) if options.without else []
    with _bar("adapting", 1000) as bar:

        def progress(step: int, loss: float, spent: float) -> None:
            bar.set_postfix(step=step, loss=f"{loss:.2f}", refresh=False)
            bar.update(int(spent * 1000) - bar.n)

        recipe = run(snapshot, cache, Path(options.out), plan, progress, ontologies, without, examples)
    if recipe["held-in names"] and recipe["right after"] <= recipe["right before"]:
        found = f"of {recipe['held-in names']} hidden names, the adapted encoder finds no more than the original"
        print(f"tricuspid: {found}: use the original, or adapt with more minutes or terminologies", file=sys.stderr)
    sys.stdout.buffer.write(orjson.dumps(recipe, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return 0


def encoder_of(model: str) -> Encoder:
    """Opens the encoder. Raises NoEncoder if there is no encoder, or if TRICUSPID_MEANING is off."""
    if not settings().meaning:
        raise NoEncoder("meaning is off: set TRICUSPID_MEANING=on")
    return open_encoder(model)


def grounder_of(snapshot: Snapshot, store: str, model: str, ontologies: Collection[str]) -> Grounder:
    """Returns a grounder for a snapshot.

    If there is an encoder, concept names without a vector are encoded first. Otherwise the grounder compares words
    only.
    """
    try:
        encoder = encoder_of(model)
    except NoEncoder as absent:
        if model and settings().meaning:
            raise
        print(f"tricuspid: grounded by words only: {absent}", file=sys.stderr)
        return Grounder(snapshot, None, ontologies)
    only = snapshot.terminologies.concepts(sorted(ontologies)) if ontologies else None
    with _bar("encoding names", 0) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        meaning = Meaning(snapshot, VectorCache(Address(store).state / "vectors", encoder), progress, only)
    return Grounder(snapshot, meaning, ontologies)


def _bar(what: str, total: int) -> Any:
    from tqdm import tqdm

    return tqdm(desc=what, total=total, disable=not sys.stderr.isatty(), leave=False)


def _values(match: Match) -> dict[str, Any]:
    values = {"id": match.concept, "label": match.label, "score": match.score, "method": match.method}
    return values | {"span": [match.start, match.end], "assertion": match.assertion, "name": match.name}


def _blocks(path: Path, size: int) -> Iterator[list[str]]:
    """Yields the lines of a file in blocks; `-` is standard input."""
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    with sys.stdin if str(path) == "-" else path.open(encoding="utf-8", errors="replace") as file:
        block: list[str] = []
        for line in file:
            block.append(line.rstrip("\r\n"))
            if len(block) == size:
                yield block
                block = []
        if block:
            yield block


def _examples(path: Path) -> list[tuple[str, str]]:
    """Returns the rows of a table of names: a text and the identifier of its concept."""
    from ontologies.formats.site_names import names

    found: list[tuple[str, str]] = []
    for item in names(path):
        if isinstance(item, Refused):
            raise CliError(f"{path}, {item.position}: {item.reason}")
        found.append((item.text, item.concept))
    return found


def _mapped_pairs(path: Path) -> list[tuple[str, str]]:
    """Returns the pairs of concepts in a mapping set."""
    from ontologies.formats import recognise
    from ontologies.model import Mapping

    form = recognise(path)
    if form is None:
        raise CliError(f"{path} is not a mapping set: give an SSSOM file")
    return [(item.subject, item.object) for item in form.read(path) if isinstance(item, Mapping)]
