"""graph: finds stems, roots and synonyms of Dutch and English words, and lists words that name no concept."""

from __future__ import annotations

import re

from ontologies.remembered import remembered

# In running text, these words alone name no concept, even if a concept of a terminology has such a name.
FUNCTION_WORDS = frozenset(
    "about after all and any are aspect both case cause change course data disease disorder each event exercise "
    "finding from general group have high human into left level life low male female man other part patient patients "
    "people person process result results right role self short status study syndrome system systems test this time "
    "type unit value with work "
    "alle als dan dat deze die door een geen het hun kan maar met naar niet onder ook over tot van voor was week wel "
    "zijn".split()
)
# Common words that are also the name of a concept, but usually with a narrower or much wider meaning. Sources: words in
# texts, names in OBI, UBERON, MAXO and SYMP that are not topics, and words of every study and course.
COMMON = frozenset(
    "aangedaan abstract acquisition address adem affected agent anaesthesia analgesia anesthesia animal antenna "
    "apron arm article arts aspirations assay atlas atmosphere back balance baseline beak benefit binding "
    "biological biomarker body boil burn cart cel cell cellular chill cluster cohort cold collect collecting "
    "comparison completion complication computer concentrate concentrated condition container control corn "
    "criteria criterion cutting data database dataset design detection development dier dieren diffuse "
    "discharge dish distal document documentation domain dosage dose dosing dosis drug duration early "
    "effectiveness efficacy endpoint enrollment enrolment episodic evaluation evidence exercises experiment "
    "extract extracted extraction face feasibility feather feature file filtering fin final fish fishes focal "
    "freezing frequency frequent gastheer gating gegevens generalised generalized grant groei growth hand helix "
    "host hostile hypotheses hypothesis illness index indicator information initial initiation input interview "
    "intrinsic investigation investigator item jumping keyword killing laboratory late lichaam literature "
    "localised localized lord manufacturer manufacturing marker matrix measure measurement measuring medication "
    "method meting model mold molds monitoring monster mould moulds negative network normal nutrient objective "
    "observation occasional onderzoek onset ontwikkeling operation orbit ordered ordering organ organisation "
    "organism organization outcome output page parameter persistent phase pill placebo plan planned planning "
    "plant planten plat plethora population position positions positive precipitate precipitation prediction "
    "procedure product program programme progressive project protocol proximal publication quality question "
    "questionnaire race radius randomisation randomization range rapport rate ratio reagent receptor record "
    "recruitment recurrence reference reflection region regression relapse report response review rocker root "
    "sample sampling scale schedule schimmel schimmels score scratching sedation selected selection sensor "
    "sequence series service session shock sign socket solution sorted specimen sporadic stage statement "
    "statistic statistics steriel sterile storage strategy stream stress structural subject summary supply "
    "supplying survey swab symptom tail target task technique temple tension term theory therapy tissue title "
    "tool topic tract transformation transient treatment tube uitkomst uitkomsten unaffected update vaak "
    "validation vallen variable vessel vis visit visualisation visualization volume vragen waiting wall washing "
    "weaknesses week wing withdrawal".split()
)
_ORDINARY = FUNCTION_WORDS | COMMON
_ADJECTIVE = re.compile(r"[a-z]+(?:ic|al|ous|ive|ary|ed|ly)")
# Link words, which do not contribute to the meaning of a name.
LINKS = frozenset("of in the is are was were de het van der des zijn waren s".split())
# An S that is a word, as in `protein S`, and not a genitive, as in `CROHN'S`.
LONE_S = re.compile(r"(?<![\w'’`´\"])S\b")
# Words for degree or side. A name may omit them.
MODIFIERS = frozenset(
    "left right bilateral unilateral mild mildly moderate moderately severe severely slight slightly marked markedly "
    "prominent his her their our very both linker rechter bilaterale milde matige ernstige lichte mildly".split()
)
CONJUNCTIONS = frozenset("and or en of".split())
# Words that are not part of a noun phrase. A name may be between two of these words.
STOP_WORDS = (
    LINKS
    | frozenset("a an to with on at een aan bij met".split())
    | CONJUNCTIONS
    | FUNCTION_WORDS
    | frozenset(
        "also am as be been being but by can could did do does during for had has he her him his how however i if it "
        "its just may me might more most must my no nor not now only our out per she should so some such than that "
        "their them then there these they those through under until upon very we were what when where whether which "
        "while who will without would you your "
        "af al altijd andere ben bent binnen dit doen dus echter ene er haar had heb hebben heeft hem hen hij hoe hier "
        "ik in is je jij kunnen kunt mag meer men mijn moet moeten na nog nu of om omdat ons onze op sinds sommige te "
        "tegen tijdens toch tussen u uit uw vanuit veel waar wanneer want waren wat we welke werd wie wij wil worden "
        "wordt ze zal zich zij zo zoals zonder zou zullen".split()
    )
)
# Dutch and English words with the same meaning in names of several words. The first word represents all others.
_SAME = """
    increased elevated raised high elevation increase verhoogd verhoogde hoog hoge
    decreased reduced low diminished lowered decrease verlaagd verlaagde laag lage verminderd verminderde
    enlarged large big enlargement vergroot vergrote groot grote
    small klein kleine
    short shortened shortening kort korte verkort verkorte
    thin thinning thinned dun dunne
    wide broad widened breed brede
    abnormal abnormality anomaly anomalous malformation malformed afwijking afwijkend afwijkende
    absent absence missing agenesis afwezig afwezige ontbrekend ontbrekende
    weak weakness zwak zwakte
    recurrent repeated frequent recidiverend recidiverende terugkerend terugkerende
    chronic chronisch chronische
    acute acuut acute
    delayed delay vertraagd vertraagde
    loss verlies
    pain pijn
    kidney renal nier nieren
    liver hepatic lever
    heart cardiac hart
    lung pulmonary longen
    brain cerebral hersenen
    spleen splenic milt
    stomach gastric maag
    bowel intestinal darm
    skin cutaneous huid
    eye ocular oog ogen
    ear oor oren
    nose nasal neus
    mouth oral mond
    muscle muscular spier spieren
    bone bony bot botten
    face facial gezicht gelaat
    finger vinger vingers
    toe teen tenen
    foot feet voet voeten
    tooth teeth dental tand tanden
    thumb duim duimen
    skull cranial schedel
    chin kin
    neck nek hals
    intellectual verstandelijk verstandelijke
    disability beperking
    disorder stoornis
    disease ziekte
    breast mammary borst
    cancer kanker
    blood bloed
"""
# Near-synonyms, such as `lesions` and `diseases`: `renal lesions` are kidney diseases. Near-synonyms are not enough to
# find a name, but they raise the score of a candidate. They were chosen by counts in the training parts of two corpora
# of disease names.
_LOOSE = """
    disease disorder abnormal abnormality damage toxic toxicity dysfunction dysfunctional disturbance disturbed
        symptom syndrome injury injured complication defect lesion impairment impaired sequela sequelae deterioration
        involvement condition illness problem manifestation pathology effect
        ziekte aandoening stoornis afwijking letsel schade klacht verschijnsel
    neoplasm carcinoma cancer tumor malignancy adenocarcinoma tumorigenesis carcinogenesis gezwel kwaadaardigheid
    deficiency deficient deficit tekort
    hemorrhage haemorrhage bleeding bleed bloeding
    hereditary inherited familial genetic inheritance erfelijk erfelijke familiair familiaire
    mental psychiatric psychisch psychische
    failure insufficiency falen
    loss decrease reduction verlies
"""
_NUMERALS = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_GREEK_PLURAL = re.compile(r"(?<=[a-z]{3})(stas|os|lys)es$")
_OUR = re.compile(r"(?<=[a-z]{3})our(?=s?$)")
_LONG_VOWEL = re.compile(r"(a|e|o|u)\1(?=[bcdfghjklmnpqrstvwxz]$)")
_ENDINGS = re.compile(
    r"(?<=[a-z0-9]{5})(?:ations?|itions?|ional|ment|ness|iti|ity|ical|ic|al|iac|ia|ed|ing|anc|enc|ent|ant|ous|ism|ion|iv"
    r"|us|is|um|y|a)$"
)


