"""ingest: finds the files in the given paths, and the format of each file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from ingest.unread import described, unread
from ontologies.errors import OntologyError, UnreadableFile

F = TypeVar("F")
DATABASES = ("postgresql://", "postgres://")
"""The prefixes that mark the address of a database (https://www.postgresql.org/docs/current/libpq-connect.html)."""

# After the scheme: user and password, hosts with ports and the name of the database, options.
_WHERE = re.compile(r"(?:[^/?#@]*@)?((?:[\w.-]+|\[[\da-fA-F:]+\])?(?::\d+)?(?:/[\w-]*)?)(?:\?[^@]*)?")


class NotRecognised(OntologyError):
    """A given file in no supported format, or a folder without a file in a supported format."""

    def __init__(self, path: Path, files: Sequence[Path], known: Iterable[str]) -> None:
        if path in files:
            which, kind = "the file is in no supported format", str(unread(path) or "")
        else:
            which, kind = f"none of its {len(files):,} files is in a supported format", described(files)
        found = f" (found: {kind})" if kind else ""
        self.path = path
        super().__init__(f"{path}: {which}{found}; supported: {', '.join(known)}")


class NotThere(FileNotFoundError):
    """A given path that does not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} does not exist: check the spelling")


class Database:
    """The address of a database. Its `repr` and its `path` contain no user, no password and no options.

    If a part of the address may belong to the password, that part is left out.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        scheme, _, rest = address.partition("://")
        known = _WHERE.fullmatch(rest)
        self._shown = f"{scheme}://{known[1] if known else '...'}"

    def __repr__(self) -> str:
        return self._shown

    @property
    def path(self) -> Path:
        return Path(self._shown)

    @property
    def hash(self) -> str:
        """The SHA-256 of the address without user, password and options. The content of the database is not hashed."""
        return sha256(self._shown.encode()).hexdigest()


def place(text: str) -> Path | Database:
    """Returns `text`, an argument of the command line, as the address of a database or as a path."""
    return Database(text) if text.startswith(DATABASES) else Path(text)


class Input(NamedTuple, Generic[F]):
    """A file to read, its format, the SHA-256 of its bytes on disk, and its name in the graph.

    If the input is a database, `path` is the path of the Database, which does not exist on disk.
    """

    path: Path
    format: F
    hash: str
    name: str
    database: Database | None = None

    @property
    def bytes(self) -> int:
        """The size of the file; 0 for a database."""
        return 0 if self.database else self.path.stat().st_size


class Broken(NamedTuple):
    """A file whose format cannot be determined, and its name in the graph."""

    error: UnreadableFile
    name: str


class Inputs(NamedTuple, Generic[F]):
    """Files in a supported format (sorted by path), other files in folders, and files that cannot be read."""

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
    """Finds the files to read in `paths`, and their formats. Each file occurs only once in the result.

    `recognise` returns the format of a file, or None. `known` lists the names of the formats, for error messages.
    `named` returns the name of a file in the graph, from its format (None if unknown), its path and its hash.
    `companions` returns the files that a format reads together with a file. The hash also covers these files. Raises
    NotRecognised for a path without a file in a supported format, FileNotFoundError for a path that does not exist, and
    UnreadableFile if no file can be read.
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
    unclaimed = {path.resolve() for path in strange}
    for path, some in held.items():
        if all(file.resolve() in unclaimed for file in some):
            raise NotRecognised(path, some, known)
    found = []
    for path, form in claims.items():
        if form is not None and path not in taken:
            hash = _hash([path, *beside[path]])
            found.append(Input(path, form, hash, named(form, path, hash)))
    if broken and not found:
        raise broken[0].error
    return Inputs(found, strange, broken)


def names_in(
    path: Path, keyed: Callable[[str], str], companions: Callable[[Path], Iterable[Path]] = lambda _: ()
) -> dict[str, list[str]]:
    """Returns, for each name that the graph uses for a file about patients, the paths of the files with that name.

    `path` is a file or a folder. `companions` returns the other files that are read together with a file.
    """
    found: dict[str, list[str]] = {}
    for file in _files(path):
        found.setdefault(private_name(_hash_of_broken(file, *sorted(companions(file))), keyed), []).append(str(file))
    return found


def private_name(hash: str, keyed: Callable[[str], str]) -> str:
    """Returns the name that the graph uses for a file about patients. The file name itself may name a patient."""
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


def _hash_of_broken(*paths: Path) -> str:
    """Returns the SHA-256 of a file and of the files that are read together with it; empty if one cannot be read."""
    try:
        return _hash(paths)
    except OSError:
        return ""


def _hash(paths: Iterable[Path]) -> str:
    digest = sha256()
    for path in paths:
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()
