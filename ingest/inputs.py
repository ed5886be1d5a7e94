"""ingest: from the paths a person names to files with the format that reads each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from ontologies.errors import OntologyError

F = TypeVar("F")


class NotRecognised(OntologyError):
    """A file named by a person that no format claims."""

    def __init__(self, path: Path, known: Iterable[str]) -> None:
        super().__init__(f"{path}: no format here reads this file; what can be read: {', '.join(known)}")


class Input(NamedTuple, Generic[F]):
    """A file, the format that reads it and the SHA-256 of its bytes as they are on disk."""

    path: Path
    format: F
    hash: str


def find_inputs(
    paths: Sequence[Path],
    recognised: Callable[[Iterable[Path]], Iterator[tuple[Path, F | None]]],
    known: Iterable[str],
    companions: Callable[[F, Path], Iterable[Path]] = lambda _form, _path: (),
) -> tuple[list[Input[F]], list[Path]]:
    """(files that a format claims, files in folders that none does), in order of path, each file once.

    `companions` are files that a format reads along with the one it claims; the hash is over all of them.
    Raises NotRecognised for a file that was named itself, FileNotFoundError for a path that is not there.
    """
    files = {file.resolve(): file for path in paths for file in _files(path)}
    claims = list(recognised(sorted(files.values())))
    strange = [path for path, form in claims if form is None]
    for path in strange:
        if path in paths:
            raise NotRecognised(path, known)
    found = [(path, form) for path, form in claims if form is not None]
    return [Input(path, form, _hash([path, *sorted(companions(form, path))])) for path, form in found], strange


def _files(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there: check the spelling")
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts):
            yield file


def _hash(paths: Iterable[Path]) -> str:
    digest = sha256()
    for path in paths:
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()
