"""cli: builds the server: a reader that reads new epochs of a store, a thread that encodes names, and the HTTP app."""

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
"""Seconds to finish requests in progress after a stop signal, and seconds for the shutdown that follows."""
_PATIENCE = 5000
"""The maximum number of names that one command encodes before it answers. Encoding this number takes about half a
minute."""


def understanding_of(address: str, patience: int | None = _PATIENCE) -> Understanding:
    """The semantic search of a store. The encoder is opened when it is first used."""
    if not settings().meaning:
        return Understanding(lacking=OFF)
    return Understanding(Address(address).state / "vectors", settings().model, patience)


def at_the_command_line(name: str) -> Caller:
    """Returns the caller for the audit log. Its name is the user id of the operating system, which cannot be faked."""
    return Caller(f"uid:{os.getuid()}", role(name))


def _not_cancelled(record: logging.LogRecord) -> bool:
    """Returns False for the traceback of a request that was cancelled at shutdown, so that it is not logged."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def _announce(address: str, host: str, port: int) -> None:
    where = f"[{host}]" if ":" in host else host
    url = f"http://{where}:{port}/graphql"
    logger.info("serving", extra={"said": {"store": address, "host": host, "port": port, "url": url}})
    if settings().log == "plain":
        print(f"GraphQL: {url} (Ctrl-C stops)", file=sys.stderr)


def serve(address: str, host: str, port: int, processes: int = 1) -> int:
    """Serves until stopped, and returns the exit code. Other processes can write new epochs at the same time."""
    from api.listening import bound, room

    guard, most = guard_of(settings(), address), room()
    with bound(host, port) as listening:
        announce = partial(_announce, address, host, listening.getsockname()[1])
        if processes == 1:
            _serve(address, guard, most, listening, announce)
            code = 0
        else:
            announce()
            code = shared(processes, lambda: _serve(address, guard, most, listening, lambda: None))
    logger.info("stopped")
    return code


def _end_soon() -> None:
    """Exits soon, even if a thread still answers a request or builds a snapshot. Nothing is lost."""
    last = threading.Timer(_AFTER, os._exit, (0,))
    last.daemon = True
    last.start()


def _serve(address: str, guard: Guard, most: int, listening: socket.socket, announce: Callable[[], None]) -> int:
    from api.http import create_app
    from api.listening import Server

    reader = Reader(address)
    understanding = understanding_of(address, None)
    stop = threading.Event()
    follower = threading.Thread(target=reader.follow, args=(_EVERY, stop), daemon=True)
    warmer = threading.Thread(target=understanding.follow, args=(reader.current, _EVERY, stop), daemon=True)
    follower.start()
    warmer.start()
    announce()
    try:
        app = create_app(reader, understanding, guard)
        logging.getLogger("uvicorn.error").addFilter(_not_cancelled)
        with suppress(KeyboardInterrupt):  # after its shutdown, uvicorn raises this error for both signals
            Server(_config(app, guard, most)).run(sockets=[listening])
        _end_soon()
    finally:
        listening.close()
        stop.set()
        follower.join()
        # Vectors that are already encoded are not lost. After every few names, the thread checks whether to stop.
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
