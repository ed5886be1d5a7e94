"""ingest: from the paths a person names to files with the format that reads each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from ingest.unread import described, unread
from ontologies.errors import OntologyError, UnreadableFile

F = TypeVar("F")


class NotRecognised(OntologyError):
    """A file named by a person that no format claims, or a folder in which it claims none."""

    def __init__(self, path: Path, files: Sequence[Path], known: Iterable[str]) -> None:
        if path in files:
            which, what = "this file, which is", str(unread(path) or "")
        else:
            which, what = f"any of its {len(files):,} files, among them", described(files)
        which = f"{which} {what}" if what else which.rpartition(",")[0]
        self.path = path
        super().__init__(f"{path}: no format here reads {which}; what can be read: {', '.join(known)}")


class NotThere(FileNotFoundError):
    """A path named by a person that leads nowhere."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is not there: check the spelling")


class Input(NamedTuple, Generic[F]):
    """A file, the format that reads it, the SHA-256 of its bytes as they are on disk, and what the graph calls it."""

    path: Path
    format: F
    hash: str
    name: str


class Broken(NamedTuple):
    """A file that cannot even be recognised, and what the graph calls it."""

    error: UnreadableFile
    name: str


class Inputs(NamedTuple, Generic[F]):
    """Files that a format claims, in order of path; files in folders that none does; files that cannot be read."""

    files: list[Input[F]]
    strange: list[Path]
    broken: list[Broken]


def find_inputs(
    paths: Sequence[Path],
    recognise: Callable[[Path], F | None],
    known: Iterable[str],
    companions: Callable[[F, Path], Iterable[Path]] = lambda _form, _path: (),
    named: Callable[[F | None, Path, str], str] = lambda _form, path, _hash: path.name,
) -> Inputs[F]:
    """What the paths hold, each file once.

    `named` is what the graph calls a file of that format, None where it cannot be recognised, with that hash.
    `companions` are files that a format reads along with the one it claims; the hash is over all of them.
    Raises NotRecognised for a path of which no format claims a file, FileNotFoundError for one that is not there,
    UnreadableFile where nothing is left to read.
    """
    claims: dict[Path, F | None] = {}
    broken: list[Broken] = []
    held = {path: list(_files(path)) for path in paths}
    files = {file.resolve(): file for some in held.values() for file in some}
    for path in sorted(files.values()):
        try:
            claims[path] = recognise(path)
        except UnreadableFile as error:
            broken.append(Broken(error, named(None, path, _hash_of_broken(path))))
    beside = {path: sorted(companions(form, path)) for path, form in claims.items() if form is not None}
    taken = {companion for some in beside.values() for companion in some}
    strange = [path for path, form in claims.items() if form is None and path not in taken]
    nobodys = {path.resolve() for path in strange}
    for path, some in held.items():
        if all(file.resolve() in nobodys for file in some):
            raise NotRecognised(path, some, known)
    found = []
    for path, form in claims.items():
        if form is not None and path not in taken:
            hash = _hash([path, *beside[path]])
            found.append(Input(path, form, hash, named(form, path, hash)))
    if broken and not found:
        raise broken[0].error
    return Inputs(found, strange, broken)


def names_in(path: Path, keyed: Callable[[str], str]) -> dict[str, list[str]]:
    """The files in a folder, or the file, by what the graph calls them where they are about patients."""
    found: dict[str, list[str]] = {}
    for file in _files(path):
        found.setdefault(private_name(_hash_of_broken(file), keyed), []).append(str(file))
    return found


def private_name(hash: str, keyed: Callable[[str], str]) -> str:
    """What the graph calls a file about patients with this hash: people name files and folders after patients."""
    return keyed(hash)[:16] if hash else "a file that cannot be read"


def _files(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise NotThere(path)
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts):
            yield file


def _hash_of_broken(path: Path) -> str:
    """Empty where not even its bytes can be read."""
    try:
        return _hash([path])
    except OSError:
        return ""


def _hash(paths: Iterable[Path]) -> str:
    digest = sha256()
    for path in paths:
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()
