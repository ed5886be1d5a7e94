"""graph: lists the phrases (cues) that decide the assertion of a mention: present, negated, family or hypothetical.

The phrases are Dutch and English, in lower case, without the possessive `'s`. linking/grounding/assertion.py uses the
phrases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

# Words for relatives. They may precede the mention, or follow it with words such as `in his` or `bij haar`.
_KIN = """
    mother|father|brother|sister|son|daughter|aunt|uncle|cousin|nephew|niece|sibling|mum|mom|dad
    grandmother|grandfather|grandson|granddaughter|grandparent|grandma|grandpa|great-grandmother|great-grandfather
    great-aunt|great-uncle|half-brother|half-sister|stepmother|stepfather|stepson|stepdaughter|stepbrother|stepsister
    mother-in-law|father-in-law|brother-in-law|sister-in-law|husband|wife|spouse
    moeder|vader|broer|zus|zuster|zoon|dochter|tante|oom|neef|nicht|oma|opa|mama|papa|broertje|zusje|zoontje|dochtertje
    neefje|nichtje|grootmoeder|grootvader|overgrootmoeder|overgrootvader|kleinzoon|kleindochter|kleinkind|oudtante
    oudoom|achterneef|achternicht|halfbroer|halfzus|halfzuster|stiefmoeder|stiefvader|stiefbroer|stiefzus|stiefzoon
    stiefdochter|tweelingbroer|tweelingzus|schoonmoeder|schoonvader|schoonzus|zwager|echtgenoot|echtgenote
    her partner|his partner|haar partner|zijn partner|haar man|zijn man|zijn vrouw|haar vrouw|mijn man|mijn vrouw
    her child|his child|her children|his children|her sons|his sons|her daughters|his daughters|both sons
    both daughters|zijn kind|haar kind|zijn kinderen|haar kinderen|zijn zoons|haar zoons|zijn zonen|haar zonen
    zijn dochters|haar dochters|parents|siblings|grandparents|ouders|grootouders
"""
_AT = ("in his", "in her", "in the", "in a", "bij zijn", "bij haar", "bij de", "bij een", "bij")
# Phrases before a person who is not the subject of the text, such as a parent, a companion or an informant. These
# phrases have no effect if the text continues with the illness of this person.
_DESCENT = """
    son of|daughter of|child of|baby of|infant of|born to|born of|zoon van|dochter van|kind van|baby van|geboren uit
"""
_COMPANY = f"""
    {_DESCENT}|zoontje van|dochtertje van
    lives with|live with|lived with|living with|accompanied by|together with|according to|brought by|brought in by
    reported by|seen with|cares for|cared for by|caring for|care for|came with|stays with|staying with
    woont bij|woont met|woont samen met|woonachtig bij|vergezeld door|vergezeld van|begeleid door|samen met|volgens
    gebracht door|meegebracht door|verzorgd door|zorgt voor|mantelzorger voor|mantelzorger van|aldus|in gezelschap van
    overlijden van|death of|loss of
