"""graph: whether a text says that something is there, is not, is another's, or only may be; Dutch and English.

The way of NegEx (doi:10.1006/jbin.2001.1029) and ConText (doi:10.1016/j.jbi.2009.05.002): a trigger before or after
the mention, in its sentence, reaches the mention unless a word that ends its scope stands between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

Assertion = Literal["present", "negated", "family", "hypothetical"]
_RANK: dict[str, int] = {"negated": 0, "family": 1, "hypothetical": 2}

# Said before the mention.
_BEFORE = {
    "negated": """
        no|not|never|none of|without|denies|denied|denying|absence of|absent|lack of|lacks|lacking|free of|free from
        negative for|no evidence of|no history of|no sign of|no signs of|no known|ruled out|neither|nor|cannot have
        does not have|did not have|has not had|rather than|instead of|unremarkable for|fails to reveal
        geen|zonder|niet|nooit|noch|afwezigheid van|ontbreken van|ontkent|vrij van|negatief voor|geen tekenen van
        geen aanwijzingen voor|geen voorgeschiedenis van|uitgesloten|in plaats van|evenmin
    """,
    "family": """
        mother had|father had|mother has|father has|mother with|father with|mother|father|brother|sister|aunt|uncle
        grandmother|grandfather|parents|siblings|family history of|family history|familial history of
        maternal history of|paternal history of|relatives with|relative with|family member with|family members with
        moeder|vader|broer|zus|zuster|tante|oom|oma|opa|grootmoeder|grootvader|ouders|familielid met|familieleden met
        in de familie|familieanamnese|familiair belast met|familiegeschiedenis van
    """,
    "hypothetical": """
        if|rule out|r/o|suspected|suspicion of|suspicion for|suspicious for|possible|possibly|probable|may have
        might have|could have|could be
        in case of|unless|to exclude|evaluate for|evaluation for
        differential diagnosis|differential diagnoses|concern for|concerning for|questionable|presumed
        verdenking op|verdacht voor|verdacht op|vermoeden van|vermoeden op|mogelijk|mogelijke|indien
        als er sprake is van|mocht|wellicht|misschien|differentiaaldiagnose|dd|uitsluiten van|ter uitsluiting van
        verdenking|bij verdenking op
    """,
}
# Said after it.
_AFTER = {
    "negated": """
        was ruled out|were ruled out|is ruled out|are ruled out|has been ruled out|have been ruled out|ruled out
        was excluded|were excluded|is excluded|unlikely|was negative|were negative|is negative|negative
        is absent|are absent|was absent|were absent|absent|not present|not seen|not found|not detected|not observed
        was not|were not|is not present|denied|was denied|not reported
        is uitgesloten|zijn uitgesloten|werd uitgesloten|werden uitgesloten|uitgesloten|is afwezig|zijn afwezig|afwezig
        niet aanwezig|niet gezien|niet gevonden|niet aangetoond|onwaarschijnlijk|wordt ontkend|ontkend
    """,
    "family": """
        in the family|in his family|in her family|in family members|in a relative|in relatives|runs in the family
        in his mother|in her mother|in his father|in her father|in the mother|in the father|in a sibling
        in de familie|in familie|bij zijn moeder|bij haar moeder|bij zijn vader|bij haar vader|bij familieleden
    """,
    "hypothetical": """
        suspected|is suspected|was suspected|is possible|cannot be excluded|could not be excluded|cannot be ruled out
        could not be ruled out|to be ruled out|not excluded|not ruled out|must be ruled out|should be ruled out
        should be excluded|is considered|was considered
        vermoed|kan niet worden uitgesloten|niet uitgesloten|niet uit te sluiten|moet worden uitgesloten
        wordt overwogen|werd overwogen|is mogelijk
    """,
}
# They look like triggers and say nothing of the kind.
_PSEUDO = """
    not only|not just|not merely|not necessarily|not certain if|no increase|no increased|no change|no further
    no significant change|no suspicious change|without difficulty|without any difficulty
    not cause|not drain|no longer than
    gram negative|gram-negative|no matter|no more than|not limited to
    including but not limited to|not otherwise specified
    if possible|if any|as if|if necessary|if applicable|as soon as possible|if needed|when possible
    mother tongue|mother and child|mother to child|mother-to-child|mothers and|father and son|if available
    niet alleen|niet enkel|niet slechts|niet noodzakelijk|geen toename|geen verandering|niet anders gespecificeerd
    niet zozeer|niet beperkt tot|niet meer dan|zo mogelijk|indien mogelijk|indien nodig|indien van toepassing
    zo snel mogelijk|moeder en kind|moedertaal|moeder op kind|waar mogelijk|niet-invasieve|niet-kleincellig
    zonder problemen|zonder moeite|no doubt|without doubt|zonder twijfel|ongetwijfeld|not infrequently|not uncommonly
    parents of|mother of|father of|brother of|sister of|ouders van|moeder van|vader van|possible causes|possible cause
    mogelijke oorzaken|mogelijke oorzaak|mogelijk maken|mogelijk te maken|zo goed mogelijk|zo veel mogelijk
    best possible|niet zelden|not to mention|not uncommon|not rare
