"""cohorts: reads properties of patients, and lists of patients, cohorts and sources, in the controlled language.

Every method has the name of a rule or an alternative in grammar.lark. Its argument has the parts and tokens of the
rule.
"""

from __future__ import annotations

from cohorts.language.reading_values import Named, Parts, Values, parts
from cohorts.model import Among, Person


class PersonParts(Values):
    def person(self, children: Parts) -> Person:
        return Person(**self.fields(part for part in children if isinstance(part, Named)))

    def sexes(self, children: Parts) -> Named:
        return Named("sex", tuple(parts(children)), children[0])

    def sex(self, children: Parts) -> str:
        return str(children[-1])

    def born(self, children: Parts) -> Named:
        return Named("born", children[1], children[0])

    def age(self, children: Parts) -> Named:
        return Named("age", children[0], children[1])

    def race(self, children: Parts) -> Named:
        return Named("race", children[1], children[0])

    def ethnicity(self, children: Parts) -> Named:
        return Named("ethnicity", children[1], children[0])

    def care_sites(self, children: Parts) -> Named:
        return Named("care_sites", tuple(parts(children)), children[0])

    def starts(self, children: Parts) -> Named:
        return Named("dates", children[1], children[0])

    def ends(self, children: Parts) -> Named:
        return Named("ends", children[1], children[0])

    def anyone(self, children: Parts) -> Named:
        return Named("", None, children[0])

    def among(self, children: Parts) -> Among:
        return Among(**self.fields(part for part in children if isinstance(part, Named)))

    def among_patients(self, children: Parts) -> Named:
        return Named("patients", tuple(parts(children)), children[0])

    def among_cohorts(self, children: Parts) -> Named:
        return Named("cohorts", tuple(parts(children)), children[0])

    def among_sources(self, children: Parts) -> Named:
        return Named("sources", tuple(parts(children)), children[0])

    def among_nothing(self, children: Parts) -> Named:
        return Named("", None, children[0])
