"""README.md shows the real output of commands, and the docs describe every option of long-running commands."""

from __future__ import annotations

import re
import shlex
from argparse import ArgumentParser, _SubParsersAction
from pathlib import Path

import pytest

from cli.main import _parser, main
from graph.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def shown() -> list[tuple[str, str]]:
    """The pairs (command, printed text) in README's console blocks, except for `serve`."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    parts = [part.partition("\n") for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(command, output) for command, _, output in parts if not command.endswith(" serve")]


def test_commands_print_the_output_in_the_readme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All commands run in this process, which loads the encoder once."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("TRICUSPID_STORE", str(tmp_path / "store"))
    # With another secret, jobs would have other ids.
    monkeypatch.setenv("TRICUSPID_SECRET", "the secret of the README's examples")
    shown_output = shown()
    assert len(shown_output) >= 4
    for command, expected in shown_output:
        words = shlex.split(command)
        with monkeypatch.context() as given:
            for word in words[: words.index("tricuspid")]:
                given.setenv(*word.split("=", 1))
            code = main(words[words.index("tricuspid") + 1 :])
        assert (code, capsys.readouterr().out) == (0, expected)


@pytest.mark.parametrize("command", ["load", "ingest", "link", "serve"])
def test_the_docs_describe_every_option_of_a_long_running_command(command: str) -> None:
    (found,) = (action for action in _parser(Settings())._actions if isinstance(action, _SubParsersAction))
    commands: dict[str, ArgumentParser] = found.choices
    options = {name for action in commands[command]._actions for name in action.option_strings if name[:2] == "--"}
    docs = "".join(path.read_text() for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")))
    assert [name for name in sorted(options - {"--help", "--json"}) if name not in docs] == []
