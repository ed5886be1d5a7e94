"""cli: logging to standard error, as plain lines or as JSON for a log collector."""

from __future__ import annotations

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType


class _Json(logging.Formatter):
    """Writes each log record as a JSON object in one line, so a message with line breaks cannot look like several log
    lines.

    The fields in the attribute `said` of a log record are added to the object.
    """

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        values = {"at": at, "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            values["trace"] = self.formatException(record.exc_info)
        return json.dumps(values | getattr(record, "said", {}), ensure_ascii=False)


def _crashed(kind: type[BaseException], wrong: BaseException | None, trace: TracebackType | None) -> None:
    logging.getLogger("tricuspid").critical("crashed: %s", kind.__name__, exc_info=(kind, wrong or kind(), trace))


def _thread_crashed(args: threading.ExceptHookArgs) -> None:
    if args.exc_type is not SystemExit:
        _crashed(args.exc_type, args.exc_value, args.exc_traceback)


def configure(form: str) -> None:
    """Configures logging. Plain logs contain warnings and errors. JSON logs also contain every request and job.

    In a JSON log, uncaught exceptions and Python's warnings are JSON lines too.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else logging.Formatter("tricuspid: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    sys.excepthook = _crashed if form == "json" else sys.__excepthook__
    threading.excepthook = _thread_crashed if form == "json" else threading.__excepthook__
    logging.captureWarnings(form == "json")
    logging.getLogger("tricuspid").setLevel(logging.INFO if form == "json" else logging.WARNING)
    # Encoding can take minutes, so plain logs show its progress too.
    logging.getLogger("tricuspid.meaning").setLevel(logging.INFO)
