"""linking: `adapt` learns from the names in the store, records them, and uses no mapping that it must leave out."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import orjson
import pytest

from graph.snapshot import Snapshot
from linking.encoding import VectorCache, open_encoder
from linking.training import Plan, adapt
from linking.training.adapt import TooLittle
from linking.training.synsets import synsets
from tests.linking.pictures import picture

EQUIVALENTS = ("MONDO:0005148", "snomedct:44054006")


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return picture(tmp_path_factory.mktemp("adapt"))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def ids(snapshot: Snapshot, concepts: list[int]) -> set[str]:
    return {snapshot.ids[concept] for concept in concepts}


def test_a_synset_has_all_names_of_a_concept_and_its_equivalents(snapshot: Snapshot) -> None:
    found = next(s for s in synsets(snapshot) if EQUIVALENTS[0] in ids(snapshot, s.concepts))
    assert set(EQUIVALENTS) <= ids(snapshot, found.concepts)
    assert {"type 2 diabetes mellitus", "diabetes mellitus type ii"} <= set(found.names)
    apart = next(s for s in synsets(snapshot, without=[EQUIVALENTS]) if EQUIVALENTS[0] in ids(snapshot, s.concepts))
    assert EQUIVALENTS[1] not in ids(snapshot, apart.concepts) and "diabetes mellitus type ii" not in apart.names
    assert {"MONDO"} == {i.partition(":")[0] for s in synsets(snapshot, ["mondo"]) for i in ids(snapshot, s.concepts)}


def test_the_adapted_model_can_be_loaded_and_records_its_training_names(snapshot: Snapshot, tmp_path: Path) -> None:
    cache, result = VectorCache(tmp_path / "vectors", open_encoder()), []
    plan = Plan(most_steps=3, groups=2, group=2)
    recipe = adapt(snapshot, cache, tmp_path / "model", plan, lambda *step: result.append(step), without=[EQUIVALENTS])
    assert orjson.loads((tmp_path / "model/recipe.json").read_bytes()) == recipe
    assert recipe["steps"] == len(result) and recipe["mappings left out"] == 1 and recipe["base"] == cache.encoder.name
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "model").iterdir() if path.is_file()}
    assert modes["model.safetensors"] == modes["recipe.json"] == 0o666 & ~_umask()
    rows = gzip.decompress((tmp_path / "model/training.tsv.gz").read_bytes()).decode().splitlines()
    synset = {name: number for number, name in (row.split("\t") for row in rows)}
    assert synset["diabetes mellitus type ii"] != synset["non insulin dependent diabetes mellitus"]
    adapted, base = open_encoder(str(tmp_path / "model")), open_encoder()
    assert base.name == "all-MiniLM-L6-v2-53aa5117" != adapted.name
    asked = ["kidney disorder", "type 2 diabetes mellitus"]
    assert not np.allclose(adapted.encode(asked), base.encode(asked), atol=1e-6)
    assert np.allclose(np.linalg.norm(adapted.encode(asked), axis=1), 1, atol=1e-5)


def test_it_learns_from_examples_and_holds_some_out(snapshot: Snapshot, tmp_path: Path) -> None:
    cache, result = VectorCache(tmp_path / "vectors", open_encoder()), []
    said = [(f"sugar sickness {n}", "MONDO:0005015") for n in range(20)] + [("kidney trouble", "UBERON:0002113")]
    said += [("somewhere else", "XX:1"), ("", "MONDO:0005015")]
    plan = Plan(most_steps=3)
    recipe = adapt(snapshot, cache, tmp_path / "model", plan, lambda *step: result.append(step), examples=said)
    assert (recipe["examples"], recipe["examples given"], recipe["held-in names"]) == (19, 23, 2)
    assert recipe["steps"] == len(result) == 3 and np.isfinite([loss for _, loss, _ in result]).all()
    rows = gzip.decompress((tmp_path / "model/training.tsv.gz").read_bytes()).decode()
    assert rows.count("\tsugar sickness") + rows.count("\tkidney trouble") == 19
    asked = ["sugar sickness 3", "diabetes mellitus"]
    before, after = (open_encoder(folder).encode(asked) for folder in ("", str(tmp_path / "model")))
    assert after[0] @ after[1] > before[0] @ before[1]
    with pytest.raises(TooLittle, match="0 of 2 examples refer to a loaded concept"):
        adapt(snapshot, cache, tmp_path / "none", plan, lambda *_: None, examples=[("a", "XX:1"), ("b", "XX:2")])


def test_existing_folders_and_too_few_names_are_refused(snapshot: Snapshot, tmp_path: Path) -> None:
    cache, plan = VectorCache(tmp_path / "vectors", open_encoder()), Plan(most_steps=2)
    (tmp_path / "there").mkdir()
    (tmp_path / "there/file").write_text("kept")
    with pytest.raises(TooLittle, match="not empty"):
        adapt(snapshot, cache, tmp_path / "there", plan, lambda *_: None)
    with pytest.raises(TooLittle, match="synonyms"):
        adapt(snapshot, cache, tmp_path / "new", plan, lambda *_: None, ["UBERON"])
