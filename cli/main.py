"""cli: words on the command line to calls; imports nothing heavy, so that `--help` answers at once.

Exit codes: 0 done; 1 it failed, and one line on the error output says why; 2 the command was not understood;
3 done, but some records were refused (`tricuspid status` counts them); 130 stopped by Ctrl-C, 143 by SIGTERM, at which
`serve`, `load`, `ingest`, `link` and `adapt` end with 0.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from cli.logs import configure
from cli.stopping import RESUMED, asked, bounded, ended, exit_code, over, stoppable
from graph.errors import BadSetting
from graph.settings import Settings, settings

logger = logging.getLogger("tricuspid")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; without arguments it is all that this process does."""
    if arguments is not None:
        return _run(arguments)
    bounded(sys.argv[1] if sys.argv[1:] else "")
    try:
        code = _run(sys.argv[1:])
    finally:
        over()
    if asked():
        ended(code)
    return code


def _run(arguments: Sequence[str]) -> int:
    configure("plain")
    try:
        default = settings()
    except BadSetting as wrong:
        return _failed(wrong)
    configure(default.log)
    given = _parser(default).parse_args(arguments)
    from cli import commands
    from cli.errors import EXPECTED

    try:
        with stoppable(given.command):
            return int(getattr(commands, given.command)(given))
    except BaseException as wrong:
        # What is raised in the middle of a call may come out of it as another error.
        if asked() or isinstance(wrong, KeyboardInterrupt):
            return _stopped(given.command)
        if isinstance(wrong, BrokenPipeError):
            # Whoever read our output has seen enough; Python would complain again when it flushes on the way out.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        if isinstance(wrong, EXPECTED):
            return _failed(wrong, private=given.command == "ingest" and default.log == "json")
        raise


def _stopped(command: str) -> int:
    goes_on = ": run the same command again; it resumes after the last complete batch"
    logger.error("stopped%s", goes_on if command in RESUMED else "")
    return exit_code() if asked() else 130


def _failed(wrong: BaseException, private: bool = False) -> int:
    """`private`: the error goes into a log that must not name files about patients."""
    told = "".join([str(wrong), *(f"\n  {note}" for note in getattr(wrong, "__notes__", ()))])
    for path in (getattr(wrong, name, None) for name in ("path", "filename") if private):
        told = told.replace(str(path), "a file") if path else told
    logger.error("%s", told)
    return 1


