"""cli: puts the server together: a reader that follows the store, what warms its meaning, and the api in front."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from api.auth import Guard
from api.disclosure import Caller, role
from cli.processes import shared
from cli.safety import guard_of
from graph.settings import settings
from graph.snapshot import Reader
from graph.store import Address
from linking.understanding import OFF, Understanding

logger = logging.getLogger("tricuspid.serve")
_EVERY = 1.0
_LAST, _AFTER = 5, 2.0
"""Seconds to finish requests in progress after a stop signal, and then seconds for the rest of the shutdown."""
_PATIENCE = 5000
"""Names that a question on the command line may encode before it is answered: half a minute."""


def understanding_of(address: str, patience: int | None = _PATIENCE) -> Understanding:
    """What a question on the command line understands: the encoder is opened when it first needs one."""
    if not settings().meaning:
        return Understanding(lacking=OFF)
    return Understanding(Address(address).state / "vectors", settings().model, patience)


def at_the_command_line(name: str) -> Caller:
    """Who asks here, for the audit log: the user by number, which cannot be made up as a name can."""
    return Caller(f"uid:{os.getuid()}", role(name))


def _not_given_up(record: logging.LogRecord) -> bool:
    """A request that is given up when the server stops is counted in one line; its trace tells nothing more."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def _tell(address: str, host: str, port: int) -> None:
    where = f"[{host}]" if ":" in host else host
    url = f"http://{where}:{port}/graphql"
    logger.info("serving", extra={"said": {"store": address, "host": host, "port": port, "url": url}})
    if settings().log == "plain":
        print(f"GraphQL: {url} (Ctrl-C stops)", file=sys.stderr)


def serve(address: str, host: str, port: int, processes: int = 1) -> int:
    """Serves until stopped; gives 0. A store that another process fills is followed as that process makes it known."""
    from api.listening import bound, room

    guard, most = guard_of(settings(), address), room()
    with bound(host, port) as listening:
        told = partial(_tell, address, host, listening.getsockname()[1])
        if processes == 1:
            _serve(address, guard, most, listening, told)
            code = 0
        else:
            told()
            code = shared(processes, lambda: _serve(address, guard, most, listening, lambda: None))
    logger.info("stopped")
    return code


def _end_soon() -> None:
    """A question that takes longer keeps its thread, and so may a snapshot that is made; nothing is lost with them."""
    last = threading.Timer(_AFTER, os._exit, (0,))
    last.daemon = True
    last.start()


def _serve(address: str, guard: Guard, most: int, listening: socket.socket, tell: Callable[[], None]) -> int:
    from api.http import create_app
    from api.listening import Server

    reader = Reader(address)
    understanding = understanding_of(address, None)
    stop = threading.Event()
    follower = threading.Thread(target=reader.follow, args=(_EVERY, stop), daemon=True)
    warmer = threading.Thread(target=understanding.follow, args=(reader.current, _EVERY, stop), daemon=True)
    follower.start()
    warmer.start()
    tell()
    try:
        app = create_app(reader, understanding, guard)
        logging.getLogger("uvicorn.error").addFilter(_not_given_up)
        with suppress(KeyboardInterrupt):  # which is raised once all is answered, by either signal
            Server(_config(app, guard, most)).run(sockets=[listening])
        _end_soon()
    finally:
        listening.close()
        stop.set()
        follower.join()
        # What it has encoded so far is kept; it looks every few names whether it is to stop.
        warmer.join(_EVERY)
        reader.close()
    return 0


def _config(app: Any, guard: Guard, most: int) -> Any:
    import uvicorn

    from api.listening import timed

    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http=timed(guard.seconds),
        ws="none",
        limit_concurrency=most,
        timeout_graceful_shutdown=_LAST,
    )
