"""graph: adds Dutch names to concepts. A lexicon has the lay and clinical Dutch names for each English name.

The lexicon has no concept ids, so it works with any loaded terminology. The columns `dutch` and `english` have
alternatives, separated by `|`, best first. The column `kind` is one of KINDS. The column `register` is `lay` or
`clinical`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import GraphError
from graph.hierarchy import of_prefix
from graph.lexical import LEXICON, normalise, with_norms

NAMES = Path(__file__).with_name("names.tsv")
OWN = "lexicon.tsv"
"""The name of the file with a site's lexicon, in the state folder. The file has the same columns as names.tsv."""
_ILLNESS = {"disease", "phenotype", "finding", "situation", ""}
KINDS = {
    "disease": _ILLNESS,
    "symptom": _ILLNESS,
    "anatomy": {"anatomy", ""},
    "test": {"test", "procedure", ""},
    "procedure": {"procedure", "test", "device", ""},
    "medicine": {"drug", "procedure", ""},
    "organism": {"organism", ""},
}
"""For each kind of name, the kinds of concepts that may have such a name (graph/hierarchy/concept_kinds.py)."""

AMBIGUOUS = frozenset(
    "afscheiding afval afvallen arm armen arts artsen as assen attaque baby band banden basis beeldvorming been "
    "beet bekken benen berg besnijdenis beugel bewegen bijbal bil blaas blad bocht boeren boezem boosheid borst bot "
    "bril brillen brug buidelen buisjes bult cel cellen centrale centrum dokter donor donoren dood drain druk "
    "druppel duplex eenzaam eenzaamheid enkel enkele enquete eruptie fluor gang gapen gat gaten geboorte genezing "
    "gewicht gezicht gezondheid gips globus griep haak haar hals hand handen haren hechten hechting herstel hik "
    "honger hoofd huid huig huisarts hyper hypo infuus ingreep injectie isolatie isolement jongere jongeren kam "
    "kanaal kanalen kapsel kat kater kern kernen kies kiezen kin kind kinderen klaring kloven knip knobbel knop "
    "kolom korst kroon kruisproef kwaal kwalen kweek kweken last lasten lavement lengte lens lenzen letsel letsels "
    "lever leveren lichaam lies lip man mannen massage mening meningen mobiliseren model moe mol mond mug nagel "
    "nagels nazorg netwerk neus noodpil oefeningen onrust onrustig oog oor opname orgaan organen oudere ouderen "
    "overgang overleving patient patienten pees pest pesten piepen pil pillen pink plaat plas plasma platen "
    "pleister pols prik puber punctie punt rand rat recht rib roken rook roos rouw rug scan schade scheiding "
    "schokken screening sectie slijm snede snee spalk spanning spiraal spit spreken spuit stam stap stappen staren "
    "stoma stress stuit talg tand tang teen teken tekenen terugval tic toekennen toeval tong traan transitie trek "
    "trial trillen trom uitbraak uitdroging uitslag uitval val vat vaten verband verbinden verhoging verlossing "
    "verpleging vinger vingers vlek vlekken voeding voet voeten volwassene volwassenen vragenlijst vrouw vrouwen "
    "vulling waan wang weefsel weerstand wegvallen wind winden woede wond worm zak zakken zalf zenuwtrek zieke "
    "zieken ziekte ziekten ziektes zitten zogen zuchten zuurstof zwakte zweet".split()
)
"""Dutch names that usually mean something else in running text: `uitslag` usually means a result, rarely a rash."""


class Entry(NamedTuple):
    """An entry of the lexicon: the Dutch and English names of one meaning. `kind` is one of KINDS."""

    dutch: tuple[str, ...]
    english: tuple[str, ...]
    kind: str


class BadLexicon(GraphError):
    """A line of a site's lexicon is invalid. The message has the number of the line and the reason."""


