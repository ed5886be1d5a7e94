"""cohorts: runs of saved cohorts. A run stores the numbers of an answer, and the versions of all data used.

The numbers are exact, so they must pass disclosure control before they are shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
from msgspec.structs import replace
from pyroaring import BitMap

from cohorts.canonical import definition_hash, question_hash
from cohorts.engine import Answer, answer
from cohorts.model import Definition
from cohorts.runs.reaches import used
from cohorts.saved import Saved, written
from graph.kinds import CohortRun
from graph.secret import secret_of
from graph.snapshot import Snapshot
from graph.store import Store


class Step(NamedTuple):
    """The patients who are left after a part of a definition. All patients of a step are also in the previous step.

    `key` identifies the part in other versions of the definition. `described` is the hash of the question up to this
    part.
    """

    name: str
    key: str
    patients: BitMap
    described: str


class Number(msgspec.Struct, frozen=True, array_like=True):
    """The number of patients who are left after a step. `shown` is the number with noise, for callers who may not see
    the exact number.

    `shown` is stored, because the noise depends on the patients, and the patients are not stored.
    """

    name: str
    key: str
    patients: int
    shown: int


class Run(NamedTuple):
    """A stored answer to a saved cohort. `reach` has the size and the hash of the reach of each concept."""

    cohort: str
    number: int
    version: int
    epoch: int
    job: int
    at: str
    digest: str
    steps: list[Number]
    answered: dict[str, str]
    reach: dict[str, tuple[int, str]]

    @property
    def patients(self) -> int:
        return self.steps[-1].patients

    @property
    def empty(self) -> list[str]:
        """The ids of concepts and value sets of the definition whose reach is empty."""
        return [id_ for id_, (size, _) in self.reach.items() if not size]


class Answered(NamedTuple):
    """The patients who are left after each part of a definition. The last step is the cohort.

    `not_compared` counts values that could not be converted into the unit of a criterion, by concept and reason.
    """

    steps: list[Step]
    not_compared: Counter[str]


def answered(snapshot: Snapshot, definition: Definition) -> Answered:
    """Answers a definition. Raises NotAnswered."""
    found = answer(snapshot, definition)
    steps = [*_steps(definition, found), Step("patients", "patients", found.patients, question_hash(definition))]
    keys = [step.key for step in steps]
    distinct = [step._replace(key=f"{step.key}/{keys[:n].count(step.key)}") for n, step in enumerate(steps)]
    return Answered(distinct, found.not_compared)


def _steps(definition: Definition, found: Answer) -> list[Step]:
    bare = replace(definition, also=None, rules=())
    steps = []
    if definition.entry:
        steps.append(Step("entry events", "entry", found.entered, question_hash(bare)))
    if definition.also is not None:
        steps.append(Step("also", "also", found.qualified, question_hash(replace(definition, rules=()))))
    for number, (rule, kept) in enumerate(zip(definition.rules, found.kept, strict=True), 1):
        key = definition_hash(Definition(rules=(replace(rule, name="", description=""),)))
        upto = question_hash(replace(definition, rules=definition.rules[:number]))
        steps.append(Step(rule.name or f"rule {number}", f"rule {key[:16]}", kept, upto))
    return steps


def run_of(snapshot: Snapshot, saved: Saved, steps: Sequence[Step], shown: Sequence[int]) -> Run:
    """Makes the run to store for an answer. `shown` has, for each step, the number with noise."""
    versions, reach = used(snapshot, saved.definition)
    before = runs(snapshot, saved)
    own = [Number(step.name, step.key, len(step.patients), number) for step, number in zip(steps, shown, strict=True)]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    number = before[-1].number + 1 if before else 1
    id_ = saved.id.partition("|")[0]
    digest = _digest(snapshot, steps[-1].patients)
    return Run(id_, number, saved.version, snapshot.epoch, last_job(snapshot), now, digest, own, versions, reach)


def keep(store: Store, folder: Path, snapshot: Snapshot, run: Run) -> Snapshot:
    """Stores a run. Returns the new snapshot of the store."""
    texts = [msgspec.json.encode(part).decode() for part in (run.steps, run.answered, run.reach)]
    values = (run.version, run.epoch, run.job, run.at, run.patients, run.digest)
    row = CohortRun(f"{run.cohort}#{run.number}", run.cohort, run.number, *values, *texts)
    return written(store, folder, snapshot, "CohortRun", [row._asdict()])


def runs(snapshot: Snapshot, saved: Saved) -> list[Run]:
    """The runs of all versions of a saved cohort, the oldest first."""
    id_ = saved.id.partition("|")[0]
    table = snapshot.tables["CohortRun"]
    rows = table.filter(pa.compute.equal(table["cohort"], id_)).sort_by("number").to_pylist()
    return [_run(row) for row in rows]


def _run(row: dict[str, Any]) -> Run:
    steps = msgspec.json.decode(row["steps"], type=list[Number])
    versions = msgspec.json.decode(row["answered"], type=dict[str, str])
    reach = msgspec.json.decode(row["reach"], type=dict[str, tuple[int, str]])
    return Run(**{name: row[name] for name in Run._fields[:7]}, steps=steps, answered=versions, reach=reach)


def last_job(snapshot: Snapshot) -> int:
    """The sequence number of the last job; 0 without jobs."""
    return max((number or 0 for number in snapshot.tables["Job"]["sequence"].to_pylist()), default=0)


def _digest(snapshot: Snapshot, patients: BitMap) -> str:
    """A hash of a set of patients, keyed with the site secret. Without the secret, a guessed set cannot be checked."""
    keys = np.sort(snapshot.patients.keys[patients.to_array()])
    secret = secret_of(snapshot.folder)
    return blake2b(keys.tobytes(), digest_size=16, key=blake2b(secret).digest(), person=b"cohort").hexdigest()
