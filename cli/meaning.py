"""cli: the commands that ask what words mean: `ground` and `adapt`."""

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


def ground(given: Namespace) -> int:
    """A JSON line for every line of the input."""
    snapshot = snapshot_of(given.store)
    ontologies = snapshot.terminologies.asked(given.ontologies)
    grounder = grounder_of(snapshot, given.store, given.model, ontologies)
    # Mentions are encoded many at a time; a text is answered before the next is waited for.
    size = 1 if given.texts else sys.maxsize if given.together else _BLOCK
    for block in _blocks(Path(given.mentions or given.texts), size):
        documents = [given.mentions] * len(block) if given.together else None
        mentions = grounder.mentions(block, given.top, documents) if given.mentions else None
        found = mentions or [grounder.text(text) for text in block]
        for line, matches in zip(block, found, strict=True):
            shown = [_values(match) for match in enough(matches, given.top, given.min_score)]
            sys.stdout.buffer.write(orjson.dumps({"input": line, "matches": shown}, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.flush()
    return 0


def adapt(given: Namespace) -> int:
    snapshot = snapshot_of(given.store)
    ontologies = snapshot.terminologies.asked(given.ontologies)
    encoder = encoder_of(given.model)
    # Only now is it known that torch is there.
    from linking.training import Plan
    from linking.training import adapt as run

    cache = VectorCache(Address(given.store).state / "vectors", encoder)
    plan = Plan(minutes=given.minutes, seed=given.seed)
    examples = _examples(Path(given.examples)) if given.examples else []
    without = _mapped_pairs(Path(given.without)) if given.without else []
    with _bar("adapting", 1000) as bar:

        def progress(step: int, loss: float, spent: float) -> None:
            bar.set_postfix(step=step, loss=f"{loss:.2f}", refresh=False)
            bar.update(int(spent * 1000) - bar.n)

        recipe = run(snapshot, cache, Path(given.out), plan, progress, ontologies, without, examples)
    if recipe["held-in names"] and recipe["right after"] <= recipe["right before"]:
        found = f"it finds no more of {recipe['held-in names']} hidden names than the encoder as it is"
        print(f"tricuspid: {found}: go on with that one, or give more minutes or terminologies", file=sys.stderr)
    sys.stdout.buffer.write(orjson.dumps(recipe, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return 0


def encoder_of(model: str) -> Encoder:
    """Raises NoEncoder where there is none, or where meaning is switched off."""
    if not settings().meaning:
        raise NoEncoder("meaning is off: set TRICUSPID_MEANING=on")
    return open_encoder(model)


def grounder_of(snapshot: Snapshot, store: str, model: str, ontologies: Collection[str]) -> Grounder:
    """With meaning where there is an encoder, which first reads the names that have no vector yet; else by words."""
    try:
        encoder = encoder_of(model)
    except NoEncoder as absent:
        if model and settings().meaning:
            raise
        print(f"tricuspid: by words alone: {absent}", file=sys.stderr)
        return Grounder(snapshot, None, ontologies)
    only = snapshot.terminologies.concepts(sorted(ontologies)) if ontologies else None
    with _bar("encoding names", 0) as bar:

        def progress(done: int, all_of_them: int) -> None:
            bar.total = all_of_them
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
    """The lines of a file, some at a time; `-` is the input."""
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
    """The rows of a table of names: what somebody wrote, and the identifier of the concept that was meant."""
    from ontologies.formats.site_names import names

    found: list[tuple[str, str]] = []
    for item in names(path):
        if isinstance(item, Refused):
            raise CliError(f"{path}, {item.position}: {item.reason}")
        found.append((item.text, item.concept))
    return found


def _mapped_pairs(path: Path) -> list[tuple[str, str]]:
    """The pairs of concepts that a mapping set maps."""
    from ontologies.formats import recognise
    from ontologies.model import Mapping

    form = recognise(path)
    if form is None:
        raise CliError(f"{path} is no mapping set: give an SSSOM file")
    return [(item.subject, item.object) for item in form.read(path) if isinstance(item, Mapping)]
