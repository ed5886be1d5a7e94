"""ingest: reads the outcome measures of a trial of ClinicalTrials.gov.

Descriptions and time frames are not read: they explain how an outcome is measured, but also name many concepts that are
not measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from ingest.text import plain


class _Measured(Struct):
    measure: str = ""


class Outcomes(Struct):
    primaryOutcomes: list[_Measured] = []
    secondaryOutcomes: list[_Measured] = []
    otherOutcomes: list[_Measured] = []


def measures(outcomes: Outcomes) -> Iterator[tuple[str, str]]:
    """Yields the outcome measures of a trial. Each is a pair: the field of the Study, such as `primary_outcome`, and
    the text.
    """
    yield from (("primary_outcome", one.measure) for one in outcomes.primaryOutcomes)
    yield from (("secondary_outcome", one.measure) for one in outcomes.secondaryOutcomes)
    yield from (("other_outcome", one.measure) for one in outcomes.otherOutcomes)


def lines(found: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Joins the measures of each field into one text, with one measure per line. `found` is the result of `measures`.

    The measures stay together because a measure may define an abbreviation that another measure uses.
    """
    texts: dict[str, dict[str, None]] = {}
    for field, measure in found:
        if text := plain(measure).replace("\n", " "):
            texts.setdefault(field, {})[text] = None
    return [(field, "\n".join(some)) for field, some in texts.items()]
