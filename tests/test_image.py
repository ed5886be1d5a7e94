"""tests: the Dockerfile and compose.yaml, as far as they can be checked without Docker."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]


def stages() -> list[str]:
    return re.split(r"(?m)^(?=FROM )", DOCKERFILE)[1:]


def test_every_copied_file_is_in_the_repository_and_the_build_context() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split() if line.startswith("!")}
    copied = {
        source
        for sources in re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", DOCKERFILE)
        for source in sources.split()
        if source != "."
    }
    assert copied == {"web/package.json", "web/package-lock.json", "web/copy.mjs", "pyproject.toml", "requirements.txt"}
    assert copied <= sent
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert {name for name in sent if (ROOT / name).is_dir()} == packages
    assert [name for name in sorted(sent) if not (ROOT / name).exists()] == []


def test_the_image_builds_its_web_files_and_has_pytorch_for_cpus() -> None:
    assert "COPY --from=web /build/api/static/vendor api/static/vendor" in stages()[1]
    assert "ARG TORCH_BACKEND=cpu" in stages()[1]
    (install,) = re.findall(r"(?m)^RUN (uv pip install .* -r .*)$", stages()[1])
    # If the pinned versions were requirements, CUDA libraries would be installed with every build of PyTorch.
    assert '--torch-backend "$TORCH_BACKEND"' in install
    assert "-c requirements.txt" in install and "-r requirements.txt" not in install


def test_the_image_runs_as_an_unprivileged_user_with_a_health_check() -> None:
    last = stages()[-1]
    assert "useradd" in last and re.findall(r"(?m)^USER (\S+)$", last) == ["tricuspid"]
    assert "/ready" in last[last.index("HEALTHCHECK") :]


def test_each_profile_is_complete_and_the_embedded_engine_needs_no_neo4j() -> None:
    started = {
        profile: {name for name, service in SERVICES.items() if profile in service["profiles"]}
        for profile in ("embedded", "neo4j")
    }
    assert started == {"embedded": {"embedded"}, "neo4j": {"neo4j", "tricuspid"}}
    # Compose resolves the variables of all profiles, so a required variable would be required for every profile.
    assert ":?" not in (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert not {"depends_on", "environment"} & set(SERVICES["embedded"])


def test_both_profiles_have_the_same_security_settings() -> None:
    for name in ("embedded", "tricuspid"):
        service = SERVICES[name]
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["ports"] == ["127.0.0.1:8000:8000"]
