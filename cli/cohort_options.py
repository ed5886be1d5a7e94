"""cli: the options of the command `cohort`. This module imports nothing heavy, because `--help` must be fast."""

from __future__ import annotations

import argparse

from graph.settings import Settings

_LANGUAGES = ("en", "nl")


def add_cohort(command: argparse.ArgumentParser, default: Settings) -> None:
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, text: str, named: bool = True) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        # Without SUPPRESS, this default would replace the address given before ACTION.
        made.add_argument("--store", default=argparse.SUPPRESS, metavar="ADDRESS", help=f"default: {default.store}")
        if named:
            made.add_argument("name", metavar="NAME", help="name of the cohort")
        return made

    save = action("save", "save a definition; a definition with a different meaning gets a new version number")
    save.add_argument("file", metavar="FILE", help="a definition: JSON, or text in the controlled language")
    text = "language of a definition in the controlled language (default: %(default)s)"
    save.add_argument("--language", choices=_LANGUAGES, default="en", help=text)
    save.add_argument("--tag", action="append", default=[], metavar="TAG", help="add this tag; repeatable")
    shows = action("list", "list the saved cohorts", named=False)
    shows.add_argument("--tag", metavar="TAG", help="only cohorts with this tag")
    _role_and_json(shows, default)
    show = action("show", "print the definition of a cohort, and list its versions")
    show.add_argument("--version", type=int, metavar="N", help="version to print (default: the current version)")
    text = "en or nl for the controlled language, or json (default: %(default)s)"
    show.add_argument("--language", choices=(*_LANGUAGES, "json"), default="en", help=text)
    copy = action("copy", "save the current version under another name")
    copy.add_argument("new", metavar="NEW", help="a name that is not in use yet")
    tag = action("tag", "add tags to a cohort, or remove tags")
    tag.add_argument("tags", nargs="+", metavar="TAG")
    tag.add_argument("--remove", action="store_true", help="remove these tags")
    run = action("run", "count the patients of a cohort, save the numbers, and print what changed since the last run")
    _role_and_json(run, default)
    diff = action("diff", "compare two versions of a cohort, and count the current patients of both versions")
    diff.add_argument("versions", nargs="*", type=int, metavar="VERSION", help="two versions (default: the last two)")
    _role_and_json(diff, default)
    for name, text in (
        ("table", "print the start and end of each patient's time in a cohort, as CSV; needs the role 'records'"),
        ("explain", "print why a patient is or is not in a cohort; needs the role 'records'"),
    ):
        made = action(name, text, named=False)
        made.add_argument("name", metavar="NAME|FILE", help="name of a saved cohort, or a file with a definition")
        text = "language of a definition in the controlled language (default: %(default)s)"
        made.add_argument("--language", choices=_LANGUAGES, default="en", help=text)
        if name == "explain":
            made.add_argument("patient", metavar="PSEUDONYM", help="pseudonym of the patient (patient:…)")
        text = "your role, which must be records (default: TRICUSPID_ROLE, here %(default)s)"
        made.add_argument("--role", default=default.role or "at_least", metavar="ROLE", help=text)


def _role_and_json(command: argparse.ArgumentParser, default: Settings) -> None:
    text = "your role; exact and records see exact numbers (default: TRICUSPID_ROLE, here %(default)s)"
    command.add_argument("--role", default=default.role or "at_least", metavar="ROLE", help=text)
    command.add_argument("--json", action="store_true", help="print JSON")
