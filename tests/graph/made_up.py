"""A kind of record that only tests have, declared as any other; run by itself, prints what became of it.

`python -m tests.graph.made_up ADDRESS FOLDER`
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated, NamedTuple

from graph.kinds import Link
from graph.kinds.declaration import Said, kind


@kind(
    plural="biobanks",
    id_asked="Its number: `biobank:1`.",
    texts="Other texts",
    links=(
        Link(
            "KEEPS",
            "Dataset",
            "datasets",
            Said("Data sets that it keeps, by id", "doi:10.5072/diabetes-1"),
            "biobanks",
            Said("Biobanks that keep it, by id", "biobank:1"),
        ),
    ),
)
class Biobank(NamedTuple):
    """A collection of samples."""

    id: Annotated[str, Said("Its number", "biobank:1")]
    title: Annotated[str, Said("Its title", "Serum of 200 people")]
    samples: Annotated[int | None, Said("How many samples it has", "200")]
    cold: Annotated[bool | None, Said("Whether it is frozen")]
    site: Annotated[str | None, Said("Where it is", "Utrecht", asked="is")]


ASKED = """{
  biobank(id: "biobank:1") { id title samples cold site abouts { nodes { concept { id } } } datasets { nodes { id } } }
  biobanks(about: "X:1", where: {site: ["utrecht"]}) { totalCount nodes { id } }
  dataset(id: "doi:10.5072/d") { biobanks { nodes { id samples } } }
}"""


def main(address: str, folder: Path) -> None:
    # Whatever reads the declarations does so when it is imported.
    from api.disclosure import Role
    from api.execution import execute
    from graph.kinds import KINDS, documented
    from graph.snapshot import fresh_snapshot
    from graph.store import Batch, backup, open_store, restore
    from ingest.recording import Recording
    from ingest.records import Grounded, Link, Seen, Text
    from ingest.rows import Rows
    from linking.grounding import Match
    from tests.graph.rows import concepts, table

    def answered(at: str, name: str) -> object:
        (folder / name).mkdir()
        with closing(open_store(at)) as store:
            stored = table(store, "Biobank", "id", "samples", "cold"), table(store, "KEEPS", "source", "target")
            return stored, execute(fresh_snapshot(store, folder / name), ASKED, None, Role.NONE)["data"]

    rows = Rows()
    recording = Recording(rows, "job", lambda text: text)
    words = Text("Biobank", "biobank:1", "title", "Serum of sugar", "en", False)
    match = Match("X:1", "", 0.9, "exact", "sugar", 9, 14)
    for item in (
        Biobank("biobank:1", "Serum of sugar", 200, True, "Utrecht"),
        Grounded(words, [match]),
        Link("KEEPS", "biobank:1", "doi:10.5072/d"),
        Seen("Biobank"),
    ):
        assert recording.add(item) is None
    with closing(open_store(address)) as store:
        store.write(Batch({"Concept": concepts("X:1")}))
        store.write(rows.batch())
    told = answered(address, "first")
    with closing(open_store(address)) as store:
        backup(store, folder / "whole.zip", lambda _table, _rows: None)
    with closing(open_store(str(folder / "restored"))) as store:
        restore(folder / "whole.zip", store, folder, lambda _table, _rows: None)
    again = answered(str(folder / "restored"), "second")
    page = documented.tables({"Biobank": KINDS["Biobank"]})
    print(json.dumps([told, again, page]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
