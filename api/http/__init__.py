"""api.http: the HTTP server: requests, responses, metrics, start and stop."""

from api.http.app import create_app

__all__ = [
    "create_app",
]
