"""bench: proves what an adapted model never saw: `python -m bench.leak MODEL --mentions FILE --dictionary FILE`.

Exit code 1 where a mention of a gold set that no dictionary has was among the names learnt, or where two names that
only a held-out mapping joins were learnt as one sense.
"""

from __future__ import annotations

import argparse
import gzip
from pathlib import Path

from graph.names import normalise


def learnt(model: Path) -> dict[str, set[int]]:
    """The senses that each name was learnt with."""
    found: dict[str, set[int]] = {}
    with gzip.open(model / "training.tsv.gz", "rt", encoding="utf-8") as file:
        for line in file:
            sense, _, name = line.rstrip("\n").partition("\t")
            found.setdefault(name, set()).add(int(sense))
    return found


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("model", type=Path)
    given.add_argument("--mentions", type=Path, nargs="*", default=[], help="files with a mention a line")
    given.add_argument("--dictionary", type=Path, nargs="*", default=[], help="files with a name a line: may be known")
    given.add_argument("--pairs", type=Path, nargs="*", default=[], help="files with two names a line, a tab between")
    asked = given.parse_args()
    known = learnt(asked.model)
    allowed = {normalise(line) for path in asked.dictionary for line in path.read_text().splitlines()}
    leaks = 0
    for path in asked.mentions:
        seen = {norm for line in path.read_text().splitlines() if (norm := normalise(line)) in known}
        print(f"{path.name}: {len(seen):,} mentions are names it learnt, {len(seen - allowed):,} of no dictionary")
        leaks += len(seen - allowed)
    for path in asked.pairs:
        rows = [line.split("\t") for line in path.read_text().splitlines()]
        joined = [row for row in rows if known.get(normalise(row[0]), set()) & known.get(normalise(row[1]), set())]
        print(f"{path.name}: {len(joined):,} of {len(rows):,} pairs were learnt as one sense")
        leaks += len(joined)
    raise SystemExit(f"{leaks:,} leaks" if leaks else 0)


if __name__ == "__main__":
    main()
