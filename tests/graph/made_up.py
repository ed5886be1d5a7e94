"""A kind of record for tests. As a program, it prints what is stored and answered for such records.

`python -m tests.graph.made_up ADDRESS FOLDER`
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated, NamedTuple

from graph.declaration import Field, Link, Part, Role, Said, kind


@kind(
    plural="biobanks",
    id_asked="Its number: `biobank:1`.",
    listed=True,
    texts="Other texts",
    fields=(
        Field("disease", Said("Diseases that it is on, each a name", "Asthma", grounded=Role.SUBJECT)),
        Field("rules", Said("Who may have samples", grounded=Role.CRITERION), text=True),
    ),
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
    title: Annotated[str, Said("Its title", "Serum of 200 people", grounded=Role.SUBJECT, searched=Part.TITLE)]
    purpose: Annotated[str | None, Said("What may be found with it", grounded=Role.OUTCOME)]
    samples: Annotated[int | None, Said("How many samples it has", "200")]
    cold: Annotated[bool | None, Said("Whether it is frozen")]
    site: Annotated[str | None, Said("Where it is", "Utrecht", asked="is")]


ASKED = """{
  biobank(id: "biobank:1") {
    id title samples cold site abouts { nodes { concept { id } field role } } datasets { nodes { id } }
  }
  biobanks(about: "X:1", where: {site: ["utrecht"]}) { totalCount nodes { id } }
  subjects: biobanks(about: "X:2", roles: [SUBJECT]) { totalCount }
  purposes: biobanks(about: "X:1", roles: [SUBJECT, CRITERION]) { totalCount }
  criteria: biobanks(about: "X:2", roles: [CRITERION]) { totalCount }
  purpose: searchRecords(text: "finding sugar early", kinds: [BIOBANK]) { edges { match { field } } }
  disease: searchRecords(text: "headache", kinds: [BIOBANK]) { edges { match { field } } }
  dataset(id: "doi:10.5072/d") { biobanks { nodes { id samples } } }
}"""


def main(address: str, folder: Path) -> None:
    # Modules read the declarations when they are imported.
    from api.disclosure import Role
    from api.execution import execute
    from graph.kinds import KINDS, documented
    from graph.snapshot import fresh_snapshot
    from graph.store import backup, open_store, restore
    from ingest.coding import Coder
    from ingest.pseudonym import UNNAMED
    from ingest.recording import Recording
    from ingest.records import Item, Link, Seen, Text, texts
    from ingest.rows import Rows
    from ingest.source import Source
    from tests.graph.rows import table
    from tests.ingest.graphs import load_into, obo

    def answered(at: str, name: str) -> object:
        (folder / name).mkdir()
        with closing(open_store(at)) as store:
            stored = table(store, "Biobank", "id", "samples", "cold"), table(store, "KEEPS", "source", "target")
            return stored, execute(fresh_snapshot(store, folder / name), ASKED, None, Role.NONE)["data"]

    bank = Biobank("biobank:1", "Serum of 200 people", "Finding sugar early", 200, True, "Utrecht")
    disease = Text("Biobank", bank.id, "disease", "Headache", "en")
    rules = Text("Biobank", bank.id, "rules", "Nobody with a headache", "en")
    kept = Link("KEEPS", bank.id, "doi:10.5072/d")
    items: list[Item] = [bank, *texts(bank, "en"), disease, rules, kept, Seen("Biobank")]
    source = Source("made_up", "", "", lambda _head, _name: True, lambda _path, _names: iter(items), public=True)
    rows = Rows()
    recording = Recording(rows, "job", lambda text: text)
    with closing(open_store(address)) as store:
        load_into(store, obo(folder / "x.obo", "1", "X:1\nname: sugar", "X:2\nname: headache", ontology="x"))
        (folder / "terms").mkdir()
        snapshot = fresh_snapshot(store, folder / "terms").folder
        for item in Coder(bytes(20), snapshot, True, UNNAMED).read(source, folder):
            assert recording.add(item) is None
        store.write(rows.batch())
    result = answered(address, "first")
    with closing(open_store(address)) as store:
        backup(store, folder / "whole.zip", lambda _table, _rows: None)
    with closing(open_store(str(folder / "restored"))) as store:
        restore(folder / "whole.zip", store, folder, lambda _table, _rows: None)
    again = answered(str(folder / "restored"), "second")
    page = documented.tables({"Biobank": KINDS["Biobank"]})
    print(json.dumps([result, again, page]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
