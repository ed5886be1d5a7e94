"""cli: what is told on the error output beside a command's own words: plain lines, or JSON for a collector of logs."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

FORMS = ("plain", "json")


class _Json(logging.Formatter):
    """An object a line, so that nothing said can look like another line; `said` of a record are its own names."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {"at": at, "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told | getattr(record, "said", {}), ensure_ascii=False)


def configure(form: str) -> None:
    """Warnings and errors of everything in this process; in JSON every request and job as well."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else logging.Formatter("tricuspid: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("tricuspid").setLevel(logging.INFO if form == "json" else logging.WARNING)