"""
_SOMEBODY = ("a man with", "a woman with", "een man met", "een vrouw met")
OWN = frozenset("with who whose met die wiens".split())
"""If one of these words follows a relative, the text continues about the relative."""
TELLS = frozenset(
    "reports reported says said tells told noticed states describes mentions vertelt vertelde zegt meldt meldde merkte "
    "beschrijft geeft noemt".split()
)
"""If one of these words follows a relative, the relative reports about someone else."""

# Phrases before the mention.
_BEFORE = {
    "negated": """
        no|not|never|none of|without|denies|denied|denying|absence of|absent|lack of|lacks|lacking|free of|free from
        negative for|no evidence of|no history of|no sign of|no signs of|no known|ruled out|neither|nor|cannot have
        excluded
        is negative for|was negative for|are negative for|were negative for|excluding those with
        excluding patients with|excluding subjects with|excluding participants with|excluding individuals with
        excluding people with|excluding persons with|excluding|exclusion of
        does not have|did not have|has not had|rather than|instead of|unremarkable for|fails to reveal
        doesn't have|don't have|didn't have|doesn't|hasn't|haven't|hadn't|isn't|not known to have|not known with
        geen|zonder|niet|nooit|noch|afwezigheid van|ontbreken van|ontkent|ontkende|vrij van|negatief voor
        geen tekenen van|geen aanwijzingen voor|geen voorgeschiedenis van|uitgesloten|in plaats van|evenmin
        onbekend met|niet bekend met|geen sprake van|negatief getest op|negatief op
    """,
    "family": """
        family history of|family history|familial history of
        maternal history of|paternal history of|relatives with|relative with|family member with|family members with
        familielid met|familieleden met
        in de familie|familieanamnese|familie-anamnese|familiair belast met|familiair belast voor
        familiegeschiedenis van
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
# Phrases after the mention.
_AFTER = {
    "negated": """
        was ruled out|were ruled out|is ruled out|are ruled out|has been ruled out|have been ruled out|ruled out
        was excluded|were excluded|is excluded|has been excluded|unlikely|was negative|were negative|is negative
        negative|is absent|are absent|was absent|were absent|absent|not present|not seen|not found|not detected
        not observed|was not|were not|is not present|denied|was denied|not reported|not confirmed|not be confirmed
        not diagnosed|never diagnosed|never found|not demonstrated|not be demonstrated|not established|not known
        not been seen|not been found|not been observed|not been detected|not been reported|not been diagnosed
        not been demonstrated|not been confirmed|not occurred|not occur|never occurred|never been seen
        not identified|wasn't|weren't|isn't present
        is uitgesloten|zijn uitgesloten|werd uitgesloten|werden uitgesloten|uitgesloten|is afwezig|zijn afwezig|afwezig
        niet aanwezig|niet gezien|niet gevonden|niet aangetoond|niet worden aangetoond|niet vastgesteld
        niet worden vastgesteld|niet geconstateerd|niet bevestigd|niet worden bevestigd|niet gediagnosticeerd
        niet waargenomen|niet geobjectiveerd|niet bekend|nooit vastgesteld|nooit gehad|nooit aangetoond|nooit gezien
        geen sprake|onwaarschijnlijk|wordt ontkend|ontkend
    """,
    "family": """
        in the family|in his family|in her family|in family members|in a relative|in relatives|runs in the family
        in de familie|in familie|bij familieleden
    """,
    "hypothetical": """
        suspected|is suspected|was suspected|is possible|cannot be excluded|could not be excluded|cannot be ruled out
        could not be ruled out|to be ruled out|not excluded|not ruled out|must be ruled out|should be ruled out
        should be excluded|is considered|was considered
        vermoed|kan niet worden uitgesloten|niet uitgesloten|niet uit te sluiten|moet worden uitgesloten
        wordt overwogen|werd overwogen|is mogelijk
    """,
}
# A patient at risk of a disease does not have the disease. In contrast, a course on the risk or prevention of a disease
# is about the disease.
_OF_PATIENTS = {
    "before": """
        risk of|risk for|risks of|risk factor for|risk factors for|prone to|predisposition to|susceptible to
        screening for|screen for|screened for|screens for|tested for|test for|testing for|checked for|work-up for
        prevention of|prevent|prevents|preventing|prophylaxis of|prophylaxis for|prophylaxis against
        protection against|protects against|vaccinated against|vaccination against|vaccine against|vaccine for
        immunised against|immunized against|afraid of|fear of|fears|worried about|worries about|watch for|likely
        risico op|risico's op|kans op|risicofactor voor|risicofactoren voor|aanleg voor|vatbaar voor
        screening op|screening naar|gescreend op|getest op|onderzocht op|onderzoek naar|bevolkingsonderzoek
        bevolkingsonderzoek naar|preventie van|voorkomen van|voorkoming van|profylaxe van|profylaxe voor
        profylaxe tegen|bescherming tegen|beschermt tegen|gevaccineerd tegen|vaccinatie tegen|ingeënt tegen
        inenting tegen|bang voor|angst voor|waarschijnlijk|waarschijnlijke|vermoedelijk|vermoedelijke|eventueel
        eventuele|als er
    """,
    "after": "likely|is likely|waarschijnlijk|is waarschijnlijk|te voorkomen|te vermijden",
}
# Phrases that look like cues but have no effect.
_PSEUDO = """
    not excluding|not only|not just|not merely|not necessarily
    not certain if|no increase|no increased|no change|no further
    no significant change|no suspicious change|without difficulty|without any difficulty
    not cause|not drain|no longer than
    gram negative|gram-negative|no matter|no more than|not limited to
    including but not limited to|not otherwise specified
    if possible|if any|as if|if necessary|if applicable|as soon as possible|if needed|when possible
    mother tongue|mother and child|mother to child|mother-to-child|mothers and|father and son|if available
    in the mother and child|mother and daughter|mother and son|father and daughter
    niet alleen|niet enkel|niet slechts|niet noodzakelijk|geen toename|geen verandering|niet anders gespecificeerd
    niet zozeer|niet beperkt tot|niet meer dan|zo mogelijk|indien mogelijk|indien nodig|indien van toepassing
    zo snel mogelijk|moeder en kind|moedertaal|moeder op kind|waar mogelijk|niet-invasieve|niet-kleincellig
    bij moeder en kind|bij de moeder en het kind
    zonder problemen|zonder moeite|no doubt|without doubt|zonder twijfel|ongetwijfeld|not infrequently|not uncommonly
    parents of|mother of|father of|brother of|sister of|ouders van|moeder van|vader van|possible causes|possible cause
    broer van|zus van|husband of|wife of|aunt of|uncle of
    mogelijke oorzaken|mogelijke oorzaak|mogelijk maken|mogelijk te maken|zo goed mogelijk|zo veel mogelijk
    best possible|niet zelden|not to mention|not uncommon|not rare
    family history for this disease|family history of this disease|family history for this disorder
    family history of this disorder|family history for this condition|family history of this condition
    family history for this syndrome|family history of this syndrome|familieanamnese voor deze ziekte
    familieanamnese voor deze aandoening
    tested positive for|screened positive for|positive test for|positief getest op|most likely to|more likely to
    likely to|less likely to
"""
_ENDS = """
    but|however|nevertheless|yet|although|though|besides|still|which|who|because
    since|secondary to|due to|presented with|presents with|presenting with|has been|while|whereas|therefore|then
    until|tot|now|currently|developed|showed|revealed|he had|she had|he has|she has|because of
    patient has|patient had|who had|who has
    maar|echter|hoewel|ofschoon|daarentegen|terwijl|omdat|doordat|wel|nu|momenteel|daarom
    waardoor|presenteerde zich met|presenteert zich met|ontwikkelde|bleek|toonde|heeft hij|heeft zij|patiënt heeft
"""
# After a negated or normal finding, these phrases introduce a present finding. In other cases, they introduce an
# excluded finding.
_EXCEPT = """
    except|except for|except in|apart from|aside from|other than|with the exception of
    behalve|afgezien van|met uitzondering van|uitgezonderd
"""
# `no benefit in patients with asthma` is about people who have asthma.
_PEOPLE = """
    patients|people|adults|children|women|men|those|individuals|subjects|persons|a patient|a man|a woman|a person
    patiënten|mensen|volwassenen|kinderen|vrouwen|mannen|personen|een patiënt|een man|een vrouw
"""


