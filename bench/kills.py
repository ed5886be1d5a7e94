"""bench: kills `tricuspid load` and `tricuspid ingest` at random moments, and checks the store.

    python -m bench.kills --engine embedded|neo4j|server [--command load|ingest] [--times 100] [--seed N]

The commands read parts of the demonstration data in about ten batches of a few hundred items. A round starts with an
empty store, kills the command one to three times (SIGKILL to the whole process group), and then lets the command
finish. After every kill, it must be possible to open the store. The store must have the same rows as an undisturbed run
at the same epoch. Its epoch must be the epoch that the command printed last, or a later epoch. At the end of a round,
the store must equal the result of the undisturbed run. Each command is forked from a process that has imported all
modules, because imports would take most of the time. With `--engine neo4j`, the script empties the Neo4j server in
NEO4J_URI: `bin/neo4j run -- python -m bench.kills --engine neo4j`. With `--engine server`, a separate Neo4j server is
killed instead of the command, and restarted with its files.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from cli.main import main as tricuspid
from graph.store import Batch, Store, open_store
from ingest import jobs
from tests.conftest import empty_neo4j
from tests.ingest.graphs import DEMONSTRATION, Graph, ingest_into, load_into, stated

ITEMS = 200
LAUNCHER = Path(__file__).resolve().parents[1] / "bin/neo4j"
LAST = "after the last batch"
BEFORE = {"load": [], "ingest": [DEMONSTRATION / "terminology/mondo.obo"]}
PATHS = {
    "load": [*sorted((DEMONSTRATION / "terminology").glob("*.obo")), DEMONSTRATION / "mappings"],
    "ingest": [
        DEMONSTRATION / "care/Patient.ndjson",
        DEMONSTRATION / "care/Condition.ndjson",
        DEMONSTRATION / "trials",
    ],
}
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["tests.ingest.graphs", "graph.store.ladybug", "graph.store.neo4j"])


class Way(NamedTuple):
    """The run of a command that was not killed: its duration in seconds, and the graph at each epoch from the first.

    `done` is the epoch at which the command's own job is done. After this job, a job that writes groups may follow.
    """

    command: str
    seconds: float
    graphs: dict[int, Graph]
    done: int


class Place:
    """A store of one engine that can be reset to its state before the command."""

    def __init__(self, engine: str, folder: Path) -> None:
        self._folder = folder
        self._server = os.environ["NEO4J_URI"] if engine != "embedded" else ""
        self.address = self._server or str(folder / "store")

    def fresh(self, command: str) -> None:
        for left in ("store", "home"):
            shutil.rmtree(self._folder / left, ignore_errors=True)
        if self._server:
            empty_neo4j(self._server)
        with closing(open_store(self.address)) as store:
            if BEFORE[command]:
                load_into(store, *BEFORE[command])

    def start(self, command: str) -> Running:
        """Starts the command. Returns when the command has its own process group."""
        output = self._folder / "output"
        output.unlink(missing_ok=True)
        arguments = [command, "--store", self.address, *map(str, PATHS[command])]
        process = FORKED.Process(target=run_command, args=(arguments, output, dict(os.environ)))
        process.start()
        while not output.exists() and process.is_alive():
            time.sleep(0.001)
        return Running(process, output)


class Server:
    """A Neo4j server with its own folder, which can be killed and restarted at the same address."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.address = self._run("start", "--port", "0").strip().partition("=")[2]

    def _run(self, *arguments: str) -> str:
        command = [sys.executable, str(LAUNCHER), *arguments, "--home", str(self._home)]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout

    def kill(self) -> None:
        os.kill(int((self._home / "server.pid").read_text()), signal.SIGKILL)

    def restart(self) -> None:
        self._run("start", "--port", str(urlsplit(self.address).port))

    def stop(self) -> None:
        self._run("stop")


class Running(NamedTuple):
    process: Any
    output: Path

    def end(self) -> None:
        self.process.join()
        assert self.process.exitcode == 0, f"exit code {self.process.exitcode}: {self.output.read_text()}"

    def kill(self, after: float, server: Server | None) -> int | None:
        """Kills the server if one is given, otherwise the command.

        Returns the last epoch that the command printed, or 0 if it printed no epoch. Returns None if the command had
        already ended.
        """
        self.process.join(after)
        if self.process.exitcode is None and server:
            server.kill()
            self.process.join()
            server.restart()
        elif self.process.exitcode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.join()
        output, code = self.output.read_text(), self.process.exitcode
        assert code in ((0, 1) if server else (0, -signal.SIGKILL)), f"exit code {code}: {output}"
        assert code != 1 or "does not answer" in output, f"exit code {code}: {output}"
        epochs = [int(line.split()[1]) for line in output.splitlines() if line.startswith("written ")]
        return None if code == 0 else max(epochs, default=0)