"""
_ENDS = """
    but|however|nevertheless|yet|although|though|except|apart from|aside from|besides|other than|still|which|who|because
    since|secondary to|due to|presented with|presents with|presenting with|has been|while|whereas|therefore|then
    until|tot|now|currently|developed|showed|revealed|he had|she had|he has|she has
    patient has|patient had|who had|who has
    maar|echter|hoewel|ofschoon|behalve|afgezien van|daarentegen|terwijl|omdat|doordat|wel|nu|momenteel|daarom
    waardoor|presenteerde zich met|presenteert zich met|ontwikkelde|bleek|toonde|heeft hij|heeft zij|patiënt heeft
"""
_SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|\n")
_WORD = re.compile(r"[^\W_]+(?:['’/-][^\W_]+)*")
# It denies a verb, whose object is near: `did not walk until the age of two, with speech delay`.
_NOT, _REACH_OF_NOT = (["not"], ["niet"]), 4
_REACH = 12
"""Words that a trigger reaches over at most."""
_SENTENCE = 600
"""Characters on either side that are looked at at most; it bounds the time that a mention takes."""
_NO_END = re.compile(
    r"(?:\b(?:dr|dhr|mevr|mw|mr|mrs|prof|vs|bijv|o\.a|m\.n|e\.g|i\.e|ca|nr|no|resp|incl|excl|evt)|\b\w)\.$", re.I
)


class _Cue(NamedTuple):
    """What a phrase does before and after a mention; `ends` the reach of others, `pseudo` does nothing."""

    before: str | None = None
    after: str | None = None
    ends: bool = False
    size: int = 1


def _phrases(table: str) -> Iterable[tuple[str, ...]]:
    return (tuple(_words(phrase)) for phrase in re.split(r"[|\n]", table) if phrase.strip())


def _words(text: str) -> list[str]:
    return [match[0].lower() for match in _WORD.finditer(text)]


def _cues() -> dict[str, dict[tuple[str, ...], _Cue]]:
    """Every phrase under its first word."""
    all_cues: dict[tuple[str, ...], _Cue] = {}
    for place, tables in (("before", _BEFORE), ("after", _AFTER)):
        for kind, table in tables.items():
            for words in _phrases(table):
                old = all_cues.get(words, _Cue(size=len(words)))
                all_cues[words] = old._replace(before=kind) if place == "before" else old._replace(after=kind)
    for words in _phrases(_ENDS):
        all_cues[words] = _Cue(ends=True, size=len(words))
    for words in _phrases(_PSEUDO):
        all_cues[words] = _Cue(size=len(words))
    by_first: dict[str, dict[tuple[str, ...], _Cue]] = {}
    for words, cue in all_cues.items():
        by_first.setdefault(words[0], {})[words] = cue
    return by_first


_CUES = _cues()
_LONGEST = max(len(words) for cues in _CUES.values() for words in cues)


def assertion(text: str, start: int, end: int) -> Assertion:
    """How the text says what stands from `start` to `end` (exclusive).

    Where several triggers reach it, what is negated is not there, whoever it would be of; then another's, then
    possible; but of `no` and `ruled out` the longest trigger that holds the words counts (`cannot be ruled out`).
    """
    low = max(0, start - _SENTENCE)
    low = max(low, text.rfind("\n", low, start) + 1)
    high = text.find("\n", end, end + _SENTENCE)
    after = text[end : high if high >= 0 else end + _SENTENCE]
    found = {*_reaching(text[low:start], True), *_reaching(after, False)}
    first = min(found, key=_RANK.__getitem__, default="present")
    return first  # type: ignore[return-value]


def _reaching(side: str, before: bool) -> Iterable[str]:
    """What the triggers on one side of a mention say, none beyond a sentence's end or a word that ends their scope."""
    words = _words(_sentence(side, before))
    words = words[-_REACH - _LONGEST :] if before else words[: _REACH + _LONGEST]
    cues = list(_found(words))
    for at, cue in reversed(cues) if before else cues:
        if cue.ends or (len(words) - at - cue.size if before else at) > _REACH:
            return
        near = not before or len(words) - at - cue.size <= _REACH_OF_NOT or words[at : at + cue.size] not in _NOT
        said = cue.before if before else cue.after
        if said and near:
            yield said


def _sentence(side: str, before: bool) -> str:
    """The part of one side that is of the mention's sentence."""
    ends = [m.end() for m in _SENTENCE_END.finditer(side) if not _NO_END.search(side, max(0, m.start() - 5), m.end())]
    if before:
        return side[ends[-1] :] if ends else side
    return side[: ends[0]] if ends else side


def _found(words: list[str]) -> Iterable[tuple[int, _Cue]]:
    """The phrases in a sentence, each with the number of its first word; a longer one hides those in it."""
    at = 0
    while at < len(words):
        cues = _CUES.get(words[at], {})
        sizes = range(min(_LONGEST, len(words) - at), 0, -1) if cues else ()
        cue = next((cues[key] for size in sizes if (key := tuple(words[at : at + size])) in cues), None)
        if cue:
            yield at, cue
        at += cue.size if cue else 1
