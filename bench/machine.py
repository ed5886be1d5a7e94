"""bench: describes the machine of a measurement."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def machine() -> str:
    name = next((line for line in _cpuinfo() if line.startswith("model name")), ": unknown").partition(": ")[2].strip()
    return f"{name}, {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}"


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []
