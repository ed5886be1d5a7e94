"""bench: kills `tricuspid load` and `tricuspid ingest` at random moments, and looks at what is left.

    python -m bench.kills --engine embedded|neo4j|server [--command load|ingest] [--times 100] [--seed N]

The commands read parts of the demonstration set in batches of a few hundred items, so that there are some ten. A round
starts with an empty store, kills the command once to three times (SIGKILL, its whole process group), and lets it end.
After every kill the store must open, hold row by row what an undisturbed run holds at the same epoch, and be no further
back than the command had told; at the end of a round it must be what the undisturbed run ended in. Each command is a
process of its own, forked from one that has imported what a command needs, which else takes most of the time.
Neo4j is that of NEO4J_URI and is emptied: `bin/neo4j run -- python -m bench.kills --engine neo4j`. With `--engine
server` it is a Neo4j server that is killed, one of its own, and started again on what it left.
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
    """The undisturbed run: seconds from where it begins, and the graph at each epoch from the one it starts at.

    `done` is the epoch at which the command's own job is done; groups of one meaning may follow it.
    """

    command: str
    seconds: float
    graphs: dict[int, Graph]
    done: int


class Place:
    """A store of one engine that can be made as it was before the command, again and again."""

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
        """The command, from where it has a process group of its own."""
        told = self._folder / "told"
        told.unlink(missing_ok=True)
        arguments = [command, "--store", self.address, *map(str, PATHS[command])]
        process = FORKED.Process(target=obey, args=(arguments, told, dict(os.environ)))
        process.start()
        while not told.exists() and process.is_alive():
            time.sleep(0.001)
        return Running(process, told)


class Server:
    """A Neo4j server on a folder of its own, at one address for as many lives as it has."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.address = self._said("start", "--port", "0").strip().partition("=")[2]

    def _said(self, *arguments: str) -> str:
        command = [sys.executable, str(LAUNCHER), *arguments, "--home", str(self._home)]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout

    def kill(self) -> None:
        os.kill(int((self._home / "server.pid").read_text()), signal.SIGKILL)

    def revive(self) -> None:
        self._said("start", "--port", str(urlsplit(self.address).port))

    def stop(self) -> None:
        self._said("stop")


class Running(NamedTuple):
    process: Any
    told: Path

    def end(self) -> None:
        self.process.join()
        assert self.process.exitcode == 0, f"the command gave {self.process.exitcode}: {self.told.read_text()}"

    def kill(self, after: float, server: Server | None) -> int | None:
        """Kills the server, or else the command.

        Gives the last epoch that the command told before that, 0 for none; None where it had ended.
        """
        self.process.join(after)
        if self.process.exitcode is None and server:
            server.kill()
            self.process.join()
            server.revive()
        elif self.process.exitcode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.join()
        output, code = self.told.read_text(), self.process.exitcode
        assert code in ((0, 1) if server else (0, -signal.SIGKILL)), f"the command gave {code}: {output}"
        assert code != 1 or "does not answer" in output, f"the command gave {code}: {output}"
        told = [int(line.split()[1]) for line in output.splitlines() if line.startswith("written ")]
        return None if code == 0 else max(told, default=0)


def obey(arguments: list[str], told: Path, surroundings: dict[str, str]) -> None:
    """Runs a command in this process; it tells every epoch as soon as it is written."""
    os.setsid()
    os.environ.update(surroundings)
    output = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    jobs.BATCH_ITEMS = ITEMS
    write = Store.write

    def telling(store: Store, batch: Batch) -> int:
        epoch = write(store, batch)
        print("written", epoch, flush=True)
        return epoch

    Store.write = telling  # type: ignore[method-assign, assignment]
    sys.exit(tricuspid(arguments))


def undisturbed(place: Place, command: str) -> Way:
    """Runs the command once here, to see the graph at every epoch, and once in a process for its time."""
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
    first = FORKED.Process(target=int)  # from now on all is imported
    first.start()
    first.join()
    began = time.perf_counter()
    place.start(command).end()
    return Way(command, time.perf_counter() - began, graphs, min(done))


def look(store: Store, way: Way, told: int) -> str:
    """Where in the run the store stands. Fails where it holds anything but what the run held there."""
    with store.read_transaction() as epoch:
        found = stated(store)
    assert epoch >= told, f"epoch {told} was told as written, {epoch} is found"
    assert epoch in way.graphs, f"epoch {epoch} is none of the run's"
    assert_equal(found, way.graphs[epoch], f"at epoch {epoch}")
    if epoch >= way.done:
        return LAST
    return "before the first batch" if epoch == min(way.graphs) else "between two batches"


def assert_equal(found: Graph, wanted: Graph, when: str) -> None:
    wrong = [table for table, rows in wanted.items() if rows != found[table]]
    assert not wrong, f"other rows than the undisturbed run had {when}: {', '.join(wrong)}"


def kill(place: Place, way: Way, times: int, moment: random.Random, server: Server | None = None) -> Counter[str]:
    """Kills so many times; how often it was where, and how often a torn log was mended."""
    seen: Counter[str] = Counter()
    while seen["kills"] < times:
        place.fresh(way.command)
        for _ in range(min(moment.randint(1, 3), times - seen["kills"])):
            told = place.start(way.command).kill(moment.random() * way.seconds, server)
            if told is not None:
                with closing(open_store(place.address)) as store:
                    seen["kills"] += 1
                    seen["torn logs mended"] += store.recovery is not None
                    found = look(store, way, told)
                seen[found] += 1
            if told is None or found == LAST:
                break  # the job itself is done: if run again, it would start from the beginning
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
    given = parser.parse_args()
    if given.engine == "neo4j" and not os.environ.get("NEO4J_URI"):
        parser.error("NEO4J_URI names no server, which this empties: bin/neo4j run -- python -m bench.kills ...")
    os.environ["TRICUSPID_SECRET"] = "the same secret for every store"
    jobs.BATCH_ITEMS = ITEMS
    with ExitStack() as ending:
        server = Server(Path(ending.enter_context(tempfile.TemporaryDirectory()))) if given.engine == "server" else None
        if server:
            ending.callback(server.stop)
            os.environ["NEO4J_URI"] = server.address
        for command in given.command or PATHS:
            told_of(command, given, server)
    return 0


def told_of(command: str, given: argparse.Namespace, server: Server | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TRICUSPID_HOME"] = str(Path(folder) / "home")
        place = Place(given.engine, Path(folder))
        way = undisturbed(place, command)
        seen = kill(place, way, given.times, random.Random(given.seed), server)
    print(f"{command} on {given.engine}: {len(way.graphs) - 1} batches, {way.seconds:.1f} s undisturbed")
    print("".join(f"  {count:>4}  {what}\n" for what, count in sorted(seen.items())), flush=True)


if __name__ == "__main__":
    sys.exit(main())
