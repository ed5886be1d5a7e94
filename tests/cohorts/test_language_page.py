"""docs/cohort-language.md: every example and every row of its tables is read, and means the same in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cohorts.language import Language, parse, printed
from cohorts.language.words import LANGUAGES, rows

PAGE = (Path(__file__).resolve().parents[2] / "docs/cohort-language.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```cohort-en\n(.*?)```\n```cohort-nl\n(.*?)```", PAGE, re.DOTALL)
_TABLES = re.findall(r"<!-- en: (.*) -->\n<!-- nl: (.*) -->\n\|.*\n\|.*\n((?:\|.*\n)+)", PAGE)


def _phrases() -> list[tuple[str, str]]:
    """Whole texts in English and in Dutch, of the rows of tables."""
    found = []
    for english, dutch, table in _TABLES:
        for row in table.splitlines():
            cells = [re.findall(r"`([^`]+)`", cell) for cell in row.split("|")[1:3]]
            texts = [[frame.replace("⏎", "\n").replace("{}", one) for one in cell] for frame, cell in
                     zip((english, dutch), cells, strict=True)]  # fmt: skip
            found += [(one, other) for one in texts[0] for other in texts[1]]
    return found


@pytest.mark.parametrize(("english", "dutch"), EXAMPLES)
def test_an_example_is_read_and_written(english: str, dutch: str) -> None:
    assert parse(english, "en") == parse(dutch, "nl")
    bare = re.compile(r"(\[[^\s\]]+) [^\]]*")
    for text, language in ((english, "en"), (dutch, "nl")):
        assert printed(parse(text, language), language) == bare.sub(r"\1", text)  # type: ignore[arg-type]


@pytest.mark.parametrize(("english", "dutch"), _phrases())
def test_a_row_means_the_same_in_both_languages(english: str, dutch: str) -> None:
    assert parse(english, "en") == parse(dutch, "nl")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_every_phrase(language: Language) -> None:
    page = " ".join(PAGE.split())
    missing = [row.phrases[language][0] for row in rows() if row.terminal not in ("MONTHS", "ORDINAL")]
    assert [phrase for phrase in missing if not re.search(rf"\b{re.escape(phrase)}\b", page)] == []


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) == 3 and len(_phrases()) > 120
