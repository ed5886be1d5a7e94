"""cli: what is told on the error output beside a command's own words: plain lines, or JSON for a collector of logs."""

from __future__ import annotations

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType


class _Json(logging.Formatter):
    """An object a line, so that nothing said can look like another line; `said` of a record are its own names."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {"at": at, "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told | getattr(record, "said", {}), ensure_ascii=False)


def _broke(kind: type[BaseException], wrong: BaseException | None, trace: TracebackType | None) -> None:
    logging.getLogger("tricuspid").critical("broke off: %s", kind.__name__, exc_info=(kind, wrong or kind(), trace))


def _thread_broke(told: threading.ExceptHookArgs) -> None:
    if told.exc_type is not SystemExit:
        _broke(told.exc_type, told.exc_value, told.exc_traceback)


def configure(form: str) -> None:
    """Warnings and errors of everything in this process; in JSON every request and job as well.

    In JSON what ends a thread or the process, and what Python itself warns of, is a line too.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else logging.Formatter("tricuspid: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    sys.excepthook = _broke if form == "json" else sys.__excepthook__
    threading.excepthook = _thread_broke if form == "json" else threading.__excepthook__
    logging.captureWarnings(form == "json")
    logging.getLogger("tricuspid").setLevel(logging.INFO if form == "json" else logging.WARNING)
    # Encoding takes minutes, and whoever waits for it wants to know how far it is.
    logging.getLogger("tricuspid.meaning").setLevel(logging.INFO)
