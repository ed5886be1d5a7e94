"""cli: parses the command line and calls the command. This module imports nothing heavy, because `--help` must be fast.

Exit codes: 0: done; 1: failed, with one line on standard error; 2: the command line is not valid; 3: done, but some
records were refused (`tricuspid refusals` lists them); 130: stopped by Ctrl-C; 143: stopped by SIGTERM. On SIGTERM
`serve`, `load`, `ingest`, `link`, `adapt` and `demo` exit with 0.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from cli.cohort_options import add_cohort
from cli.logs import configure
from cli.stopping import RESUMED, exit_code, exit_now, ignore_signals, limit_stopping, stop_requested, stoppable
from graph.errors import BadSetting
from graph.settings import Settings, settings

logger = logging.getLogger("tricuspid")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code. Without `arguments`, runs the command in `sys.argv`."""
    if arguments is not None:
        return _run(arguments)
    limit_stopping(sys.argv[1] if sys.argv[1:] else "")
    try:
        code = _run(sys.argv[1:])
    finally:
        ignore_signals()
    if stop_requested():
        exit_now(code)
    return code


def _run(arguments: Sequence[str]) -> int:
    configure("plain")
    try:
        default = settings()
    except BadSetting as wrong:
        return _failed(wrong)
    configure(default.log)
    options = _parser(default).parse_args(arguments)
    from cli import commands
    from cli.errors import EXPECTED

    try:
        with stoppable(options.command):
            return int(getattr(commands, options.command)(options))
    except BaseException as wrong:
        # A library may turn Stopped into another error.
        if stop_requested() or isinstance(wrong, KeyboardInterrupt):
            return _stopped(options.command)
        if isinstance(wrong, BrokenPipeError):
            # The reader of the output closed the pipe. Without this line, Python would report the error again when it
            # flushes the output at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        if isinstance(wrong, EXPECTED):
            return _failed(wrong, private=options.command == "ingest" and default.log == "json")
        raise


def _stopped(command: str) -> int:
    remedy = ": run the same command again to resume after the last complete batch"
    logger.error("stopped%s", remedy if command in RESUMED else "")
    return exit_code() if stop_requested() else 130


def _failed(wrong: BaseException, private: bool = False) -> int:
    """Logs the error and returns 1. If `private`, leaves out file names, because they can identify patients."""
    message = "".join([str(wrong), *(f"\n  {note}" for note in getattr(wrong, "__notes__", ()))])
    for path in (getattr(wrong, name, None) for name in ("path", "filename") if private):
        message = message.replace(str(path), "a file") if path else message
    logger.error("%s", message)
    return 1


