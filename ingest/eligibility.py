"""ingest: splits the eligibility criteria of a trial into inclusion and exclusion criteria.

No standard defines the headings of criteria. The patterns here match headings of ClinicalTrials.gov and of Dutch
registries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Field = Literal["inclusion", "exclusion"]


class Part(NamedTuple):
    """A part of the eligibility criteria of a trial. `field` tells whether it has inclusion or exclusion criteria.

    `text` starts at position `start` of the whole text, and has no surrounding white space.
    """

    field: Field
    start: int
    text: str


class _Mark(NamedTuple):
    """A heading or a sentence in the criteria.

    If the mark is a heading, the text from `end` to the next mark belongs to `field`. If the mark is a sentence, only
    the sentence belongs to `field`.
    """

    start: int
    end: int
    field: Field
    sentence: bool = False


_KEY = re.compile(
    r"\b(?P<non>(?:non|niet)[- ]?)?(?P<which>in|ex)clu(?:sions?|sie|ding)(?P<criteria>[- ]?criteri(?:a|on|um))?\b", re.I
)
_LINE_BREAK = re.compile(r"[.;:](?=\s)|\n")
# How many characters before (_LEAD) and after (_TAIL) the keyword are searched for the other words of the heading.
_LEAD, _TAIL = 160, 120
_BULLET = re.compile(r"[\s*#•–-]*(?:\(?[0-9a-z]{1,2}[.)]\s)?[\s*#]*", re.I)
# If these words precede the keyword, the keyword is part of a sentence, not of a heading: `does not meet the inclusion
# criteria`.
_OF_SENTENCES = re.compile(
    r"\b(?:not|no|at|of|to|see|per|before|after|from|prior|time|meet\w*|satisf\w+|fulfil\w*|fail\w*|violat\w*|other"
    r"|with|geen|niet|bij|voldoe\w*)\b",
    re.I,
)
_FOLLOWING = re.compile(r"\bfollowing|\bvolgende", re.I)
_ELIGIBILITY = re.compile(r"eligibility criteria\b", re.I)
_BARE = re.compile(r"(?:key|main|major|general|specific|patients?|subjects?|study)?", re.I)
# A heading may continue like this up to the end of the line: `for Stage 1`, `(arm 2)`, `comments`.
_CONTINUED = re.compile(
    r"\s*(?:$|\(.*\)$|[0-9]{1,2}$"
    r"|(?:for|by|of|to be|comments?|stage|phase|part|cohort|arm|group|voor|van|deel|fase)\b.*$)",
    re.I,
)
_COLON = re.compile(r"([^\n:.;]{0,120}?)[ *]*:")
# Words that can occur between `criteria` and the colon. Any other text before the colon is already a criterion.
_QUALIFIED = re.compile(
    r"\s*\w+(?:\W{1,3}\w+)?\W*|.*\b(?:eligible|ineligible|enrol\w+|participat\w+|met|meets?|follow\w*|excluded|included|not)\b.*",
    re.I,
)
_DASH = re.compile(r"\s*[*]*\s+[-–—]\s")
_VERB = re.compile(
    r"\s+(?:includ(?:e|es|ed)|are|were|was|is|consist(?:s|ed)? of|compris\w+|zijn|omvatten)\b(?! not\b)", re.I
)
_CAPITALS = re.compile(r"(?:In|Ex)clusion Criteria\s*:")
_BOTH = re.compile(r"\s*(?:/|&|and|or|en)\s*(?:non[- ]?)?exclu", re.I)
_AFTER_BOTH = re.compile(r"inclu(?:sion|sie)\s*(?:criteria)?\s*(?:/|&|and|or|en)\s*$", re.I)

_WHO = re.compile(
    r"\b(?:patients?|participants?|subjects?|volunteers?|children|infants|adults|women|men|females?|males?|persons?"
    r"|people|individuals?|those|anyone|you|who|candidates?|cases|deelnemers?|patiënten|mensen|personen|vrouwen"
    r"|mannen|u|je)\b",
    re.I,
)
_KEEPS_OUT = re.compile(
    r"\b(?:(?:will|would|may|can|must|should) be (?:excluded|ineligible)|are (?:excluded|ineligible|not eligible)"
    r"|is (?:ineligible|not eligible)|(?:is|was|were) excluded (?:from|if|when)|(?:not eligible|ineligible) (?:if|when)"
    r"|(?:will|may|can|must|should|could)(?: ?not|n't) (?:be (?:enrolled|included|eligible|recruited)|participate"
    r"|take part)|(?:worden|wordt|zijn|bent) (?:u |je )?uitgesloten"
    r"|(?:kunt|kan|kunnen|mag|mogen) (?:u |je )?niet (?:mee\s?doen|deelnemen))\b",
    re.I,
)
_ALLOWS = re.compile(r"\bnot (?:be |otherwise )?$", re.I)
_KEPT_OUT_FIRST = re.compile(r"[\s*#•–-]*(?:not eligible|ineligible)", re.I)
_LIST_FOLLOWS = re.compile(r"(?::|\b(?:if|when|if they|als|indien))\s*$", re.I)
_BREAK, _END = re.compile(r"[.;?!](?=\s)|\n"), re.compile(r"[.;?!](?=\s|$)|(?=\n)|$")
_LONGEST_SENTENCE, _LONGEST_LINE = 400, 4000
_LETS_IN = re.compile(
    r"^[^\n]{0,160}\b(?:eligible|included|enrolled|participate|take part|eligibility criteria)\b[^\n]{0,160}:[ \t]*$",
    re.I | re.M,
)
_ALL = re.compile(r"\ball (?:of )?the following|eligibility criteria:", re.I)
_NOT_IN = re.compile(r"\bnot\b|\bcannot\b|exclu|inelig|n't\b", re.I)


def criteria(text: str) -> Iterator[Part]:
    """Splits the eligibility criteria of a trial into parts, in order and without empty parts.

    Text before the first heading counts as inclusion.

    A sentence that excludes people (`Patients with asthma will be excluded.`) is a separate part.
    """
    field: Field = "inclusion"
    place = 0
    for mark in sorted({*_headings(text), *_announced(text), *_sentences(text)}):
        if mark.start < place or (mark.sentence and mark.field == field):
            continue
        yield from _part(field, text, place, mark.start)
        if mark.sentence:
            yield from _part(mark.field, text, mark.start, mark.end)
        else:
            field = mark.field
        place = mark.end
    yield from _part(field, text, place, len(text))


def _part(field: Field, text: str, start: int, end: int) -> Iterator[Part]:
    part = text[start:end]
    if stripped := part.strip():
        yield Part(field, start + len(part) - len(part.lstrip()), stripped)


def _headings(text: str) -> Iterator[_Mark]:
    """Yields the headings with the word inclusion or exclusion: `Key exclusion criteria for stage 2:`."""
    for key in _KEY.finditer(text):
        line = _line_start(text, key.start())
        bullet = _BULLET.match(text, line, key.start())
        lead = text[bullet.end() if bullet else line : key.start()]
        if len(lead) > _LEAD or _BOTH.match(text, key.end()):
            continue
        capitals = _CAPITALS.match(text, key.start())
        if end := capitals.end() if capitals else _heading_end(text, lead, key):
            out = (key["which"].lower() == "ex") != bool(key["non"]) and not _AFTER_BOTH.search(lead)
            own = not capitals or (_plain(lead) and not lead[:1].islower())
            start = line if own else key.start()
            yield _Mark(start, end, "exclusion" if out else "inclusion")


def _line_start(text: str, place: int) -> int:
    """Returns the start of the line or sentence that contains the position `place`.

    The search goes back a limited number of characters.
    """
    low = max(0, place - _LEAD - 20)
    return max((match.end() for match in _LINE_BREAK.finditer(text, low, place)), default=low)


def _plain(lead: str) -> bool:
    return len(lead.split()) <= 3 and not _OF_SENTENCES.search(lead)


def _heading_end(text: str, lead: str, key: re.Match[str]) -> int:
    """Returns the position where a heading ends; 0 if there is no heading.

    `key` is the match of the word inclusion or exclusion, and `lead` is the text before it in the same line.
    """
    following, plain, named = bool(_FOLLOWING.search(lead)), _plain(lead), bool(key["criteria"])
    colon = _COLON.match(text, key.end())
    if colon and (following or (plain and (_headed(colon[1]) if named else not colon[1]))):
        return colon.end()
    rest = text[key.end() : key.end() + _TAIL].partition("\n")[0].rstrip(" *\t")
    if named and (plain or _ELIGIBILITY.match(lead)) and _CONTINUED.match(rest) and not rest.endswith((".", ";")):
        return key.end() + len(rest)
    if not rest and _BARE.fullmatch(lead.strip(" *")):
        return key.end()
    if named and plain and (inline := _DASH.match(text, key.end()) or _VERB.match(text, key.end())):
        return inline.end()
    return key.end() + len(rest) if following and rest.endswith(".") and rest.count(".") == 1 else 0


def _headed(rest: str) -> bool:
    return bool(_CONTINUED.match(rest) or _VERB.match(rest) or _QUALIFIED.fullmatch(rest))


def _sentences(text: str) -> Iterator[_Mark]:
    """Yields the sentences that exclude people.

    A sentence before a list is the heading of the list. A sentence that contains a list ends after the list.
    """
    for verb in _KEEPS_OUT.finditer(text):
        start, end = _sentence(text, verb)
        before = text[start : verb.start()]
        if _ALLOWS.search(before) or not (_WHO.search(before) or _KEPT_OUT_FIRST.match(text, start)):
            continue
        heads = _LIST_FOLLOWS.search(text, start, end) and text[end : end + 1] in ("", "\n")
        if ":" in text[verb.end() : end] and not heads:
            line = text.find("\n", end, end + _LONGEST_LINE)
            end = line if line >= 0 else min(len(text), end + _LONGEST_LINE)
        yield _Mark(start, end, "exclusion", sentence=not heads)


def _sentence(text: str, verb: re.Match[str]) -> tuple[int, int]:
    """Returns the start and end of the sentence that contains the match `verb`. A very long sentence is truncated."""
    low, high = max(0, verb.start() - _LONGEST_SENTENCE), verb.end() + _LONGEST_SENTENCE
    start = max((match.end() for match in _BREAK.finditer(text, low, verb.start())), default=low)
    found = _END.search(text, verb.end(), high)
    return start, found.end() if found else min(len(text), high)


def _announced(text: str) -> Iterator[_Mark]:
    """Yields the headings of inclusion criteria that do not have the word inclusion.

    For example: `To be eligible, a subject must meet all of the following:`.
    """
    for line in _LETS_IN.finditer(text):
        if _ALL.search(line[0]) and not _NOT_IN.search(line[0]):
            yield _Mark(line.start(), line.end(), "inclusion")
