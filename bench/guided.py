"""bench: coverage-guided fuzzing of the file readers with atheris.

`python -m bench.guided READER SECONDS FOLDER` runs one reader. `bench.rubbish --atheris SECONDS` runs all readers, each
in its own process, because libFuzzer ends the process. Atheris is not a dependency: pip install atheris.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

_LONGEST = 1 << 16
_SECONDS_A_CASE, _MEMORY_MIB = 30, 4096


def search(names: Sequence[str], seconds: int) -> None:
    """Fuzzes the readers with these names, for `seconds` in total. If a reader fails, saves the case and raises
    AssertionError.
    """
    if find_spec("atheris") is None:
        raise SystemExit("atheris is not installed: uv pip install atheris")
    kept = Path(tempfile.mkdtemp(prefix="guided-"))
    print("| reader | cases | ways found | files that found them |\n|---|---:|---:|---:|", flush=True)
    for name in names:
        folder = kept / name.replace("/", "-").replace(" ", "-")
        folder.mkdir()
        command = [sys.executable, "-m", "bench.guided", name, str(max(seconds // len(names), 1)), str(folder)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        output = done.stdout.decode(errors="replace")
        if done.returncode:
            (folder / "log").write_text(output)
            raise AssertionError(f"{name} failed: {folder} has the case and the log\n{output[-3000:]}")
        print(f"| {name} | {_found(output)} |", flush=True)


def _found(output: str) -> str:
    """Returns the numbers in libFuzzer's last line of progress (https://llvm.org/docs/LibFuzzer.html#output)."""
    at = re.findall(r"^#(\d+)\s+\w+.*? ft: (\d+) corp: (\d+)/", output, re.MULTILINE)
    return " | ".join(f"{int(number):,}" for number in at[-1]) if at else "0 | 0 | 0"


def main() -> None:
    import atheris

    name, seconds, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    with atheris.instrument_imports(include=["ontologies", "ingest"]):
        from bench import rubbish
    (reader,) = (one for one in rubbish.file_readers() if one.name == name)
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, sample in enumerate(reader.samples):
        (corpus / f"sample-{number}").write_bytes(bytes([number]) + sample.data)
        for beside, data in sample.beside.items():
            (folder / beside).write_bytes(data)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(bits)}"\n' for bits in rubbish.BITS if len(bits) <= 64))

    def one(data: bytes) -> None:
        """Reads one case. The first byte of the case selects the file name, because some readers use the name."""
        if data:
            path = folder / reader.samples[data[0] % len(reader.samples)].name
            path.write_bytes(data[1:])
            rubbish.ending(reader, path)

    rubbish.bounded()
    options = [f"-max_total_time={seconds}", f"-max_len={_LONGEST}", f"-dict={words}", f"-artifact_prefix={folder}/"]
    options += [f"-timeout={_SECONDS_A_CASE}", f"-rss_limit_mb={_MEMORY_MIB}", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()


def _escaped(bits: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in bits)


if __name__ == "__main__":
    main()