class Cue(NamedTuple):
    """The effect of a phrase on a mention.

    before   the assertion if the phrase is before the mention
    after    the assertion if the phrase is after the mention
    ends     True if the phrase ends the range in which other phrases apply
    kin      True if the phrase names a relative
    company  True if the next relative in the text is not the subject
    excepts  True if the text after the phrase is an exception to the text before the phrase
    size     the number of words of the phrase
    """

    before: str | None = None
    after: str | None = None
    ends: bool = False
    kin: bool = False
    company: bool = False
    excepts: bool = False
    size: int = 1


Cues = dict[str, dict[tuple[str, ...], Cue]]
"""For each first word, the phrases (as tuples of words) with their cues."""

_WORD = re.compile(r"[^\W_]+(?:['’/-][^\W_]+)*")


def words_of(text: str) -> list[str]:
    """Returns the words of a text in lower case, without the possessive: `mother's` becomes `mother`."""
    return [match[0].lower().replace("’", "'").removesuffix("'s") for match in _WORD.finditer(text)]


def _listed(table: str) -> list[str]:
    return [phrase.strip() for phrase in re.split(r"[|\n]", table) if phrase.strip()]


def _at(place: str, kind: str) -> Cue:
    return Cue(before=kind) if place == "before" else Cue(after=kind)


