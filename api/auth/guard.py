"""api: the security settings of a server: callers, audit log, budget, limits and what is public."""

from __future__ import annotations

from typing import NamedTuple

from api.auth.audit import Audit
from api.auth.budget import Budget
from api.auth.callers import Callers
from api.fields import Places

SECONDS = 30.0
"""Time limit of a request, from the arrival of its headers to its complete answer. The client has the same time to read
the answer. The first headers of a connection have a separate limit (api/listening.py)."""


class Guard(NamedTuple):
    """The security settings of a server.

    `seconds` is the time limit of a request. `hosts` are the accepted host names; if empty, all are accepted. `places`
    limits how many requests do grounding and search by meaning at a time. If `public` is False, the server has no
    GraphiQL page and does not answer GET. It also refuses introspection, and its error messages do not suggest names
    from the schema.
    """

    callers: Callers = Callers()
    audit: Audit | None = None
    public: bool = True
    seconds: float = SECONDS
    hosts: tuple[str, ...] = ()
    places: Places = Places()
    budget: Budget | None = None