def _parser(default: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tricuspid",
        description="A health-data knowledge graph that joins research, care and education on medical ontologies.",
        epilog="Exit codes: 0 done, 1 failed, 2 not understood, 3 done but some records were refused.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, tells: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=tells, description=f"{tells[0].upper()}{tells[1:]}.")
        made.add_argument("--store", default=default.store, metavar="ADDRESS", help="default: %(default)s")
        return made

    _add_load(
        command("load", "load terminologies, mapping sets, translations and names; a new release replaces the old")
    )
    _add_ingest(command("ingest", "ingest records: FHIR, trials, publications, data sets, courses"))
    _add_search(command("search", "find concepts by what people call them, or records by their texts"))
    _add_query(command("query", "answer a GraphQL query"), default)
    _add_ground(command("ground", "tell which concepts mentions or texts mean, a JSON line for each"), default)
    _add_adapt(command("adapt", "adapt the encoder to the names of the loaded terminologies"), default)
    _add_link(command("link", "find neighbours and candidate mappings by what names mean"), default)
    _add_mappings(command("mappings", "write mappings, whatever became of them, as SSSOM, which load reads back"))
    _add_meanings(command("meanings", "write the concepts that mean the same, and why, as a table (TSV)"))
    _add_names(command("names", "list the names that this site gives concepts itself, as a table that load reads"))
    command("status", "tell what the store holds and what its jobs did").add_argument("--json", action="store_true")
    _add_refusals(command("refusals", "list what jobs could not read, by job, file, place and reason"), default)
    _add_unmapped(command("unmapped", "list codes of events that lead to no loaded terminology, by weight"), default)
    _add_forget(command("forget", "remove one person, and keep this person out of what is ingested later"))
    command("backup", "write all that the store holds into one file").add_argument("file", metavar="FILE")
    command("restore", "fill an empty store, of either engine, from a backup").add_argument("file", metavar="FILE")
    looks = command("check", "tell whether the store, and what questions are answered from, is as it should be")
    looks.add_argument("--json", action="store_true", help="print the findings as JSON")
    serve = command("serve", "serve GraphQL over HTTP")
    _add_server(serve, default)
    tells = "processes that answer, on one port (default: %(default)s)"
    serve.add_argument("--processes", type=_count, default=1, metavar="N", help=tells)
    _add_key(commands.add_parser("key", help="make an API key for the server and print it, this once"), default)
    demo = commands.add_parser("demo", help="load the demonstration set, ask it one question, and serve it")
    own = ".tricuspid/demo" if default.store == Settings.store else default.store
    demo.add_argument("--store", default=own, metavar="ADDRESS", help="default: %(default)s")
    demo.add_argument("--once", action="store_true", help="stop after the answer")
    _add_server(demo, default)
    demo.set_defaults(processes=1)
    return parser


def _add_paths(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="+", metavar="PATH", help="a file, or a folder with all that is in it")
    command.add_argument("--json", action="store_true", help="print the report as JSON")


def _add_load(command: argparse.ArgumentParser) -> None:
    _add_paths(command)
    command.add_argument("--name", metavar="NAME", help="what the only release in PATH is known by, instead of its IRI")
    command.add_argument("--dry-run", action="store_true", help="tell what it would do, and write nothing")


def _add_ingest(command: argparse.ArgumentParser) -> None:
    _add_paths(command)
    _add_workers(command)
    tells = "whose records these are; ids of two sources are never the same (default: the server that a record names)"
    command.add_argument("--source", default="", metavar="NAME", help=tells)
    tells = "the files are all that their sources have: what is there of the same kinds and not in them was deleted"
    command.add_argument("--full", action="store_true", help=tells)


def _add_mappings(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", required=True, metavar="FILE", help="where they are written")
    states = ("accepted", "rejected", "proposed")
    tells = "only these; repeatable. With proposed alone FILE is a queue to be decided, as that of link is"
    command.add_argument("--state", action="append", default=[], choices=states, help=tells)
    tells = "only those with an end in it, such as MONDO; repeatable"
    command.add_argument("--ontology", action="append", default=[], metavar="PREFIX", help=tells)


def _add_meanings(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE")
    tells = "write the statements that contradict each other instead"
    command.add_argument("--conflicts", action="store_true", help=tells)


def _add_forget(command: argparse.ArgumentParser) -> None:
    command.add_argument("id", metavar="ID", help="an ORCID in any form, or the id of a person (person:…)")
    command.add_argument("--json", action="store_true", help="print what was removed as JSON")


def _add_names(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", metavar="NAME", help="only those that were loaded under this name (load: site)")
    command.add_argument("--remove", action="store_true", help="take all names of --name out of the store instead")


def _add_refusals(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument("job", nargs="?", default="", metavar="JOB", help="only of this job, as status lists them")
    tells = "tell which files in this folder it was, and list no others"
    command.add_argument("--in", dest="folder", metavar="FOLDER", help=tells)
    command.add_argument("--file", metavar="NAME", help="only of this file, as the graph calls it")
    command.add_argument("--reason", metavar="TEXT", help="only with this in the reason")
    _add_curator(command, default)


def _add_unmapped(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument("--system", metavar="PREFIX", help="only codes with this prefix")
    _add_curator(command, default)


def _add_curator(command: argparse.ArgumentParser, default: Settings) -> None:
    role = default.role or "steward"
    command.add_argument("--role", default=role, help="steward or exact (TRICUSPID_ROLE; here %(default)s)")
    command.add_argument("--first", type=int, default=50, metavar="N", help="at most so many (default: %(default)s)")
    command.add_argument("--json", action="store_true")


def _add_search(command: argparse.ArgumentParser) -> None:
    command.add_argument("text", metavar="TEXT", help="a name, part of one, or an identifier, in any language")
    command.add_argument("--ontology", action="append", default=[], metavar="PREFIX", help="such as MONDO; repeatable")
    command.add_argument("--records", action="store_true", help="find studies, courses, publications and data sets")
    kinds = ("study", "course", "publication", "dataset")
    command.add_argument("--kind", action="append", default=[], choices=kinds, help="with --records; repeatable")
    command.add_argument("--first", type=int, default=10, metavar="N", help="at most so many (default: %(default)s)")
    command.add_argument("--json", action="store_true")


def _add_query(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument("graphql", metavar="GRAPHQL", help="the query, or - to read it from the input")
    command.add_argument("--variables", default="{}", metavar="JSON")
    command.set_defaults(role=default.role)


def _add_ground(command: argparse.ArgumentParser, default: Settings) -> None:
    given = command.add_mutually_exclusive_group(required=True)
    given.add_argument("--mentions", metavar="FILE", help="a name a line, - for the input")
    given.add_argument("--texts", metavar="FILE", help="a text a line, in which names are found")
    command.add_argument("--together", action="store_true", help="the mentions are of one document and help each other")
    _add_meaning(command, default)
    command.add_argument("--top", type=_count, default=5, metavar="N", help="concepts a name (default: %(default)s)")
    command.add_argument("--min-score", type=float, default=0.0, metavar="P", help="leave out what is less probable")


def _add_adapt(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument("out", metavar="FOLDER", help="where the adapted model is written")
    _add_meaning(command, default)
    command.add_argument("--minutes", type=float, default=50.0, help="how long it may train (default: %(default)s)")
    command.add_argument("--seed", type=int, default=20261123, help="default: %(default)s")
    command.add_argument("--without", metavar="FILE", help="an SSSOM file of mappings not to learn from")
    command.add_argument("--examples", metavar="FILE", help="learn from these: a table of names, as load reads it")


def _add_link(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument("--model", default=default.model, metavar="MODEL", help="an encoder, by folder or name")
    command.add_argument("--sssom", metavar="FILE", help="write the candidate mappings there, to be decided")
    command.add_argument("--neo4j-vectors", action="store_true", help="fill Neo4j's own vector index as well")
    command.add_argument("--json", action="store_true", help="print the report as JSON")


def _add_meaning(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument("--ontologies", nargs="+", default=[], metavar="PREFIX", help="only these, such as MONDO HP")
    command.add_argument("--model", default=default.model, metavar="MODEL", help="an encoder, by folder or name")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 1000")
    return int(text)


def _add_workers(command: argparse.ArgumentParser) -> None:
    tells = "processes that read beside the one that writes (default: what the files are worth, at most one a core)"
    command.add_argument("--workers", type=_processes, metavar="N", help=tells)


def _processes(text: str) -> int:
    return 0 if text == "0" else _count(text)


def _add_key(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument("name", metavar="NAME", help="who it is for; the audit log tells it")
    roles = "none, exists, range, at_least, steward or exact (%(default)s)"
    command.add_argument("--role", default="at_least", help=roles)
    command.add_argument("--days", type=_count, default=365, metavar="N", help="how long it holds (%(default)s)")
    command.add_argument("--keys", default=default.keys, metavar="FILE", help="the file of keys (TRICUSPID_KEYS)")


def _add_server(command: argparse.ArgumentParser, default: Settings) -> None:
    command.add_argument("--host", default=default.host, help="default: %(default)s")
    command.add_argument("--port", type=int, default=default.port, help="default: %(default)s")


if __name__ == "__main__":
    sys.exit(main())