def _asserting(patients: bool) -> Iterable[tuple[str, Cue]]:
    """Yields phrases that decide an assertion, with their effects. The effects of a repeated phrase are combined."""
    kin = _listed(_KIN)
    for place, tables in (("before", _BEFORE), ("after", _AFTER)):
        for kind, table in tables.items():
            yield from ((phrase, _at(place, kind)) for phrase in _listed(table))
    for one in kin:
        yield from ((f"{one}{has}", Cue(before="family", kin=True)) for has in ("", " has been", " had been"))
        yield from ((f"{one} {more}", Cue(before="family")) for more in ("who has", "who had"))
        yield from ((f"{at} {one}", Cue(after="family")) for at in _AT)
    for descent in _listed(_DESCENT):
        yield from ((f"{descent} {one}", Cue(before="family")) for one in _SOMEBODY)
    if patients:
        for place, table in _OF_PATIENTS.items():
            yield from ((phrase, _at(place, "hypothetical")) for phrase in _listed(table))


def _ending() -> Iterable[tuple[str, Cue]]:
    """Yields the phrases that end or prevent an assertion, with their effects.

    The effect of a phrase replaces the effect of the same phrase in `_asserting`.
    """
    yield from ((phrase, Cue(ends=True)) for phrase in _listed(_ENDS))
    for one in _listed(_PEOPLE):
        yield from ((f"{at} {one} {has}", Cue(ends=True)) for at, has in (("in", "with"), ("bij", "met")))
    yield from ((phrase, Cue(excepts=True)) for phrase in _listed(_EXCEPT))
    yield from ((phrase, Cue()) for phrase in _listed(_PSEUDO))
    yield from ((phrase, Cue(company=True)) for phrase in _listed(_COMPANY))


def _cues(patients: bool) -> Cues:
    every: dict[tuple[str, ...], Cue] = {}
    for phrase, cue in _asserting(patients):
        words = tuple(words_of(phrase))
        old = every.get(words, Cue())
        before, after = cue.before or old.before, cue.after or old.after
        every[words] = Cue(before, after, kin=cue.kin or old.kin, size=len(words))
    for phrase, cue in _ending():
        words = tuple(words_of(phrase))
        every[words] = cue._replace(size=len(words))
    by_first: Cues = {}
    for words, cue in every.items():
        by_first.setdefault(words[0], {})[words] = cue
    return by_first


def single_words() -> frozenset[str]:
    """The phrases of one word that change an assertion, and the words for relatives."""
    tables = [*_BEFORE.values(), *_AFTER.values(), *_OF_PATIENTS.values(), _KIN]
    phrases = (phrase for table in tables for phrase in _listed(table))
    return frozenset(word for word, *more in map(words_of, phrases) if not more)


OF_PATIENTS, OF_RECORDS = _cues(patients=True), _cues(patients=False)
"""The cues for texts about patients, and the cues for texts about a course, trial or publication."""

LONGEST = max(len(words) for cues in OF_PATIENTS.values() for words in cues)
