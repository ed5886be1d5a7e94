"""api: computes the errors, fields, plan and expected time of a query once, and caches them by the query text."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from math import inf
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    get_operation_ast,
)

from api.execution.internals import core_schema
from api.execution.leaves import Unplanned
from api.execution.limits import checked, is_dear, weighing
from api.execution.plan import Plan, plan
from api.schema import schema

SCHEMA = core_schema(schema)
_SIZES = 64
"""The maximum number of request sizes (`Question._size`) of one query for which the expected time is stored."""
_NEWEST = 0.2
"""Weight of the newest time in the moving average of the times of a query."""


class Question:
    """One operation of a query text. If the operation is refused, `document` is None and `wrong` has the errors."""

    def __init__(self, query: str, introspection: bool, operation: str | None) -> None:
        self.query, self.introspection, self.operation = query, introspection, operation
        self.document, self.wrong = checked(SCHEMA, query, introspection)
        if self.wrong:
            self.document = None
        self.unplanned: str | None = None
        self._took: dict[tuple[Any, ...], tuple[int, float]] = {}

    @cached_property
    def plan(self) -> Plan | None:
        """The plan; None if graphql-core must answer this query. `unplanned` then holds the reason."""
        try:
            return plan(schema, self.document, self.operation) if self.document else None
        except Unplanned as without:
            self.unplanned = without.reason
            return None

    @cached_property
    def fields(self) -> dict[str, str]:
        """The selected fields of Query, by their key in the answer; empty if the operation does not exist."""
        chosen = get_operation_ast(self.document, self.operation) if self.document else None
        if self.document is None or chosen is None:
            return {}
        every = self.document.definitions
        fragments = {one.name.value: one for one in every if isinstance(one, FragmentDefinitionNode)}
        return dict(_root_fields(chosen.selection_set, fragments))

    def seconds(self, epoch: int, variables: Mapping[str, Any]) -> float:
        """Returns the expected time to answer the query with these variables; infinity if the time is unknown for this
        epoch.
        """
        if self.plan is None or self._dear:
            return inf
        known = self._took.get(self._size(variables))
        return known[1] if known and known[0] == epoch else inf

    def took(self, seconds: float, epoch: int, variables: Mapping[str, Any]) -> None:
        """Adds `seconds`, the time of an answer, to the moving average for requests of this size. Each epoch has a new
        average.
        """
        size = self._size(variables)
        known = self._took.get(size)
        if known and known[0] == epoch:
            seconds = _NEWEST * seconds + (1 - _NEWEST) * known[1]
        if len(self._took) >= _SIZES:
            self._took.clear()
        self._took[size] = epoch, seconds

    @cached_property
    def _dear(self) -> bool:
        return self.document is not None and is_dear(self.document)

    @cached_property
    def _weighing(self) -> list[str]:
        return weighing(self.document) if self.document else []

    def _size(self, variables: Mapping[str, Any]) -> tuple[Any, ...]:
        """Returns the size of a request: the value (or the length, for a list) of each variable in `_weighing`."""
        given = (variables.get(name) for name in self._weighing)
        return tuple(value if type(value) is int else (len(value),) if type(value) is list else None for value in given)


class Questions:
    """A cache of the last `most` questions, because parsing and validating a query takes longer than answering it.

    If all cached queries are as long as allowed, a cache of 128 questions takes 100 MB.
    """

    def __init__(self, most: int = 128) -> None:
        self._most = most
        self._held: OrderedDict[tuple[str, bool, str | None], Question] = OrderedDict()

    def known(self, query: str, introspection: bool, operation: str | None) -> Question | None:
        key = query, introspection, operation
        with suppress(KeyError):  # another thread may have removed this entry
            self._held.move_to_end(key)
            return self._held[key]
        return None

    def of(self, query: str, introspection: bool, operation: str | None) -> Question:
        found = self.known(query, introspection, operation)
        if found is None:
            found = self._held[query, introspection, operation] = Question(query, introspection, operation)
            if len(self._held) > self._most:
                self._held.popitem(last=False)
        return found


def _root_fields(
    selected: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[tuple[str, str]]:
    for one in selected.selections:
        if isinstance(one, FieldNode):
            yield (one.alias or one.name).value, one.name.value
        elif isinstance(one, FragmentSpreadNode):
            yield from _root_fields(fragments[one.name.value].selection_set, fragments)
        elif isinstance(one, InlineFragmentNode):
            yield from _root_fields(one.selection_set, fragments)
