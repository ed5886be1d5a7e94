"""api.http: the HTTP server: requests, responses, metrics, start and stop."""

from api.http.app import create_app
from api.http.listening import Server, bound, room, timed

__all__ = [
    "Server",
    "bound",
    "create_app",
    "room",
    "timed",
]
