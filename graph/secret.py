"""graph: the site secret, which is the key of the pseudonyms of patients."""

from __future__ import annotations

import contextlib
import hmac
import secrets
import tempfile
from pathlib import Path

from graph.errors import GraphError, raising_store_full
from graph.settings import settings

DEMONSTRATION = b"only for the demonstration"
"""This secret is fixed, so all users of the demonstration get the same numbers.

The patients of the demonstration are invented, so it need not be secret.
"""


def site_secret(folder: Path, new: bytes | None = None) -> bytes:
    """Returns TRICUSPID_SECRET or, if it is not set, the secret in the folder.

    If the folder has no secret, one is created: `new` if it is given, otherwise random bytes.
    """
    if given := settings().secret:
        return given.encode()
    kept = folder / "secret"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with raising_store_full(kept), tempfile.NamedTemporaryFile(dir=folder, prefix="secret-") as whole:
            whole.write(new or secrets.token_bytes(32))
            whole.flush()
            # The file is linked only when it is complete. If the process is killed before that, no empty key remains.
            with contextlib.suppress(FileExistsError):
                kept.hardlink_to(whole.name)
    return kept.read_bytes()


def source_hash(secret: bytes, name: str) -> str:
    """64 bits, in hex, of the keyed hash of a source's name, as in the table Resource; empty for the unnamed source."""
    return hmac.new(secret, f"Source/{name}".encode(), "sha256").hexdigest()[:16] if name else ""


def secret_of(snapshot: Path) -> bytes:
    """The site secret of the store to which this folder of a snapshot belongs. The snapshots of a server are one folder
    deeper.

    Raises GraphError if there is no secret, because without it nothing in the snapshot can be compared with a name.
    """
    folders = (snapshot.parent, snapshot.parent.parent)
    kept = next((folder for folder in folders if settings().secret or (folder / "secret").exists()), None)
    if kept is None:
        raise GraphError(f"{folders[0]} has no site secret: copy it from the machine that ingested the records")
    return site_secret(kept)