def entries(file: Path) -> Iterator[Entry]:
    """Yields the entries of a lexicon file. Raises BadLexicon if a line is invalid."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        for number, row in enumerate(rows, 2):
            dutch, english = (_alternatives(row.get(name)) for name in ("dutch", "english"))
            if not dutch or not english or row.get("kind") not in KINDS:
                needed = f"dutch, english and kind ({', '.join(KINDS)}), separated by tabs"
                raise BadLexicon(f"{file}, line {number}: needs {needed}; correct or remove the line")
            yield Entry(dutch, english, row["kind"])


def _alternatives(cell: str | None) -> tuple[str, ...]:
    return tuple(filter(None, (one.strip() for one in (cell or "").split("|"))))


@lru_cache(maxsize=1)
def lexicon() -> tuple[Entry, ...]:
    """The packaged lexicon."""
    return tuple(entries(NAMES))


@lru_cache(maxsize=1)
def _table() -> pa.Table:
    return _as_table(lexicon())


def of_site(folder: Path) -> pa.Table:
    """Returns the packaged lexicon together with the site's lexicon in this folder, if there is one. Raises BadLexicon.

    A row is a pair of a Dutch and an English name. The columns are `dutch`, the normal form `norm` of the English name,
    the index `place` of the English name in its entry, the `kind`, and the number of the `entry`.
    """
    own = folder / OWN
    return _as_table((*lexicon(), *entries(own))) if own.is_file() else _table()


def _as_table(words: Sequence[Entry]) -> pa.Table:
    rows = [
        (dutch, normalise(english), place, entry.kind, number)
        for number, entry in enumerate(words)
        for place, english in enumerate(entry.english)
        for dutch in entry.dutch
    ]
    types = {"dutch": pa.string(), "norm": pa.string(), "place": pa.int32(), "kind": pa.string(), "entry": pa.int32()}
    columns = zip(*rows, strict=True) if rows else ((),) * len(types)
    return pa.table([pa.array(column, kind) for column, kind in zip(columns, types.values(), strict=True)], [*types])


def with_dutch(names: pa.Table, words: pa.Table, concepts: pa.Table) -> pa.Table:
    """Adds Dutch names from `words` to `names`. `words` is a table as `of_site` returns it.

    The columns of `names` are concept, text, kind, language and count. An entry of `words` may have several English
    names. In each terminology, the first loaded English name is used. The Dutch names are added to the concepts with
    this English name as their label. If there are no such concepts, the Dutch names are added to all concepts with this
    English name.
    """
    names = with_norms(names)
    known = pc.is_in(names["norm"], pc.unique(words["norm"]))
    fit = pc.and_(known, pc.is_in(names["kind"], pa.array(["label", "exact"])))
    if not pc.any(fit).as_py():
        return names
    called = names.filter(fit).select(["concept", "kind", "norm"]).rename_columns(["concept", "how", "norm"])
    owner = concepts.select(["ontology", "deprecated"]).take(called["concept"])
    called = called.append_column("ontology", owner["ontology"]).filter(pc.invert(owner["deprecated"].fill_null(False)))
    words = words.filter(pc.is_in(words["norm"], pc.unique(called["norm"])))
    pairs = words.join(called, "norm", join_type="inner")
    pairs = pairs.filter(pa.array(_fits(pairs["kind"], pairs["ontology"]), pa.bool_()))
    synonym = pc.not_equal(pairs["how"], "label").cast(pa.int32())
    rank = pc.add(pc.multiply(pairs["place"], 2), synonym)
    pairs = pairs.append_column("rank", rank)
    best = pairs.group_by(["entry", "ontology"]).aggregate([("rank", "min")])
    pairs = pairs.join(best, ["entry", "ontology"], join_type="inner")
    pairs = pairs.filter(pc.equal(pairs["rank"], pairs["rank_min"])).select(["concept", "dutch"])
    new = pairs.group_by(["concept", "dutch"]).aggregate([]).sort_by([("concept", "ascending"), ("dutch", "ascending")])
    rows = pa.table(
        {
            "concept": new["concept"].cast(names["concept"].type),
            "text": new["dutch"],
            "kind": pa.array([LEXICON] * new.num_rows, pa.string()),
            "language": pa.array(["nl"] * new.num_rows, pa.string()),
            "count": pa.array([0] * new.num_rows, pa.int64()),
        }
    )
    return pa.concat_tables([names, _new(with_norms(rows), names)])


def _fits(kinds: pa.ChunkedArray, ontologies: pa.ChunkedArray) -> list[bool]:
    return [
        of_prefix(ontology or "") in KINDS[kind]
        for kind, ontology in zip(kinds.to_pylist(), ontologies.to_pylist(), strict=True)
    ]


def _new(rows: pa.Table, names: pa.Table) -> pa.Table:
    """Leaves out the rows whose concept already has a name with the same normal form in `names`."""
    return rows.join(names.select(["concept", "norm"]), ["concept", "norm"], join_type="left anti").select(
        names.column_names
    )
