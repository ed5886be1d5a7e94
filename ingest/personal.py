"""ingest: finds names, numbers, addresses and dates that may identify a person, in a short text.

Names are found by their form: a name follows a title or initials, or the text begins or ends with a given name. A
surname alone cannot be recognised, so this is only a second safeguard. The first safeguard is that a text of a record
is shown only if many patients have the same text.
"""

from __future__ import annotations

import re

_GIVEN = frozenset(
    """
    adam ahmed albert alexander ali alice amy anders andrea andreas anita anja anke ann anna anne annie anton arie
    arjan arno arthur astrid bart ben bert bianca bob bram brian carla caroline charlotte chris christiaan claudia cor
    corrie daan daniel david dennis dick dirk edwin eline elisabeth ella ellen els emma erik ernst esther eva evert
    fatima femke frank frans fred frits gerard gerrit gert grace greet guus hanna hannah hans harry heleen helen
    henk herman hugo ilse ineke ingrid irene isabel jaap jack jacob jacqueline jan janine janny jasper jeanette
    jeroen jessica joanna johan johanna john joke jolanda joop joost joris jos joseph judith julia karel karin kees
    kevin kim klaas koen lars laura lena leo lex lies lieke linda lisa lotte louis louise luuk maarten manon marc marcel
    maria marianne marijke marion mark marleen marloes martijn martin mary mathijs michael michel michiel miep mieke
    mohammed monique nadia natasja nick nico nicole niels nina noor olga oscar patricia patrick paul paula peter petra
    piet pieter ralph ramon rené renate rick rob robert robin roel ronald ruben rudolf rutger ruud sander sandra sanne
    sara sarah saskia sem simon simone sofie sophie stefan steven sven sylvia tamara theo thea thijs thomas tim tina tom
    tineke ton trudy vera victor vincent walter wendy wilma willem wim yara yvonne zoë
    """.split()
)
_PARTICLES = r"(?:(?:van|von|de|der|den|het|'t|te|ten|ter|la|le|el|al|du|da|dos|op)\s+){0,3}"
_SURNAME = r"[^\W\d_a-zß-ÿ][^\W\d_]*[a-zß-ÿ][^\W\d_]*"
_TITLES = (
    r"(?:[Dd]hr|[Dd]e [Hh]eer|[Mm]evr|[Mm]evrouw|[Mm]w|[Mm]ej|[Mm]r|[Mm]rs|[Mm]s|[Mm]iss|[Dd]r|[Dd]rs|[Pp]rof|[Dd]okter"
    r"|[Ff]amilie|[Ff]am|[Hh]err|[Ff]rau|[Nn]aam|[Nn]ame)"
)
_NAMES = (
    rf"\b{_TITLES}\b\.?:?\s+(?:[A-Z]\.?\s*){{0,4}}{_PARTICLES}{_SURNAME}",
    rf"\b(?:[A-Z]\.\s?){{2,5}}{_PARTICLES}{_SURNAME}",
    rf"\b[A-Z]\.\s?{_PARTICLES}(?!(?:Typhi|Paratyphi|Enteritidis|Typhimurium)\b){_SURNAME}",
    rf"\b{_SURNAME},\s?(?:[A-Z]\.\s?){{1,5}}",
    rf"\b[A-Z] (?:van|von|de|der|den|ten|ter)\s+{_PARTICLES}{_SURNAME}",
    r"\b(?:DHR|MEVR|MEVROUW|MW|DE HEER)\b\.? [A-Z]{2,}",
)
# Pairs of letters that do not make a Dutch postcode after four digits: units, and pairs that are not in use.
_NO_POSTCODE = "SA|SD|SS|IU|IE|ME|MG|ML|KG|CM|MM|KM|KJ|HZ|MU|UG|NG|DL|GY|MB"
_MONTHS = "jan|feb|mrt|maart|mar|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec"
_YEAR = r"(?:18|19|20)\d\d"
_NUMBERS = (
    r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}",
    r"(?i:\b(?:bsn|burgerservicenummer|sofi(?:nummer)?)\b\D{0,10}\d{8,9})",
    r"(?<![\w.+-])(?:\+|00)\d{1,3}(?:[ .()/-]{0,3}\d){8,12}(?!\d)",
    r"(?<![\w.+-])0[1-9](?:[ .()/-]{0,3}\d){8}(?!\d)",
    r"(?<![\w.+-])(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?!\d)",
    rf"\b[1-9]\d{{3}} ?(?!{_NO_POSTCODE})[A-Z]{{2}}\b",
    rf"\b[1-9]\d{{3}}(?!(?i:{_NO_POSTCODE}))[a-z]{{2}}\b",
    rf"\b\d{{1,2}}([-/. ])\d{{1,2}}\1{_YEAR}\b|\b{_YEAR}([-/.])\d{{1,2}}\2\d{{1,2}}\b",
    rf"\b\d{{1,2}}\.? (?i:{_MONTHS})[a-z]*\.? {_YEAR}\b",
)
_BY_NAME = re.compile("|".join(_NAMES))
_BY_NUMBER = tuple(map(re.compile, _NUMBERS))
_NINE = re.compile(
    r"(?<![\d.])\d{4}[ .]?\d{2}[ .]?\d{3}(?![\d.])|(?<!\d)\d{3}[ .]\d{3}[ .]\d{3}(?!\d)|(?<!\d)\d{9}(?!\d)"
)
_NO_NAME = re.compile(r"(?i)\b(?:syndrome?|syndroom|disease|ziekte|sign|test|murmur|operation|procedure|vaccine)\b")
_MOST_WORDS = 5


def may_name_person(text: str) -> bool:
    """True if the text may contain a person's name, number, address or birth date."""
    return may_number_person(text) or bool(_BY_NAME.search(text)) or _full_name(text)


def may_number_person(text: str) -> bool:
    """True if the text contains a citizen service number, telephone number, e-mail address, postcode or date."""
    return any(form.search(text) for form in _BY_NUMBER) or any(is_bsn(found[0]) for found in _NINE.finditer(text))


def is_bsn(text: str) -> bool:
    """True if the text has nine digits that pass the check (modulo 11) of Dutch citizen service numbers."""
    digits = [int(digit) for digit in text if digit.isdecimal()]
    if len(digits) != 9 or len(set(digits)) == 1:
        return False
    return sum(digit * weight for digit, weight in zip(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)) % 11 == 0


def _full_name(text: str) -> bool:
    """True if the text begins with a known given name, or ends with one and has a comma or only capitals."""
    words = re.findall(r"[^\W\d_]+(?:['-][^\W\d_]+)*", text.casefold())
    if not 2 <= len(words) <= _MOST_WORDS or _NO_NAME.search(text) or re.search(r"\d", text):
        return False
    return words[0] in _GIVEN or (("," in text or text.isupper()) and words[-1] in _GIVEN)
