"""api: what a server is told about safety: who may see what, what is written down, and what is turned off."""

from __future__ import annotations

from typing import NamedTuple

from api.auth.audit import Audit
from api.auth.budget import Budget
from api.auth.callers import Callers
from api.fields import Places

SECONDS = 30.0
"""What one request may take, from its headers to its answer made. A caller has as long to take the answer; the first
headers have a limit of their own (api/listening.py)."""


class Guard(NamedTuple):
    """`hosts` are the names that the server answers to; to any where there are none. `places` are for slow work.

    Where it is not `public`, no caller gets the page, an answer to GET, the schema, or a name suggested in an error.
    """

    callers: Callers = Callers()
    audit: Audit | None = None
    public: bool = True
    seconds: float = SECONDS
    hosts: tuple[str, ...] = ()
    places: Places = Places()
    budget: Budget | None = None
