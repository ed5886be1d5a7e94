"""cli: puts the server together: a reader that follows the store, and the api in front of it."""

from __future__ import annotations

import sys
import threading

from graph.reader import Reader

_EVERY = 1.0


def serve(address: str, host: str, port: int) -> int:
    """Serves until stopped; gives 0. A store that another process fills is followed as that process makes it known."""
    import uvicorn

    from api.app import create_app

    reader = Reader(address)
    stop = threading.Event()
    follower = threading.Thread(target=reader.follow, args=(_EVERY, stop), daemon=True)
    follower.start()
    print(f"GraphQL: http://{host}:{port}/graphql (Ctrl-C stops)", file=sys.stderr)
    try:
        uvicorn.run(create_app(reader), host=host, port=port, log_level="warning")
    finally:
        stop.set()
        follower.join()
        reader.close()
    return 0
