"""cli: patient counts of saved cohorts, after disclosure control."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.disclosure import UNCHANGED, Group, PatientNumber, Reason, Role, disclosed, is_few, number_of, part_of
from cli.errors import CliError
from cli.safety import audit_of, budget_of
from cli.serving import at_the_command_line
from cohorts.errors import NotAnswered
from cohorts.runs import Number, Step
from cohorts.saved import Saved, uses_pseudonyms
from graph.settings import settings
from graph.snapshot import Snapshot

_WHY = {
    Reason.TOO_FEW: "the number is below ten after noise was added",
    Reason.ROLE: "the role {role} may not see numbers",
}


def withheld(role: Role) -> str:
    """Returns why a number is withheld from this role. The reason is that of GraphQL."""
    return _WHY[disclosed(0, role).reason or Reason.TOO_FEW].format(role=role)


class Numbers:
    """Releases the patient counts of saved cohorts in the form that a caller with `role` may see.

    Every cohort counts against the budget, and every number is written to the audit log.
    """

    def __init__(self, snapshot: Snapshot, address: str, role: Role) -> None:
        self.role, self._snapshot = role, snapshot
        self._caller = at_the_command_line(role)
        self._budget = budget_of(settings(), address)

    def ask(self, saved: Saved) -> None:
        """Counts the cohort `saved` against the budget of the caller. Raises CliError if the role of the caller may not
        ask for the cohort.
        """
        if self.role in UNCHANGED:
            return
        if uses_pseudonyms(self._snapshot, saved.definition):
            raise CliError(f"{saved.id} lists patients by their pseudonyms: give --role exact")
        if self._budget:
            self._budget.spend(self._caller, f"{self._snapshot.epoch} saved {saved.hash}")

    def last(self, saved: Saved, number: Number) -> str:
        """Returns `number`, the patient count of an earlier run, as text, and writes the text to the audit log.

        The number is withheld if the role may not ask for the cohort.
        """
        try:
            listed = self.role not in UNCHANGED and uses_pseudonyms(self._snapshot, saved.definition)
        except NotAnswered:
            listed = True
        if listed:
            return spelled(0, 0, Role.NONE)
        self.tell(saved, [number])
        return self.of(number)

    def noisy(self, steps: Sequence[Step]) -> list[int]:
        """Returns, with noise, the number of patients who are left after each step of a cohort definition.

        If a step excludes only a few patients, its number is the same as that of the previous step.
        """
        patients = self._snapshot.patients
        found, groups = list[int](), [Group(patients.everyone, "everyone")]
        for step in steps:
            own = Group(step.patients, f"saved {step.described}")
            shown = part_of(patients, own, groups[::-1], Role.AT_LEAST)
            found.append(number_of(patients, shown, Role.AT_LEAST))
            groups.append(own)
        return found

    def of(self, number: Number) -> str:
        return spelled(number.patients, number.shown, self.role)

    def tell(self, saved: Saved, told: Sequence[Number]) -> None:
        """Writes the numbers `told` to the audit log, if an audit log is set. Call this before you show the numbers."""
        self._log(saved, [self.of(one) for one in told])

    def compared(self, saved: Saved, one: Step, other: Step) -> list[str]:
        """Returns the numbers of patients of two versions of a cohort as texts. `one` and `other` are the last steps of
        the versions.

        If the versions differ by only a few patients, both texts show the number of the first version.
        """
        shown = self.noisy([one]) + self.noisy([other])
        if is_few(self._snapshot.patients, one.patients ^ other.patients):
            shown[1] = shown[0]
        pairs = zip((one, other), shown, strict=True)
        found = [spelled(len(step.patients), noisy, self.role) for step, noisy in pairs]
        self._log(saved, found)
        return found

    def _log(self, saved: Saved, told: list[str]) -> None:
        if audit := audit_of(settings()):
            read: dict[str, Any] = {"field": "saved cohort", "cohort": saved.id, "hash": saved.hash, "told": told}
            audit.write(self._caller, saved.text, None, self._snapshot.epoch, [read])


def spelled(exact: int, noisy: int, role: Role) -> str:
    """Returns a number of patients as text, in the form that `role` may see: `120`, `100 to 999`, `at least 10` or
    `withheld`. `exact` is the number without noise, `noisy` is the number with noise.
    """
    return _text(disclosed(exact if role in UNCHANGED else 0 if role is Role.NONE else noisy, role))


def _text(number: PatientNumber) -> str:
    if number.count is not None:
        return f"{number.count:,}"
    if number.at_least is None:
        return "withheld"
    return f"at least {number.at_least:,}" if number.at_most is None else f"{number.at_least:,} to {number.at_most:,}"