@remembered(1 << 17)
def stem(word: str) -> str:
    """Returns the stem of a word in normal form.

    A plural, an inflected Dutch adjective and a British spelling have the same stem as the basic form.
    """
    if len(word) < 4 or not word.isalpha():
        return _NUMERALS.get(word, word)
    word = word.replace("ae", "e").replace("oe", "e") if len(word) > 5 else word
    word = _GREEK_PLURAL.sub(r"\1is", word)
    word = _OUR.sub("or", word)
    return _LONG_VOWEL.sub(r"\1", _singular(word)) if len(word) > 5 else _singular(word)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 5:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if word.endswith("en") and len(word) > 6:
        word = word[:-2]
        word = word[:-1] if word[-1] == word[-2] else word
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


@remembered(1 << 17)
def root(word: str) -> str:
    """Returns the root of a word. Derived words have the same root: `delayed` and `delay`, `hypotonic` and `hypotonia`.

    Names of several words are compared by the roots of these words.
    """
    own = stem(word)
    return _SYNONYMS.get(word) or _SYNONYMS.get(own) or _ENDINGS.sub("", own)


_SYNONYMS = {
    each: line.split()[0] for line in _SAME.strip().splitlines() for word in line.split() for each in (word, stem(word))
}
_LOOSELY = {
    root(word): group.split()[0] for group in re.split(r"\n {4}(?! )", _LOOSE.strip()) for word in group.split()
}


def loose(word: str) -> str:
    """Returns the word that represents the near-synonyms of a word, such as `disease` for `lesions`.

    Returns the root of the word if it has no near-synonyms.
    """
    return _LOOSELY.get(root(word), root(word))


def is_adjective(norm: str) -> bool:
    """True if an English word is an adjective or adverb, by its ending."""
    return _ADJECTIVE.fullmatch(norm) is not None


def is_ordinary(norm: str) -> bool:
    """True if a word, in singular or plural, names no concept by itself."""
    return not _ORDINARY.isdisjoint((norm, norm.removesuffix("s"), stem(norm)))
