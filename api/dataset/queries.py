"""api: data sets by id and by what they are about."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Context, Node, resolved
from api.dataset.loaders import DATASET
from api.dataset.types import Dataset
from api.reached.types import ReachedConnection
from api.study.queries import listed_records, one_record

DatasetId = Annotated[
    strawberry.ID,
    strawberry.argument(description="DOI, bare, as CURIE or as address, or else its IRI: `doi:10.5072/diabetes-1`."),
]


def _dataset(info: strawberry.Info[Context], id: DatasetId) -> Node | None:
    return one_record(info.context, "Dataset", DATASET, id)


@strawberry.type
class DatasetQuery:
    dataset: Dataset | None = resolved(_dataset, "One data set; null where nobody knows the id.")
    datasets: ReachedConnection[Dataset] | None = listed_records("Dataset", DATASET, "Data sets, by id.")
