"""api: answers GraphQL queries over HTTP, as a plain ASGI application with authentication and a time limit.

Queries known to be fast are answered in the event loop. Other queries run in a thread, so they do not block the loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, NamedTuple

from starlette.types import Receive, Scope, Send

from api.auth import Guard
from api.disclosure import Caller
from api.errors import ApiError, TooSlow, refusal
from api.execution import Answer, Question, Questions, answer
from api.fields import current, ending, free, log_request, named, places, request_id
from api.http.metrics import Metrics
from api.http.protocol import Headers, HttpQuery, Reply, answered, headers_of, read_request, refused
from graph.snapshot import Reader, patient_records
from linking.understanding import Understanding

_WORKERS = 40
"""The number of queries answered at a time, not counting slow work. If a query exceeds the time limit, it keeps its
thread until the query ends.
"""
_LITTLE = 0.002
"""The longest time, in seconds, for which an answer may block the event loop."""


class _Given(NamedTuple):
    question: Question
    epoch: int
    answer: Answer
    seconds: float


class Answerer:
    """The ASGI application of /graphql."""

    def __init__(self, reader: Reader, understanding: Understanding, guard: Guard, metrics: Metrics) -> None:
        self._reader, self._understanding, self._guard, self._metrics = reader, understanding, guard, metrics
        # Requests that wait for slow work occupy threads too, so there are additional threads for them.
        self._records = patient_records(reader.address) if guard.audit else None
        self._workers = ThreadPoolExecutor(_WORKERS + guard.places.most, "answer")
        self._questions = Questions()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, headers = time.perf_counter(), headers_of(scope)
        id_ = request_id(headers.get(b"x-request-id", b"").decode("latin-1"))
        current.set(id_)
        ending.set((began + self._guard.seconds, self._guard.seconds))
        places.set(self._guard.places)
        try:
            async with asyncio.timeout(self._guard.seconds):
                reply = await self._reply(scope, headers, receive)
        except TimeoutError:
            reply = self._refused(TooSlow(self._guard.seconds), began)
        except ApiError as wrong:
            reply = self._refused(wrong, began)
        await reply.send(send, (b"x-request-id", id_.encode()))

    async def _reply(self, scope: Scope, headers: Headers, receive: Receive) -> Reply:
        """Answers a request. The caller is authenticated before the rest of the request is read."""
        shown = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
        callers = self._guard.callers
        caller = await self._in_worker(callers.of, shown) if shown else callers.of(())
        question = await read_request(scope, headers, receive)
        known = self._questions.known(*self._key(question))
        if known and known.seconds(self._reader.current().epoch, question.variables or {}) <= _LITTLE:
            given = self._answer(caller, question)
        else:
            given = await self._in_worker(self._answer, caller, question)
        if given.answer.reads and self._guard.audit is not None:
            # An answer that discloses anything about patients is written to the audit log before it is sent.
            written = caller, question.query, question.operation, given.epoch, given.answer.reads
            await self._in_worker(self._guard.audit.write, *written)
        self._log(caller, given)
        return answered(headers, given.answer)

    def _key(self, query: HttpQuery) -> tuple[str, bool, str | None]:
        return query.query, self._guard.public, query.operation

    async def _in_worker(self, function: Callable[..., Any], *arguments: Any) -> Any:
        known = copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._workers, partial(known.run, function, *arguments))

    def _answer(self, caller: Caller, query: HttpQuery) -> _Given:
        # Processor time of this thread: the time of waiting for other threads does not depend on the query.
        began, own, snapshot = time.perf_counter(), time.thread_time(), self._reader.current()
        question, variables = self._questions.of(*self._key(query)), query.variables or {}
        budget = self._guard.budget
        spend = partial(budget.spend, caller) if budget else free
        given = answer(snapshot, question, variables, caller.role, self._understanding, spend, self._records)
        question.took(time.thread_time() - own, snapshot.epoch, variables)
        return _Given(question, snapshot.epoch, given, time.perf_counter() - began)

    def _log(self, caller: Caller, given: _Given) -> None:
        fields = given.question.fields if given.answer.executed else {}
        outcome = self._metrics.count(given.answer.executed, given.answer.errors, given.seconds, fields)
        if given.answer.fallback:
            self._metrics.fell_back(given.answer.fallback)
        details = {"caller": caller.name, "role": str(caller.role), "epoch": given.epoch}
        details |= {"operation": named(given.question.operation), "fields": sorted(set(fields.values()))}
        log_request(outcome, given.seconds, **details)

    def _refused(self, wrong: ApiError, began: float) -> Reply:
        outcome = self._metrics.count(False, refusal(wrong)["errors"])
        log_request(outcome, time.perf_counter() - began, code=str(wrong.code))
        return refused(wrong)
