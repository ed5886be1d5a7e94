"""linking: decides by the words near a name whether the name means something else in a text, such as a product."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from graph.lexical import CONJUNCTIONS, LINKS, STOP_WORDS, is_adjective, root, stem
from linking.grounding.reading import Reading, Span

Known = Callable[[Sequence[str]], bool]
"""A function that returns True if the given words, in normal form, are a name."""

_LONGEST_CODE = 5
_NUMBER = re.compile(r"0\d+|\d{4,}")
# `non-asthma` is not asthma, `pre-eclampsia` is not eclampsia.
_PREFIXES = frozenset("anti non niet pre pseudo quasi hyper hypo sub para".split())
# `albumin-bound`, `HIV-negative` and `asthma-like` do not mean the word before the hyphen.
_SUFFIXES = frozenset("bound like free negative naive sparing achtig vrij negatief negatieve".split())
# After a name of one word, these words make the name of another disease: `lichen planus` is not `lichen`.
_EPITHETS = frozenset(
    "alba areata capitis conglobata corporis cruris dolorosa erythematosus fallax fugax fulminans gangrenosum gravis "
    "herpetiformis ichthyosis insipidus inversa lentiformis migrans multiforme naevi nigricans nitidus nodosa nodosum "
    "obliterans pectoris pedis perforans pilaris planus purulenta rosacea rosea rubra sclerosus simplex spuria sicca "
    "striatus totalis tuberosa unguium universalis vera verrucosa versicolor vulgaris vulgare zoster".split()
)
# After the name of a disease, these words make the name of its organism.
_ORGANISMS = frozenset("cov cov1 cov2 coronavirus coronaviruses corona vector vectors".split())
# These names are too general without the part of the body: `liver injury` must not be found as `injury`.
_OF_A_PART = frozenset(
    map(
        root,
        "injury lesion failure insufficiency dysfunction impairment damage defect inflammation infection deficiency "
        "abnormality malformation disturbance toxicity swelling enlargement letsel ontsteking falen schade".split(),
    )
)
_PARTS = frozenset(
    map(
        root,
        "kidney liver heart lung brain spleen stomach bowel skin eye ear nose mouth muscle bone face finger toe foot "
        "tooth thumb skull chin neck breast blood nerve spinal vascular joint bladder colon pancreas prostate ovary "
        "uterus cervix esophagus airway tendon ligament valve artery vein".split(),
    )
)
# If one of these words is within three words of the name, the name has another meaning, as in physics or trade.
_HOMONYMS = {
    "heart": "rate rates",
    "appendix": "diagnosis protocol see section study a b c d 1 2 3 i ii iii",
    "depression": "point freezing melting boiling st segment marrow economic inbreeding geological tropical",
    "water retention": "soil soils capacity curve gel gels membrane film leaf leaves plants polymer concrete",
    "fluid retention": "soil soils membrane tank vessel",
    "stroke": "volume work piston engine rowing swimming brush",
    "shock": "wave waves thermal osmotic electric absorber",
    "seizure": "property assets asset police customs",
    "seizures": "property assets police customs",
    "obstruction": "justice",
    "regression": "linear logistic cox model models analysis multivariate multivariable poisson",
    "plaque": "assay assays commemorative",
    "mass": "body index lean fat muscle spectrometry transit media",
    "mole": "fraction percent ratio",
    "fatigue": "metal material crack alloy steel",
    "stress": "shear tensile mechanical yield",
    "fracture": "rock hydraulic mechanics toughness",
    "hand": "other second at by",
    "hands": "on",
    "breast": "milk feeding fed",
    "tetanus": "toxoid toxoids",
    "diphtheria": "toxoid toxoids",
    "fundus": "symphysis uterine gastric height",
    "imbalance": "metabolic electrolyte hormonal energy redox autonomic mhm",
    "sensitivity": "of specificity test tests assay accuracy diagnostic analytical insulin",
    "fractures": "rock hydraulic",
}
# A specimen is not the subject of a text: `blood samples`, `samples of saliva`.
_SPECIMENS = "blood bloed plasma serum saliva urine sputum stool feces faeces speeksel"
_SAMPLES = (
    "sample samples specimen specimens collected collection drawn draw swab swabs tube tubes test tests level levels "
    "concentration concentrations count counts glucose oxygenation gas gases pressure pressures"
)
# The target of a test is not the subject of a text either: `antigen test`.
_TESTED, _TESTS = "antigen|antibody|antibodies|nucleic acid|rna", "test tests testing kit kits assay assays rapid"
_HOMONYM_WORDS = {name: frozenset(words.split()) for name, words in _HOMONYMS.items()}
_HOMONYM_WORDS |= dict.fromkeys(_SPECIMENS.split(), frozenset(_SAMPLES.split()))
_HOMONYM_WORDS |= dict.fromkeys(_TESTED.split("|"), frozenset(_TESTS.split()))
# The word after one of these words names the measured substance: `serum ferritin`. `Blood` is not listed, because of
# `blood flows`.
_FLUIDS = frozenset("plasma serum saliva urine sputum stool speeksel".split())
_FOUND_IN = _FLUIDS | {"blood", "bloed"}
# These names are too general without the word before them: `C-reactive protein`.
_GENERAL = frozenset("protein proteins enzyme enzymes eiwit enzymen".split())
# With a hyphen and a number, these names mean a questionnaire: `Generalized Anxiety Disorder-7` has seven items.
_ASKED = frozenset("disorder anxiety depression".split())
_ABSENCE = frozenset(("absence", "absences", "afwezigheid"))
# Quantities: `severity of infection` is not a severe infection.
_MEASURED = frozenset("severity frequency intensity".split())
# Measurements that every patient has. A measurement is not an illness, although terminologies list it as a finding.
_QUANTITIES = frozenset(
    "blood pressure|heart rate|pulse|pulse rate|respiratory rate|body temperature|temperature|weight|body weight|height"
    "|body height|body mass index|oxygen saturation|bloeddruk|hartslag|polsslag|gewicht|lichaamsgewicht|lengte"
    "|lichaamslengte|temperatuur|lichaamstemperatuur|ademhalingsfrequentie|zuurstofsaturatie".split("|")
)
_NEAR = 3
# Idioms with words for parts of the body.
_IDIOMS = re.compile(
    r"\bat the heart of|\bheart of the matter|\bby heart\b|\bon the shoulders of|\bface to face|\bhead to head"
    r"|\bhead start|\bdiagnostic tests?\b|\bdelivery methods?\b"
    r"|\bin the eyes? of|\ban eye on|\bbackbone of|\bbody of (?:evidence|knowledge|work|literature)|\brules? of thumb"
    r"|\bin de huid van|\btot op het bot|\bmet het oog op|\bonder ogen|\bin het hart van|\bop de been\b|\bhart voor\b"
    r"|\baan de hand van|\bter hand\b|\bvuistregel|\bop het lijf\b",
    re.I,
)
_INSTRUMENTS = frozenset(
    "schedule scale scales inventory questionnaire index score scores interview checklist examination society "
    "foundation federation vragenlijst schaal".split()
)
# Abbreviations of instruments and methods. Texts seldom define them. Some abbreviations also name a gene or a disease.
_SHORTS = frozenset(
    "ADCC AFAS ALSFRS APACHE ASDAS AQLQ BASDAI BASFI BASMI BPRS CBCL CDAI CTCAE DLQI EASI ECOG EDSS EORTC FACIT HADS "
    "HAMD HDRS HOOS IIEF IPSS KOOS MADRS MMSE MoCA NIHSS PANSS PASI PCDAI PSQI RECIST SCORAD SGRQ SOFA UPDRS WOMAC "
    "YMRS".split()
)
_VERBS = frozenset("is are was were zijn waren".split())
_OFTEN = frozenset("rare common frequent zeldzaam vaak".split())
_IDIOM = 30
"""The number of characters before and after a name that may belong to an idiom."""
# `Eye drops` are a medicine; an `eye drop` may be a ptosis.
_PRODUCTS = frozenset("drops druppels".split())
_BY = re.compile(r"\s{1,3}(?:with|by|for|to|as|from|into)\b", re.I)
_JOINED = re.compile(r"\s+")


def another_thing(read: Reading, span: Span, known: Known) -> bool:
    """True if the words at `span` are a name but mean something else in this text: `SARS` in `SARS-CoV-2`."""
    return (
        (span.first == span.last and _in_a_token(read, span, known))
        or _hyphened(read, span)
        or _of_an_organism(read, span)
        or _qualified(read, span)
        or _homonym(read, span)
        or _in_an_idiom(read, span)
        or _in_a_title(read, span)
        or _is_rare(read, span)
        or _is_measure(read, span)
        or _listed(read, span, known)
    )


def is_product(words: Sequence[str], name: str) -> bool:
    """True if the last word of a phrase is a plural that means a medicine (`eye drops`) and is not in the name."""
    return len(words) > 1 and words[-1] in _PRODUCTS and words[-1] not in name.casefold().split()


def is_quantity(norm: str) -> bool:
    """True for a measurement that every patient has: `blood pressure`."""
    return norm in _QUANTITIES


def is_other(read: Reading, span: Span, name: str) -> bool:
    """True if the words of a span mean something other than the name, because their order or form differs.

    In `infection gastrointestinal symptoms`, the second word belongs to the third word. `absence of seizures` is not an
    absence seizure.
    """
    if _denies(read, span.first):
        own = name.casefold().split()
        return "absence" in own and "of" not in own
    last, after = read.norms[span.last], _beside(read, span)[1]
    other = span.first < span.last and is_adjective(last) and root(name.split()[-1].casefold()) != root(last)
    return other and bool(after) and after not in STOP_WORDS


def is_denied(read: Reading, words: Sequence[str]) -> bool:
    """True if one of the words is `absence`, and the text states that something is absent."""
    return not _ABSENCE.isdisjoint(words) and any(_denies(read, at) for at in range(len(read.norms)))


def is_passive(text: str, start: int, end: int) -> bool:
    """True if the word from `start` to `end` is a passive verb, by the next word: `confused with measles`."""
    return text[start:end].endswith("ed") and _BY.match(text, end) is not None


def _in_a_token(read: Reading, span: Span, known: Known) -> bool:
    """True if a hyphen joins the word at `span` to a code that is not a name itself: `SARS` in `SARS-CoV-2`."""
    sides = (span.first - 1, span.last + 1)
    return any(
        _is_code(read.words[at].group()) and not known([read.norms[at]])
        for at in sides
        if 0 <= at < len(read.words) and read.between(min(at, span.first), max(at, span.last)) == "-"
    )


def _is_code(word: str) -> bool:
    """True for a short word in capitals, or a short word with a digit or a capital inside.

    Long words in capitals are headings, so they are not codes.
    """
    letters = any(map(str.isalpha, word))
    digits = any(map(str.isdigit, word))
    return len(word) <= _LONGEST_CODE and letters and (digits or word.isupper() or word[1:] != word[1:].lower())


def _hyphened(read: Reading, span: Span) -> bool:
    before, after = span.first - 1, span.last + 1
    if before >= 0 and read.norms[before] in _PREFIXES and read.between(before, span.first) == "-":
        return True
    if after == len(read.norms) or read.between(span.last, after) != "-":
        return False
    # The number of a product, `COVID19-0001-USR`, has leading zeros or is long.
    numbered = _NUMBER.fullmatch(read.norms[after]) is not None
    numbered = numbered or (read.norms[span.last] in _ASKED and read.norms[after].isdigit())
    return numbered or read.norms[after] in _SUFFIXES


def _of_an_organism(read: Reading, span: Span) -> bool:
    """True if the words name an organism: `severe acute respiratory syndrome coronavirus 2`, `SARS-Cov-2`."""
    after = span.last + 1
    if after < len(read.norms) and read.between(span.last, after) == " (":
        # The abbreviation of the name: `severe acute respiratory syndrome (SARS) coronavirus 2`.
        after += 1
    near = after < len(read.norms) and read.between(after - 1, after).strip() in ("", "-", ")")
    # `SARS coronavirus 2` is another virus.
    numbered = near and read.norms[span.last].endswith("virus") and read.norms[after].isdigit()
    return numbered or (near and read.norms[after] in _ORGANISMS)


def _beside(read: Reading, span: Span) -> tuple[str, str]:
    """The words before and after a span. A word is empty if more than white space is between the word and the span."""
    before, after = span.first - 1, span.last + 1
    left = before >= 0 and _JOINED.fullmatch(read.between(before, span.first)) is not None
    right = after < len(read.words) and _JOINED.fullmatch(read.between(span.last, after)) is not None
    return read.norms[before] if left else "", read.norms[after] if right else ""


def _qualified(read: Reading, span: Span) -> bool:
    """True if a name of one word is part of a longer name: `acne rosacea`, `liver injury`."""
    if span.first != span.last:
        return False
    before, after = _beside(read, span)
    if after in _EPITHETS or (read.norms[span.first] in _GENERAL and before and before not in STOP_WORDS):
        return True
    if root(read.norms[span.first]) not in _OF_A_PART:
        return False
    return root(before) in _PARTS or (after in LINKS and root(_after_links(read, span.last + 1)) in _PARTS)


def _after_links(read: Reading, at: int) -> str:
    while at < len(read.norms) and read.norms[at] in LINKS and not (at + 1 < len(read.norms) and read.parted(at)):
        at += 1
    return read.norms[at] if at < len(read.norms) else ""


def _homonym(read: Reading, span: Span) -> bool:
    others = _HOMONYM_WORDS.get(" ".join(read.norms[span.first : span.last + 1]))
    if not others:
        return False
    around = read.norms[max(0, span.first - _NEAR) : span.first], read.norms[span.last + 1 : span.last + 1 + _NEAR]
    return any(not others.isdisjoint(words) for words in around)


def _in_an_idiom(read: Reading, span: Span) -> bool:
    found = _IDIOMS.finditer(read.text, max(0, span.start - _IDIOM), span.end + _IDIOM)
    return any(match.start() <= span.start and span.end <= match.end() for match in found)


def _in_a_title(read: Reading, span: Span) -> bool:
    """True if the span is part of the name of an instrument: `Autism Diagnostic Observation Schedule`."""
    for at in range(span.last + 1, min(span.last + 2 + _NEAR, len(read.words))):
        word = read.words[at].group()
        joins = read.norms[at] in CONJUNCTIONS or read.norms[at] in LINKS
        if not (word[:1].isupper() or joins) or read.between(at - 1, at).strip() or read.parted(at - 1):
            return False
        if read.norms[at] in _INSTRUMENTS:
            return True
    return False


def _denies(read: Reading, at: int) -> bool:
    """True if word `at` is `absence` and means that something is absent: `absence of fever`, not an absence seizure."""
    return at + 1 < len(read.norms) and read.norms[at] in _ABSENCE and read.norms[at + 1] in ("of", "van")


def _is_measure(read: Reading, span: Span) -> bool:
    """True if the span is an instrument, a quantity, a fluid in which something is measured, or an absence that is not
    a seizure.
    """
    first, after = read.norms[span.first], _beside(read, span)[1]
    if span.first != span.last:
        return first in _MEASURED and read.norms[span.first + 1] in LINKS
    fluid = first in _FOUND_IN and "in" in read.norms[max(0, span.first - 2) : span.first]
    fluid = fluid or (first in _FLUIDS and bool(after) and after not in STOP_WORDS)
    return fluid or _denies(read, span.first) or read.words[span.first].group() in _SHORTS


def _is_rare(read: Reading, span: Span) -> bool:
    """True if the span states how often something occurs: `deafness is rare` is not a rare deafness."""
    words = {*read.norms[span.first : span.last + 1]}
    return not words.isdisjoint(_VERBS) and not words.isdisjoint(_OFTEN)


def _listed(read: Reading, span: Span, known: Known) -> bool:
    """True if a comma in the span separates items of a list. A comma may also separate a name and its qualifier."""
    commas = [at for at in range(span.first, span.last) if "," in read.between(at, at + 1)]
    if not commas:
        return False
    after = _beside(read, span)[1]
    continues = bool(after) and after not in STOP_WORDS and not stem(read.norms[span.last]).isdigit()
    return len(commas) > 1 or continues or known(read.norms[commas[-1] + 1 : span.last + 1])
