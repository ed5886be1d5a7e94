"""api: limits the number of connections, and the time in which a client must send its request and read its answer.

uvicorn has no such time limits: a client that never finishes its headers, or never reads its answer, would keep a
connection forever.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
import struct
from contextlib import suppress
from typing import Any, ClassVar

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.errors import BadSetup
from graph.faults import Faults

MOST = 1000
"""Number of connections that are answered at the same time.

Requests on further connections get an error that says to try again.
"""
HEADERS = 10.0
"""Seconds from connecting until the headers of the first request must be complete."""
MOST_HEADERS = 100
"""The maximum number of headers of one request."""
_LONGEST = 64 * 1024
"""The maximum number of bytes of incomplete headers."""
FULL = "full"
"""Key in the `state` of the ASGI scope.

It marks a request that must be refused because more than MOST connections are open.
"""
_TURNED_AWAY = 100
"""Number of connections that are refused at the same time.

Further connections are not accepted and wait in the operating system.
"""
_OWN_FILES = 256
"""Number of files that the server itself opens: snapshots, the encoder, logs."""
_PAUSE = 0.05
_SWEEP = 5
"""Number of ticks of uvicorn (0.1 s each) between two checks for slow connections."""
_DROP = struct.pack("ii", 1, 0)
_TOO_MANY_HEADERS = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 33\r\nconnection: close\r\n\r\nMore than 100 headers: send fewer"
)

logger = logging.getLogger("tricuspid.serve")


class Timed(HttpToolsProtocol):
    """One connection. The connection is closed when the clock of its event loop reaches `until`."""

    seconds: ClassVar[float]
    until: float

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # uvicorn would also refuse requests on connections that were accepted before the limit was reached.
        self.limit_concurrency = None
        self._head = 0
        self._within_body = self._too_many_headers = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._give(min(HEADERS, self.seconds))
        most = self.config.limit_concurrency
        if most is not None and len(self.connections) > most:
            self.app_state = self.app_state | {FULL: True}

    def data_received(self, data: bytes) -> None:
        before, within_body = self.cycle, self._within_body
        super().data_received(data)
        if self.cycle is not before:
            self._head = 0
            self._give_to_answer()
        elif not within_body and (before is None or before.response_complete):
            self._head += len(data)
            if self._head > _LONGEST:
                self.send_400_response("The headers are too large.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Raises ValueError if there are too many headers. uvicorn then stops reading the request."""
        if len(self.headers) == MOST_HEADERS:
            self._too_many_headers = True
            raise ValueError(f"more than {MOST_HEADERS} headers")
        super().on_header(name, value)

    def send_400_response(self, msg: str) -> None:
        """Sends the response to a request that uvicorn cannot read."""
        if self._too_many_headers:
            self.transport.write(_TOO_MANY_HEADERS)
            self.transport.close()
        else:
            super().send_400_response(msg)

    def on_headers_complete(self) -> None:
        self._within_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._within_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Starts the time limit in which the client must read the rest of the answer and send the next headers."""
        before = self.cycle
        self._give(self.seconds)
        super().on_response_complete()
        if self.cycle is not before:
            self._give_to_answer()

    def _give_to_answer(self) -> None:
        """Sets the deadline of an answer.

        The application has `seconds` to answer, and enforces this limit itself. Then the client has another `seconds`
        to read the answer.
        """
        self._give(2 * self.seconds)

    def _give(self, seconds: float) -> None:
        self.until = self.loop.time() + seconds

    def cut_off(self) -> None:
        """Closes the connection at once and drops the unread part of the answer."""
        with suppress(OSError):
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROP)
        self.transport.abort()


def timed(seconds: float) -> type[Timed]:
    """Returns the protocol for connections whose requests may take `seconds`."""
    return type("Timed", (Timed,), {"seconds": seconds})


class Server(uvicorn.Server):
    """Accepts connections up to a limit, and closes connections whose deadline has passed.

    `http` of the configuration is the protocol from `timed`. `limit_concurrency` is the number of connections that are
    answered at the same time.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._faults = Faults(logger, "a connection cannot be accepted")
        self._accepting: list[asyncio.Task[None]] = []
        self._coming: set[asyncio.Task[Any]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to accept connections on bound sockets.

        asyncio itself would accept connections without limit, and would fill the log when no more files can be opened.
        """
        await super().startup(sockets=[])
        for listening in sockets or ():
            listening.setblocking(False)
            listening.listen(self.config.backlog)
            self._accepting.append(asyncio.create_task(self._accept(listening)))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for accepting in self._accepting:
            accepting.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        if counter % _SWEEP == 0:
            self._close_late()
        return await super().on_tick(counter)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            while self._full():
                await asyncio.sleep(_PAUSE)
            try:
                connection, _ = await loop.sock_accept(listening)
            except ConnectionAbortedError:
                continue
            except OSError as wrong:
                self._faults.log(wrong)
                await asyncio.sleep(1)
                continue
            coming = loop.create_task(loop.connect_accepted_socket(self._protocol, connection))
            self._coming.add(coming)
            coming.add_done_callback(self._coming.discard)

    def _full(self) -> bool:
        there = len(self.server_state.connections) + len(self._coming)
        return there >= (self.config.limit_concurrency or MOST) + _TURNED_AWAY

    def _protocol(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    def _close_late(self) -> None:
        now = asyncio.get_running_loop().time()
        late = [one for one in self.server_state.connections if isinstance(one, Timed) and one.until < now]
        for one in late:
            one.cut_off()
        if late:
            logger.info("slow connections closed", extra={"said": {"connections": len(late)}})


def bound(host: str, port: int) -> socket.socket:
    """Returns a socket bound to this address that does not accept connections yet.

    Raises OSError with a message that states the remedy.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        made = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as wrong:
        # A host name that IDNA cannot encode is a UnicodeError.
        raise OSError(f"{host} is not an address to listen on ({wrong}): choose another --host") from wrong
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted sockets inherit this option. Without it, the server would send the end of an answer only after the
        # client has acknowledged its start.
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.bind(address)
    except OSError as wrong:
        made.close()
        raise OSError(f"cannot listen on {host}:{port} ({wrong.strerror}): choose another --host or --port") from wrong
    return made


def room() -> int:
    """Returns how many connections can be answered at the same time.

    If necessary, the limit of open files is increased first. Raises BadSetup if this limit allows no connection at all.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = MOST + _TURNED_AWAY + _OWN_FILES
    if soft == resource.RLIM_INFINITY:
        return MOST
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    free = soft - _OWN_FILES - _TURNED_AWAY
    if free < 1:
        raise BadSetup(f"the limit of open files is {soft:,}: raise it to {needed:,} (ulimit -n {needed})")
    return min(MOST, free)