def _parser(default: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tricuspid",
        description="A health-data knowledge graph that links research, care and education to medical ontologies.",
        epilog="Exit codes: 0 done, 1 failed, 2 invalid command line, 3 done but some records were refused.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        made.add_argument("--store", default=default.store, metavar="ADDRESS", help="default: %(default)s")
        return made

    _add_load(
        command("load", "load terminologies, mapping sets, translations and names; a new release replaces the old one")
    )
    _add_ingest(command("ingest", "ingest records: FHIR, OMOP, trials, publications, data sets, courses"))
    _add_search(command("search", "search concepts by name, or records by their texts"))
    _add_query(command("query", "run a GraphQL query and print the answer"), default)
    _add_ground(
        command("ground", "find the concepts that names or texts mean; print one JSON line per input line"), default
    )
    _add_adapt(command("adapt", "adapt the encoder to the names in the loaded terminologies"), default)
    _add_link(command("link", "compute neighbours and candidate mappings from the names of concepts"), default)
    _add_mappings(command("mappings", "write mappings to an SSSOM file, which load can read"))
    _add_meanings(
        command(
            "meanings", "write pairs of concepts with the same or narrower meaning, and the evidence, to a TSV file"
        )
    )
    _add_names(command("names", "print this site's own names for concepts, as a table that load can read"))
    shows = command("status", "print the contents of the store, and its jobs")
    shows.add_argument("--json", action="store_true", help="print JSON")
    _add_refusals(
        command("refusals", "list the records that jobs refused, with job, file, position and reason"), default
    )
    _add_unmapped(
        command("unmapped", "list codes that are in events but in no loaded terminology, most frequent first"),
        default,
    )
    add_cohort(command("cohort", "save, list, run and compare cohorts of patients"), default)
    _add_forget(command("forget", "remove a person or patient, who is also left out of later jobs"))
    command("backup", "write the whole store to one file").add_argument("file", metavar="FILE")
    command("restore", "restore a backup of either engine into an empty store").add_argument("file", metavar="FILE")
    checks = command("check", "check that the store and its snapshot are consistent")
    checks.add_argument("--json", action="store_true", help="print the findings as JSON")
    serve = command("serve", "serve GraphQL over HTTP")
    _add_server(serve, default)
    text = "number of processes that answer requests on the port (default: %(default)s)"
    serve.add_argument("--processes", type=_count, default=1, metavar="N", help=text)
    _add_key(commands.add_parser("key", help="create an API key for the server and print it once"), default)
    demo = commands.add_parser("demo", help="load the demonstration data, run one query and serve the graph")
    own = ".tricuspid/demo" if default.store == Settings.store else default.store
    demo.add_argument("--store", default=own, metavar="ADDRESS", help="default: %(default)s")
    demo.add_argument("--once", action="store_true", help="exit after the query; do not serve")
    _add_server(demo, default)
    demo.set_defaults(processes=1)
    return parser


def _add_paths(command: argparse.ArgumentParser) -> None:
    text = "a file or folder, or the address of an OMOP database, postgresql://…; folders are searched recursively"
    command.add_argument("paths", nargs="+", metavar="PATH", help=text)
    command.add_argument("--json", action="store_true", help="print the report as JSON")


def _add_load(command: argparse.ArgumentParser) -> None:
    _add_paths(command)
    text = "identify the release by NAME instead of its IRI; PATH must contain exactly one release"
    command.add_argument("--name", metavar="NAME", help=text)
    command.add_argument("--dry-run", action="store_true", help="print what would change, and write nothing")


def _add_ingest(command: argparse.ArgumentParser) -> None:
    _add_paths(command)
    _add_workers(command)
    text = "source of the records; ids are unique within a source (default: the server that is stated in each record)"
    command.add_argument("--source", default="", metavar="NAME", help=text)
    text = (
        "the files are a complete export: delete stored records that they lack, of all sources and kinds in the files"
    )
    command.add_argument("--full", action="store_true", help=text)


def _add_mappings(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", required=True, metavar="FILE", help="the file to write")
    states = ("accepted", "rejected", "proposed")
    text = "only mappings in this state; repeatable; with proposed alone, FILE is a review queue, as with link --sssom"
    command.add_argument("--state", action="append", default=[], choices=states, help=text)
    text = "only mappings from or to this ontology, such as MONDO; repeatable"
    command.add_argument("--ontology", action="append", default=[], metavar="PREFIX", help=text)


def _add_meanings(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", help="the file to write")
    text = "write the conflicts instead: statements that contradict each other"
    command.add_argument("--conflicts", action="store_true", help=text)


def _add_forget(command: argparse.ArgumentParser) -> None:
    text = (
        "an ORCID in any form, the id of a person (person:…), the pseudonym of a patient (patient:…), or the word "
        "patient followed by the identifier that the source uses for the patient"
    )
    command.add_argument("id", nargs="+", metavar="ID", help=text)
    text = "source of the patient: the name given to ingest --source, or the base address of the FHIR server"
    command.add_argument("--source", default="", metavar="NAME", help=text)
    command.add_argument("--json", action="store_true", help="print the result as JSON")


def _add_names(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", metavar="NAME", help="only names that were loaded with this --name (default: all)")
    text = "remove the names from the store instead of printing them; requires --name"
    command.add_argument("--remove", action="store_true", help=text)


def _add_refusals(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument(
        "job", nargs="?", default="", metavar="JOB", help="only refusals of this job; tricuspid status lists job ids"
    )
    text = "only refusals of files in this folder, shown with the paths of the files"
    command.add_argument("--in", dest="folder", metavar="FOLDER", help=text)
    command.add_argument("--file", metavar="NAME", help="only refusals of the file with this name in the graph")
    command.add_argument("--reason", metavar="TEXT", help="only refusals with TEXT in the reason")
    _add_curator(command, default)


def _add_unmapped(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument("--system", metavar="PREFIX", help="only codes with this prefix")
    _add_curator(command, default)


def _add_curator(command: argparse.ArgumentParser, default: Settings) -> None:
    role = default.role or "steward"
    text = "your role: steward, exact or records (default: TRICUSPID_ROLE, here %(default)s)"
    command.add_argument("--role", default=role, metavar="ROLE", help=text)
    text = "maximum number of lines (default: %(default)s)"
    command.add_argument("--first", type=int, default=50, metavar="N", help=text)
    command.add_argument("--json", action="store_true", help="print JSON")


def _add_search(command: argparse.ArgumentParser) -> None:
    command.add_argument("text", metavar="TEXT", help="a name, part of a name, or an identifier; in any language")
    text = "only concepts of this ontology, such as MONDO; repeatable"
    command.add_argument("--ontology", action="append", default=[], metavar="PREFIX", help=text)
    text = "search studies, courses, publications and data sets instead of concepts"
    command.add_argument("--records", action="store_true", help=text)
    kinds = ("study", "course", "publication", "dataset")
    text = "with --records: only records of this kind; repeatable"
    command.add_argument("--kind", action="append", default=[], choices=kinds, help=text)
    text = "maximum number of results (default: %(default)s)"
    command.add_argument("--first", type=int, default=10, metavar="N", help=text)
    command.add_argument("--json", action="store_true", help="print JSON")


def _add_query(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument("graphql", metavar="GRAPHQL", help="the query, or - to read it from standard input")
    command.add_argument(
        "--variables", default="{}", metavar="JSON", help='a JSON object, such as {"id": "MONDO:0005148"}'
    )
    command.set_defaults(role=default.role)


def _add_ground(command: argparse.ArgumentParser, default: Settings) -> None:
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument("--mentions", metavar="FILE", help="a file with one name per line; - reads standard input")
    source.add_argument("--texts", metavar="FILE", help="a file with one text per line; - reads standard input")
    text = "with --mentions: all names come from one document, and abbreviations are resolved within it"
    command.add_argument("--together", action="store_true", help=text)
    _add_meaning(command, default)
    text = "maximum number of concepts per name (default: %(default)s)"
    command.add_argument("--top", type=_count, default=5, metavar="N", help=text)
    command.add_argument("--min-score", type=float, default=0.0, metavar="P", help="omit matches below this score")


def _add_adapt(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument("out", metavar="FOLDER", help="the folder for the adapted model")
    _add_meaning(command, default)
    text = "maximum training time in minutes (default: %(default)s)"
    command.add_argument("--minutes", type=float, default=50.0, metavar="N", help=text)
    text = "random seed (default: %(default)s)"
    command.add_argument("--seed", type=int, default=20261123, metavar="N", help=text)
    command.add_argument("--without", metavar="FILE", help="do not learn from the mappings in this SSSOM file")
    command.add_argument(
        "--examples", metavar="FILE", help="also learn from this table of names, in the format for load"
    )


def _add_link(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument("--model", default=default.model, metavar="MODEL", help="folder or name of the encoder")
    command.add_argument("--sssom", metavar="FILE", help="write the candidate mappings to FILE for review")
    command.add_argument("--neo4j-vectors", action="store_true", help="also fill the vector index of Neo4j")
    command.add_argument("--json", action="store_true", help="print the report as JSON")


def _add_meaning(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument(
        "--ontologies",
        nargs="+",
        default=[],
        metavar="PREFIX",
        help="only these ontologies, such as MONDO HP (default: all)",
    )
    command.add_argument("--model", default=default.model, metavar="MODEL", help="folder or name of the encoder")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return int(text)


def _add_workers(command: argparse.ArgumentParser) -> None:
    text = "number of processes that read files (default: one per core for large inputs, none for small inputs)"
    command.add_argument("--workers", type=_processes, metavar="N", help=text)


def _processes(text: str) -> int:
    return 0 if text == "0" else _count(text)


def _add_key(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument("name", metavar="NAME", help="the holder of the key, as shown in the audit log")
    text = "role: none, exists, range, at_least, steward, exact or records (default: %(default)s)"
    command.add_argument("--role", default="at_least", metavar="ROLE", help=text)
    text = "number of days until the key expires (default: %(default)s)"
    command.add_argument("--days", type=_count, default=365, metavar="N", help=text)
    command.add_argument("--keys", default=default.keys, metavar="FILE", help="the key file (default: TRICUSPID_KEYS)")


def _add_server(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument("--host", default=default.host, help="default: %(default)s")
    command.add_argument("--port", type=int, default=default.port, help="default: %(default)s")


if __name__ == "__main__":
    sys.exit(main())
