"""linking: decides the assertion of a mention in Dutch and English texts: present, negated, family or hypothetical.

The method follows NegEx (doi:10.1006/jbin.2001.1029) and ConText (doi:10.1016/j.jbi.2009.05.002). A trigger in the same
sentence, before or after the mention, applies to the mention. The trigger does not apply if a word between the trigger
and the mention ends the scope of the trigger.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from graph.lexical import LONGEST, OF_PATIENTS, OF_RECORDS, OWN, TELLS, Cue, Cues, visible, words_of

Assertion = Literal["present", "negated", "family", "hypothetical"]
_RANK: dict[str, int] = {"negated": 0, "family": 1, "hypothetical": 2}

# A comma before a form of `have` ends a negation: `No heart failure or diabetes, has hypertension`.
_SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|\n|,(?=\s{1,3}(?:has|have|had|heeft|hebben|hadden)\b(?!\s{1,3}been))", re.I)
# These words negate a verb and apply only to an object near the verb. For example, `not` does not apply to the last
# words of `did not walk until the age of two, with speech delay`.
_NOT = [[word] for word in "not never niet nooit doesn't hasn't haven't hadn't isn't".split()]
_REACH_OF_NOT = 4
_WITHOUT, _JOINS = ("without", "zonder", "excluding", "except"), ("or", "and", "nor", "of", "en")
_VERB = re.compile(r"\s{1,3}(?:is|are|was|were|remains?|occurs?|can|may|komt|kan|zijn|waren|blijft|blijven)\b", re.I)
# `with` after a comma ends a negation: `without tremor, with scoliosis`.
_WITH_AGAIN = re.compile(r"\b(?:without|zonder|no|geen)\b[^,]{0,200},\s{1,3}(?:with|met)\b(?!\s{1,3}(?:or|of)\b)", re.I)
# A comma directly after `not` ends the negation: `praat niet, kijkt scheel`. A comma before an article also ends the
# negation: `kan ze niet strekken, een scoliose en ...`. If the list continues with `or`, these commas do not end the
# negation. Other commas do not end the negation: `never had asthma, eczema`.
_NOT_AGAIN = re.compile(
    r"\b(?:not|never|niet|nooit)\b(?:,|[^,]{0,200},(?=\s{1,3}(?:an?|the|een|de|het|his|her|zijn|haar)\b))"
    r"(?!.*\b(?:or|nor|of|noch)\b)",
    re.I | re.S,
)
# An article after `and` ends a negation: `no fever and a cough`.
_ARTICLE_AGAIN = re.compile(r"\b(?:no|geen|without|zonder)\b[^,.;]{1,200}\b(?:and|en)(?=\s{1,3}(?:an?|een)\s)", re.I)
_GOES_ON = re.compile(r"\b(?:or|nor|of|noch)\b", re.I)
_BRACKETED = re.compile(r"\((?:[^()\s]{1,40}\s{1,3}){2,20}[^()\s]{1,40}\)")
"""Several words in brackets. Triggers inside do not apply to the text outside: `(absence of some teeth), cataract`."""
# An exclusion ends at the comma before a main clause: `excluding those with asthma, patients had diabetes`.
_LEFT_OUT = re.compile(
    r"\b(?:excluding|except(?: for| in)?|excepting|apart from|aside from|other than|with the exception of|behalve"
    r"|afgezien van|met uitzondering van|uitgezonderd|met uitsluiting van)\b[^.;]{1,200}?,"
    r"(?=\s{1,3}(?!of\b)(?:(?!(?:or|nor|noch|who|whom|that|which|die|dat)\b)[^\s,.;]{1,40}\s{1,3}){1,8}"
    r"(?:has|have|had|is|are|was|were|did|does|do|showed|developed|presented|reported|received|suffered|remained|died"
    r"|heeft|hebben|had|hadden|was|waren|zijn|kreeg|kregen|toonde|toonden)\b)",
    re.I,
)
# A complete statement about the family does not apply to the text after its comma: `a positive family history of
# similar disease, ataxia`, `the mother has the same condition, deafness`.
_SAME = (
    r"(?:(?:an?|the|this|that|these|those|such|same|similar|his|her|de|het|deze|dit|die|dezelfde|hetzelfde|een)\s){1,3}"
)
_TROUBLE = (
    r"(?:disease|disorder|condition|syndrome|illness|symptom|complaint|problem|finding|feature|phenotype|picture|ziekte"
    r"|aandoening|syndroom|klacht|verschijnsel|beeld|probleem)(?:e?s|n|en)?"
)
_TOLD_OF = r"(?:positive|negative|significant|unremarkable|non-?contributory|positief|negatief|blanco|belast|onbekend)"
_HISTORY = r"(?:family|familial) history|familie-?anamnese|familiegeschiedenis"
_FAMILY_TOLD = re.compile(
    rf"\b(?:(?:{_HISTORY})(?:\s(?:is|was))?(?:\s{_TOLD_OF}|(?:\s{_TOLD_OF})?\s(?:of|for|van|voor)\s{_SAME}{_TROUBLE})"
    rf"|(?:positive|negative|significant|positieve|negatieve|blanco|belaste)\s(?:{_HISTORY})"
    rf"|\w{{1,30}}\s(?:has|had|have|heeft|hadden|hebben)\s{_SAME}{_TROUBLE}"
    r"|\w{1,30}\s(?:is|was|are|were)\s(?:similarly|also|likewise|equally) affected)\s?,",
    re.I,
)
# `None of the mutations in the seizure gene` negates mutations; `none of the children had seizures` negates seizures.
_NONE_OF = [["none", "of"]]
_HAVING = frozenset(
    "has have had having with showed shows developed develop reported report met heeft hebben had".split()
)
# If everything except X is well, the patient has X: `normal except for ptosis`.
_WELL = frozenset(
    "normal normally unremarkable well healthy negative unaffected clear intact fine good stable asymptomatic benign "
    "uneventful uncomplicated limits soft supple symmetric regular unchanged preserved resolved recovered improved "
    "free nothing normaal gezond goed ongestoord klachtenvrij helder stabiel hersteld niets vrij bijzonderheden".split()
)
_REACH = 12
"""Maximum number of words between a trigger and the mention."""
_NEAR_COMPANY = 3
"""Maximum number of words between `lives with` and a relative, so that the relative is not a trigger."""
_SENTENCE = 600
"""Maximum number of characters that are read on either side of a mention. The limit saves time."""
_NO_END = re.compile(
    r"(?:\b(?:dr|dhr|mevr|mw|mr|mrs|prof|vs|bijv|o\.a|m\.n|e\.g|i\.e|ca|nr|no|resp|incl|excl|evt)|\b\w)\.$", re.I
)
# The answer after a mention in a form or list: `Diabetes: no.`, `Asthma (mother)`.
_END = r"\s{0,3}(?:$|[,;)\n]|\.(?!\s{0,3}[0-9]))"
_NO = (
    "no|none|nee|neen|geen|nihil|negative|negatief|neg|absent|afwezig|never|nooit|denies|denied|ontkent|not known"
    "|niet bekend|no evidence|no signs|no history|geen aanwijzingen|geen tekenen"
)
_KIN = "mother|father|brother|sister|son|daughter|moeder|vader|broer|zus|zoon|dochter"
_ANSWERS = {
    "negated": rf"\s{{0,3}}[:=?(]\s{{0,3}}(?:{_NO}){_END}|\s{{1,3}}(?:[-–−]\s{{1,3}})?(?:no|none|nee|neen|niet){_END}",
    "family": rf"\s{{0,3}}\((?:{_KIN})[ +]{{0,2}}[),;]",
    "hypothetical": rf"\s{{0,3}}[:=(]\s{{0,3}}(?:unknown|unclear|onbekend|onduidelijk|\?){_END}",
}
_ASPECT = "(?:disease|severity|rating|symptoms?|impact|control|activity|assessment|outcomes?|knowledge|screening|self)"
# More answers, only for texts about patients: `Diabetes -, hypertension +`, `stroke prevention`. In other texts, a dash
# may end any line.
_OF_A_PATIENT = {
    "negated": rf"(?:\s{{1,3}}|\s{{0,3}}[:=(]\s{{0,3}})[-–−]{_END}",
    "hypothetical": r"[ -](?:risk|screening|prevention|prophylaxis|vaccination|vaccine)\b"
    # Instruments are named after the condition that they measure.
    rf"|(?:[ -]{_ASPECT}){{0,3}}[ -](?:scale|inventory|questionnaire|checklist|vragenlijst)\b"
    rf"|(?:[ -]{_ASPECT}){{1,3}}[ -](?:index|score|interview|survey)\b",
}


def _any(answers: dict[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in answers.items()), re.I)


_ANSWER, _PATIENTS_ANSWER = _any(_ANSWERS), _any(_OF_A_PATIENT)


def assertion(text: str, start: int, end: int, record: bool = False) -> Assertion:
    """The assertion of the mention from `start` to `end` (exclusive).

    A trigger is a word or phrase that decides the assertion, such as `no` or `mother`. If several triggers apply,
    `negated` has priority over `family` and `hypothetical`, and `family` has priority over `hypothetical`. If triggers
    overlap, such as `ruled out` and `cannot be ruled out`, the longest trigger is used.

    `record` is true for a text about a course, trial or publication. If this text is about the risk, screening or
    prevention of a condition, the text is also about the condition. In a text about a patient, the words `risk`,
    `screening` and `prevention` do not mean that the patient has the condition.
    """
    cues = OF_RECORDS if record else OF_PATIENTS
    low = max(0, start - _SENTENCE)
    low = max(low, text.rfind("\n", low, start) + 1)
    high = text.find("\n", end, end + _SENTENCE)
    before, after = visible(text[low:start]), visible(text[end : high if high >= 0 else end + _SENTENCE])
    before = _FAMILY_TOLD.sub(" ", _BRACKETED.sub(" ", before))
    if left_out := [*_LEFT_OUT.finditer(before)]:
        before = before[left_out[-1].end() :]
    again = [] if record else [*_NOT_AGAIN.finditer(before), *_ARTICLE_AGAIN.finditer(before)]
    if again and not _GOES_ON.search(_sentence(after, False)):
        before = before[again[-1].end() :]
    answers = [_ANSWER.match(after), None if record else _PATIENTS_ANSWER.match(after)]
    found = {str(answer.lastgroup) for answer in answers if answer}
    subject = _VERB.match(after) is not None
    rest = words_of(_sentence(after, False))
    found.update(_reaching(before, True, cues, subject, rest), _reaching(after, False, cues))
    first = min(found, key=_RANK.__getitem__, default="present")
    return first  # type: ignore[return-value]


def _reaching(side: str, before: bool, cues: Cues, subject: bool = False, rest: Sequence[str] = ()) -> Iterable[str]:
    """Yields the assertions of the triggers in `side`, the text before or after a mention.

    Stops at a word that ends the scope of the triggers. `subject` is true if the mention is the subject of a verb. Then
    the mention may be in the main clause, to which `without` does not apply: `Without heart failure, stroke is rare`.
    `rest` are the words after the mention.
    """
    words = words_of(_sentence(side, before))
    listed = before and side.rstrip().endswith(",")
    words = words[-_REACH - LONGEST :] if before else words[: _REACH + LONGEST]
    found = list(_found(words, cues))
    for at, cue in reversed(found) if before else found:
        if cue.ends or (len(words) - at - cue.size if before else at) > _REACH:
            return
        if cue.excepts:
            # An exception at the start applies to the words after it: `Except for ptosis the examination was normal`.
            whole = words[:at] or rest
            main = subject and listed and not words[:at]
            if before and not main and not _is_well(whole, [cue for _, cue in _found(whole, cues)]):
                yield "negated"
            return
        stated = cue.before if before else cue.after
        if stated and not (before and _falls_short(words, at, cue.size, subject, listed)):
            yield stated


def _falls_short(words: list[str], at: int, size: int, subject: bool, listed: bool) -> bool:
    """True if the trigger at word `at`, before a mention, does not apply to the mention.

    `size` is the number of words of the trigger. `subject` has the same meaning as in `_reaching`. `listed` is true if
    a comma precedes the mention.
    """
    trigger, between = words[at : at + size], words[at + size :]
    if trigger in _NOT:
        return len(between) > _REACH_OF_NOT
    if trigger in _NONE_OF:
        return "in" in between and _HAVING.isdisjoint(between)
    return subject and trigger[0] in _WITHOUT and bool(between) and (listed or (at == 0 and between[-1] not in _JOINS))


def _is_well(words: Sequence[str], cues: list[Cue]) -> bool:
    """True if the words before an exception state that the patient is well or lacks something.

    For example, `no cancer` in `no cancer except for`. Then the patient has the exception. False for a positive
    statement: `all cancers` in `all cancers except for`.
    """
    return not _WELL.isdisjoint(words) or any("negated" in (cue.before, cue.after) for cue in cues)


def _sentence(side: str, before: bool) -> str:
    """Returns the part of `side` that belongs to the sentence of a mention.

    `side` is the text before the mention if `before` is true, and the text after the mention otherwise.
    """
    every = [*_SENTENCE_END.finditer(side)]
    nearest = (m.end() for m in (reversed(every) if before else every) if not _is_inside(side, m))
    if before:
        own = side[next(nearest, 0) :]
        again = [*_WITH_AGAIN.finditer(own)]
        return own[again[-1].end() :] if again else own
    return side[: next(nearest, len(side))]


def _is_inside(side: str, end: re.Match[str]) -> bool:
    """True if `end`, a match of _SENTENCE_END in `side`, belongs to an abbreviation and does not end a sentence."""
    return _NO_END.search(side, max(0, end.start() - 5), end.end()) is not None


def _found(words: Sequence[str], every: Cues) -> Iterable[tuple[int, Cue]]:
    """Yields the triggers in a sentence with the index of their first word.

    If a trigger is inside a longer trigger, only the longer trigger is used. A relative is not a trigger if the patient
    lives with the relative, or if the relative reports something.
    """
    at, company = 0, -1 - _NEAR_COMPANY
    while at < len(words):
        cues = every.get(words[at])
        if not cues:
            at += 1
            continue
        sizes = range(min(LONGEST, len(words) - at), 0, -1)
        cue = next((cues[key] for size in sizes if (key := tuple(words[at : at + size])) in cues), None)
        size = cue.size if cue else 1
        following = words[at + size] if at + size < len(words) else ""
        beside = following in TELLS or (at - company <= _NEAR_COMPANY and following not in OWN)
        if cue and not (cue.kin and beside):
            yield at, cue
        at += size
        company = at - 1 if cue and cue.company else company
