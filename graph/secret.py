"""graph: reads or creates the site secret, the key for the pseudonyms of patients."""

from __future__ import annotations

import contextlib
import hmac
import secrets
import tempfile
from pathlib import Path

from graph.errors import GraphError, raising_store_full
from graph.settings import settings

DEMONSTRATION = b"only for the demonstration"
"""The site secret of the demonstration. This secret is fixed, so that all users of the demonstration get the same
numbers.

The value need not be secret, because the patients of the demonstration are invented.
"""


def site_secret(folder: Path, new: bytes | None = None) -> bytes:
    """Returns TRICUSPID_SECRET. If TRICUSPID_SECRET is not set, returns the secret in `folder`, the state folder.

    If the folder has no secret, writes `new` or random bytes into the folder as the secret.
    """
    if given := settings().secret:
        return given.encode()
    kept = folder / "secret"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with raising_store_full(kept), tempfile.NamedTemporaryFile(dir=folder, prefix="secret-") as whole:
            whole.write(new or secrets.token_bytes(32))
            whole.flush()
            # The file gets its name when it is complete. If the process is killed earlier, no incomplete key remains.
            with contextlib.suppress(FileExistsError):
                kept.hardlink_to(whole.name)
    return kept.read_bytes()


def source_hash(secret: bytes, name: str) -> str:
    """Returns the keyed hash of a source's name, as in the column `source` of the table Resource: 64 bits in hex.

    The hash of the unnamed source is empty.
    """
    return hmac.new(secret, f"Source/{name}".encode(), "sha256").hexdigest()[:16] if name else ""


def secret_of(snapshot: Path) -> bytes:
    """Returns the site secret of the store to which a snapshot belongs. `snapshot` is the folder of the snapshot.

    The snapshots of a Neo4j store are one folder deeper than the snapshots of an embedded store. Raises GraphError if
    there is no secret, because names of sources cannot be hashed without the secret.
    """
    folders = (snapshot.parent, snapshot.parent.parent)
    kept = next((folder for folder in folders if settings().secret or (folder / "secret").exists()), None)
    if kept is None:
        raise GraphError(f"{folders[0]} has no site secret: copy it from the machine that ingested the records")
    return site_secret(kept)
