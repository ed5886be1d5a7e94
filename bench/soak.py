"""bench: runs the server at 80 % of its maximum load for an hour, and prints errors, waiting times and memory.

Run `python -m bench.soak STORE [--minutes 60]` from the root of the checkout, with `wrk` on the path. The queries are
the same as in bench/http.py, with a different concept in every request. The maximum load is measured first, with eight
connections. Then each request has a due time, at regular intervals. Waiting times count from the due time, so they show
whether the server falls behind.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

from bench.http import SCRIPT, Server, body, concepts, load, running, warmed
from bench.machine import machine

_CONNECTIONS, _SHARE, _LONGEST = 8, 0.8, 60.0


class Minute(NamedTuple):
    """`waits` are in milliseconds from the due time. `memory` is the resident memory in MiB after the minute."""

    waits: list[float]
    errors: int
    memory: float


def memory(server: Server) -> float:
    """Resident memory in MiB (https://man7.org/linux/man-pages/man5/proc_pid_status.5.html)."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def steady(port: int, bodies: Sequence[bytes], rate: float, seconds: float) -> tuple[list[float], int]:
    """The waiting times and the number of errors at `rate` requests per second."""
    began, waits, errors = time.perf_counter(), list[float](), 0
    heads = [_head(len(one)) for one in bodies]

    async def ask(first: int) -> None:
        nonlocal errors
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(first, int(rate * seconds), _CONNECTIONS):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(heads[number % len(heads)] + bodies[number % len(bodies)])
            status, answer = await asyncio.wait_for(_answer(reader), _LONGEST)
            errors += status != 200 or b'"errors"' in answer[-400:]
            waits.append(1e3 * (time.perf_counter() - due))
        writer.close()

    await asyncio.gather(*map(ask, range(_CONNECTIONS)))
    return waits, errors


def _head(length: int) -> bytes:
    lines = "POST /graphql HTTP/1.1", "host: x", "content-type: application/json", f"content-length: {length}"
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
    return int(head.split()[1]), await reader.readexactly(length)


def row(number: int, minute: Minute) -> str:
    cuts = quantiles(minute.waits, n=100)
    return (
        f"| {number} | {len(minute.waits):,} | {minute.errors} | {cuts[49]:.1f} | {cuts[98]:.1f} "
        f"| {max(minute.waits):.0f} | {minute.memory:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store")
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--port", type=int, default=8765)
    options = parser.parse_args()
    lines = [body(about) for about in concepts(options.store)]
    print(machine())
    with tempfile.TemporaryDirectory() as name, running("ours", options.store, options.port) as server:
        warmed(server)
        (Path(name) / "bodies").write_text("\n".join(lines))
        script = Path(name) / "post.lua"
        script.write_text(SCRIPT % (Path(name) / "bodies"))
        rate = _SHARE * max(load(server, _CONNECTIONS, 10, script).rate for _ in range(3))
        print(f"{rate:,.0f} requests per second, 80 % of the maximum, over {_CONNECTIONS} connections\n")
        print("| minute | answers | errors | p50, ms | p99 | longest | MiB |\n|---:|---:|---:|---:|---:|---:|---:|")
        for number in range(1, options.minutes + 1):
            waits, errors = asyncio.run(steady(options.port, [line.encode() for line in lines], rate, 60))
            print(row(number, Minute(waits, errors, memory(server))), flush=True)


if __name__ == "__main__":
    main()
