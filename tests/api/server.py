"""tests: the application on a real server, on a free port."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn

from api.auth.guard import SECONDS
from api.listening import MOST, Server, bound, timed


@contextmanager
def serving(app: Any, seconds: float = SECONDS, most: int = MOST) -> Iterator[httpx.Client]:
    config = uvicorn.Config(app, log_level="warning", http=timed(seconds), ws="none", limit_concurrency=most)
    server = Server(config)
    with bound("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}") as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()