def run_command(arguments: list[str], output: Path, environment: dict[str, str]) -> None:
    """Runs a command in this process, and prints every epoch as soon as the epoch is written."""
    os.setsid()
    os.environ.update(environment)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    jobs.BATCH_ITEMS = ITEMS
    write = Store.write

    def printing(store: Store, batch: Batch) -> int:
        epoch = write(store, batch)
        print("written", epoch, flush=True)
        return epoch

    Store.write = printing  # type: ignore[method-assign, assignment]
    sys.exit(tricuspid(arguments))


def undisturbed(place: Place, command: str) -> Way:
    """Runs the command twice: in this process to record the graph at every epoch, and in another process to measure
    the time.
    """
    place.fresh(command)
    with closing(open_store(place.address)) as store:
        graphs, done = {store.epoch(): stated(store)}, list[int]()
        write = store.write

        def seen(batch: Batch) -> int:
            epoch = write(batch)
            graphs[epoch] = stated(store)
            (job,) = batch.nodes["Job"].select(["kind", "state"]).to_pylist()
            done.extend([epoch] if job == {"kind": command, "state": "done"} else [])
            return epoch

        store.write = seen  # type: ignore[method-assign]
        (load_into if command == "load" else ingest_into)(store, *PATHS[command])
    place.fresh(command)
    first = FORKED.Process(target=int)  # makes the server import all modules
    first.start()
    first.join()
    began = time.perf_counter()
    place.start(command).end()
    return Way(command, time.perf_counter() - began, graphs, min(done))


def look(store: Store, way: Way, printed: int) -> str:
    """Returns how far a killed command got. Raises AssertionError if the graph differs from `way` at the same epoch."""
    with store.read_transaction() as epoch:
        found = stated(store)
    assert epoch >= printed, f"epoch {printed} was printed as written, but the store is at {epoch}"
    assert epoch in way.graphs, f"the run has no epoch {epoch}"
    assert_equal(found, way.graphs[epoch], f"at epoch {epoch}")
    if epoch >= way.done:
        return LAST
    return "before the first batch" if epoch == min(way.graphs) else "between two batches"


def assert_equal(found: Graph, wanted: Graph, when: str) -> None:
    wrong = [table for table, rows in wanted.items() if rows != found[table]]
    assert not wrong, f"rows differ from the undisturbed run {when}: {', '.join(wrong)}"


def kill(place: Place, way: Way, times: int, moment: random.Random, server: Server | None = None) -> Counter[str]:
    """Kills the command `times` times.

    Counts how far the command got each time, and how often an incomplete log was repaired.
    """
    seen: Counter[str] = Counter()
    while seen["kills"] < times:
        place.fresh(way.command)
        for _ in range(min(moment.randint(1, 3), times - seen["kills"])):
            printed = place.start(way.command).kill(moment.random() * way.seconds, server)
            if printed is not None:
                with closing(open_store(place.address)) as store:
                    seen["kills"] += 1
                    seen["torn logs repaired"] += store.recovery is not None
                    found = look(store, way, printed)
                seen[found] += 1
            if printed is None or found == LAST:
                break  # the job itself is done: if run again, the job would start from the beginning
        place.start(way.command).end()
        with closing(open_store(place.address)) as store:
            assert_equal(stated(store), way.graphs[max(way.graphs)], "at the end")
        seen["equal ends"] += 1
    return seen


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.kills")
    parser.add_argument("--engine", choices=("embedded", "neo4j", "server"), required=True)
    parser.add_argument("--command", choices=tuple(PATHS), action="append", help="default: both")
    parser.add_argument("--times", type=int, default=100, metavar="N")
    parser.add_argument("--seed", type=int, default=5, metavar="N")
    options = parser.parse_args()
    if options.engine == "neo4j" and not os.environ.get("NEO4J_URI"):
        parser.error("set NEO4J_URI to a server, which is emptied: bin/neo4j run -- python -m bench.kills ...")
    os.environ["TRICUSPID_SECRET"] = "the same secret for every store"
    jobs.BATCH_ITEMS = ITEMS
    with ExitStack() as ending:
        server = (
            Server(Path(ending.enter_context(tempfile.TemporaryDirectory()))) if options.engine == "server" else None
        )
        if server:
            ending.callback(server.stop)
            os.environ["NEO4J_URI"] = server.address
        for command in options.command or PATHS:
            report(command, options, server)
    return 0


def report(command: str, options: argparse.Namespace, server: Server | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TRICUSPID_HOME"] = str(Path(folder) / "home")
        place = Place(options.engine, Path(folder))
        way = undisturbed(place, command)
        seen = kill(place, way, options.times, random.Random(options.seed), server)
    print(f"{command} on {options.engine}: {len(way.graphs) - 1} batches, {way.seconds:.1f} s undisturbed")
    print("".join(f"  {count:>4}  {what}\n" for what, count in sorted(seen.items())), flush=True)


if __name__ == "__main__":
    sys.exit(main())
