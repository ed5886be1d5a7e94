"""api: data sets by id and by what they are about."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.connection import FIRST, After, Connection, First, Page
from api.context import Context, Node, resolved
from api.dataset.loaders import DATASET
from api.dataset.types import Dataset
from api.level import AtLevel, Certainty
from api.reached.loaders import ReachedPage
from api.study.queries import About, one_record, records_about

DatasetId = Annotated[
    strawberry.ID,
    strawberry.argument(description="DOI, bare, as CURIE or as address, or else its IRI: `doi:10.5072/diabetes-1`."),
]


def _dataset(info: strawberry.Info[Context], id: DatasetId) -> Node | None:
    return one_record(info.context, "Dataset", DATASET, id)


def _datasets(
    info: strawberry.Info[Context],
    about: About = None,
    level: AtLevel = Certainty.LIKELY,
    first: First = FIRST,
    after: After = None,
) -> Page | ReachedPage:
    return records_about(info.context, "Dataset", DATASET, about, level, first, after)


@strawberry.type
class DatasetQuery:
    dataset: Dataset | None = resolved(_dataset, "One data set; null where nobody knows the id.")
    datasets: Connection[Dataset] | None = resolved(_datasets, "Data sets, by id.")
