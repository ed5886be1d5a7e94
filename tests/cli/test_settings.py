"""cli: docs/settings.md has exactly the settings that exist, and an error about a wrong value names its setting."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from api.errors import ApiError
from cli import commands
from cli.errors import CliError
from cli.main import main
from graph.errors import BadSetting, GraphError
from graph.settings import Settings, variable
from ingest.errors import IngestError
from ontologies.errors import OntologyError

ROOT = Path(__file__).resolve().parents[2]
NAMES = {variable(field.name) for field in fields(Settings)}


def documented() -> dict[str, list[str]]:
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \| (.+) \|$", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    return {name: rest.split(" | ") for name, rest in rows}


def test_the_page_lists_exactly_the_settings_that_exist() -> None:
    assert set(documented()) == NAMES
    assert all(len(cells) == 3 and all(cells) for cells in documented().values())


def test_the_page_has_the_defaults() -> None:
    output = {name: cells[1].strip("`") for name, cells in documented().items()}
    assert output["TRICUSPID_STORE"] == Settings.store
    assert output["TRICUSPID_HOST"] == Settings.host
    assert output["TRICUSPID_PORT"] == str(Settings.port)
    places = Settings.meaning_at_once, Settings.meaning_waiting
    assert (int(output["TRICUSPID_MEANING_AT_ONCE"]), int(output["TRICUSPID_MEANING_WAITING"])) == places


def test_only_one_module_reads_the_environment() -> None:
    packages = ("ontologies", "graph", "linking", "curation", "ingest", "api", "cli")
    paths = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    reading = [path for path in paths if re.search(r"environ(?!\.update|\.setdefault|ment)|getenv", path.read_text())]
    assert [path.relative_to(ROOT).as_posix() for path in reading] == ["graph/settings.py"]


def test_an_empty_environment_variable_counts_as_absent() -> None:
    given = {"TRICUSPID_STORE": "bolt://h:1", "TRICUSPID_PORT": "9", "TRICUSPID_HOST": "", "TRICUSPID_OTHER": "x"}
    assert Settings.of(given) == Settings(store="bolt://h:1", port=9)
    assert Settings.of({}) == Settings()


@pytest.mark.parametrize("port", ["http", "-1", "65536", "8 000", "²", "9" * 5_000])
def test_an_error_about_a_wrong_port_names_the_setting(port: str) -> None:
    with pytest.raises(BadSetting, match=r"^TRICUSPID_PORT is .* 0 to 65535"):
        Settings.of({"TRICUSPID_PORT": port})


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("TRICUSPID_ACCESS", "Closed", "give public or closed"),
        ("TRICUSPID_AUDIT_SYNC", "OFF", "give on or off"),
        ("TRICUSPID_AUDIT_SYNC", "0", "give on or off"),
        ("TRICUSPID_OIDC_TYPE", "JWT", r"give at\+jwt or any"),
        ("TRICUSPID_SECONDS", "0", "1 to 3600"),
        ("TRICUSPID_SECONDS", "1e3", "1 to 3600"),
        ("TRICUSPID_MEANING_AT_ONCE", "0", "a number from 1 to 100"),
        ("TRICUSPID_MEANING_WAITING", "-1", "a number from 0 to 1000"),
    ],
)
def test_an_error_about_another_wrong_value_names_the_setting(name: str, value: str, why: str) -> None:
    with pytest.raises(BadSetting, match=f"^{name} is .*{why}"):
        Settings.of({name: value})


def test_switches() -> None:
    assert Settings.of({"TRICUSPID_AUDIT_SYNC": "off", "TRICUSPID_SECONDS": "7"}) == Settings(
        audit_sync=False, seconds=7
    )


def test_only_known_errors_are_shown_as_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A ValueError is a bug in Tricuspid or a library, so its traceback is shown."""

    def fails(wrong: Exception) -> int:
        def command(given: object) -> int:
            raise wrong

        monkeypatch.setattr(commands, "status", command)
        return main(["status", "--store", str(tmp_path)])

    for kind in (CliError, ApiError, IngestError, GraphError, OntologyError, OSError):
        assert fails(kind("say it again")) == 1
        assert "say it again" in capsys.readouterr().err
    for fault in (ValueError("4"), KeyError("4"), UnicodeError("4")):
        with pytest.raises(type(fault)):
            fails(fault)
