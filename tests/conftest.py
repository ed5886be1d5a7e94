"""Fixtures for all tests: the folder of real data, and an empty store of each engine."""

from __future__ import annotations

import gc
import os
import re
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.store import Store, open_store

SHARED = Path(__file__).resolve().parents[1] / "../shared/data"
NO_DATA = "no real data: ../shared/data is absent"
NO_POSTGRES = "no PostgreSQL: apt-get install postgresql"
NEO4J = os.environ.get("NEO4J_URI", "")
ENGINES = ("ladybug", "neo4j")
LONGEST = (
    "neo4j", "tests/e2e", "tests/ingest/test_workers.py", "tests/ingest/test_jobs.py",
    "tests/ingest/test_omop_jobs.py", "tests/cli/test_command.py", "tests/linking/test_proposals.py", "tests/gibleed",
    "tests/ingest/test_real_care.py", "tests/ingest/test_versions.py", "tests/ingest/test_omop.py",
    "tests/api/test_results_attacks.py", "tests/graph/test_recovery.py", "tests/cli/test_logs.py",
    "tests/ingest/test_recording.py", "tests/graph/groups/test_invariants.py", "tests/ingest/test_link.py",
    "tests/ingest/test_phenopackets.py", "tests/ingest/test_fhir_compose.py", "tests/ingest/test_objections.py",
    "tests/graph/test_not_counted.py", "tests/ingest/test_meanings.py", "tests/test_queries.py",
    "tests/ontologies/test_real.py", "tests/test_rubbish.py", "tests/cli/test_cohorts.py",
    "tests/ingest/test_meanings_killed.py", "tests/api/test_listening.py", "tests/cli/test_stopping.py",
    "tests/cli/test_kills.py", "tests/ingest/test_terminology.py", "tests/graph/test_damage.py",
    "tests/graph/test_check.py", "tests/graph/test_carried.py", "tests/cohorts/test_language.py",
    "tests/ingest/test_memory.py", "tests/cohorts/test_saved.py", "tests/ingest/test_said.py",
    "tests/api/test_attacks.py", "tests/cohorts/test_answer.py", "tests/cli/test_demonstration.py",
    "tests/ingest/test_omop_postgres.py", "tests/ingest/test_spellings.py", "tests/api/test_ground.py",
    "tests/ingest/test_releases.py", "tests/graph/test_edits.py", "tests/ingest/test_identity.py",
    "tests/ingest/test_hostile.py",
)  # fmt: skip
"""Groups of tests that take at least ten seconds."""
TOGETHER = ("tests/e2e", "tests/gibleed")
"""Folders whose files share fixtures, and so run in one process."""
NOT_UNIT = frozenset({"tmp_path", "tmp_path_factory", "shared", "subprocess", "multiprocessing", "torch"})
"""A test is no unit test if it uses one of these fixtures, or if its file imports one of these modules."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a skipped test counts as failed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
        """All tests of a file run in one process, so that fixtures are made once. All Neo4j tests run in one process.

        The longest tests start first, so that all processes end at about the same time.
        """

        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            if re.search(r"[\[-]neo4j[\]-]", nodeid) or file == "tests/ingest/test_interrupted.py":
                return "neo4j"
            return next((folder for folder in TOGETHER if file.startswith(f"{folder}/")), file)

        def _assign_work_unit(self, node: Any) -> None:
            longest = next((scope for scope in LONGEST if scope in self.workqueue), None)
            if longest:
                self.workqueue.move_to_end(longest, last=False)
            super()._assign_work_unit(node)

    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks unit tests for `make quick`: all tests in a package's folder that use nothing from NOT_UNIT."""
    for item in items:
        if not isinstance(item, pytest.Function) or item.path.parent == Path(__file__).parent:
            continue
        if NOT_UNIT.isdisjoint([*item.fixturenames, *vars(item.module)]):
            item.add_marker("unit")


def pytest_collection_finish() -> None:
    """Tells the garbage collector to skip all objects that exist before the tests start."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With --no-skips, a skipped test fails, unless the real data or the programs of PostgreSQL are missing."""
    report = yield
    allowed = any(reason in str(report.longrepr) for reason in (NO_DATA, NO_POSTGRES))
    if item.config.getoption("--no-skips") and report.skipped and not allowed:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which this run does not allow: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data. If it is missing, tests that use it are skipped."""
    if not SHARED.is_dir():
        pytest.skip(NO_DATA)
    return SHARED.resolve()


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty embedded store. Copying it takes less than half the time of making a new one."""
    made = open_store(str(tmp_path_factory.mktemp("empty") / "store"))
    made.close()
    return Path(made.address)


@pytest.fixture(params=ENGINES)
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty: Path) -> str:
    """The address of an empty store. The test runs once for every engine."""
    monkeypatch.setenv("TRICUSPID_HOME", str(tmp_path / "home"))
    if request.param == "ladybug":
        return str(shutil.copytree(empty, tmp_path / "store"))
    if not NEO4J:
        pytest.skip("no Neo4j: set NEO4J_URI, or run the tests with make test")
    empty_neo4j()
    return NEO4J


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """An empty store. The test runs once for every engine."""
    opened = open_store(address)
    yield opened
    opened.close()


def empty_neo4j(address: str = NEO4J) -> None:
    """Empties the Neo4j store. Its tables stay, because making them takes longer than most tests."""
    import neo4j

    user, _, password = os.environ.get("NEO4J_AUTH", "").partition("/")
    auth = (user, password) if user else None
    with neo4j.GraphDatabase.driver(address, auth=auth) as driver, driver.session() as session:
        session.run("MATCH (n) WHERE NOT n:Meta CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
        kept = "{id: m.id, epoch: 0, version: m.version, identity: randomUUID()}"
        session.run(f"MATCH (m:Meta) SET m = {kept}").consume()
