"""graph: compares Dutch and English words of the same Greek, Latin or French origin by a common form, the skeleton.

For example, `nefrogene` and `nephrogenic` have the skeleton `nefrogen`. In a skeleton, one letter replaces all
spellings of a sound in both languages, and endings are removed. Most medical words have the same skeleton in Dutch and
in English.
"""

from __future__ import annotations

import re

from ontologies.remembered import remembered

_SHORTEST = 4
_SPELT = {
    "ph": "f", "th": "t", "rrh": "r", "rh": "r", "sch": "k", "ch": "k", "ae": "e", "oe": "e", "eau": "o", "au": "o",
    "ou": "u", "ij": "i", "y": "i", "qu": "kw", "x": "ks", "sc": "s", "cc": "ks", "c": "k", "q": "k", "z": "s",
}  # fmt: skip
_SOUND = re.compile(
    r"rrh|sch|eau|ph|th|rh|ch|ae|oe|au|ou|ij|qu|sc(?=[ei])|cc(?=[eiy])|c(?=[eiy])|ie(?=[^aeiou])|[yxcqz]"
)
_SOFT = {"c": "s", "ie": "i"}
_PARTICIPLE = re.compile(r"^ge(?=[a-z]{4,}eerde?$)")
_DOUBLE = re.compile(r"([a-z])\1")
_ENDINGS = re.compile(
    "(?:"
    "i[ck]al(?:i|e)?|i[ck]s?|i[sk]k?e?|isk?e|isem|ismes?|isms?|isten|isti|"
    "at(?:i|ie|ies|ion|ions|ionen)|itie|ities|itis|isis|"
    "t[ei]it(?:en)?|it[iy]|iteit|"
    "osis|oses?|osen|esis|ese|asis|ase|"
    "aliteit|eli?k?e?|als?|ale|aal|ele?|el|"
    "[eo]us(?:e)?|[ou]se|"
    "ate?r?de?|erde?|"
    "iven?|ives?|ifs?|ief|"
    "airi?e?|e?ar(?:i|e)?|ers?|eren|ori?|oren|ors|"
    "an[st](?:i|e|ie)?|en[st](?:i|e|ie)?|antie|entie|"
    "ement(?:en)?|ments?|"
    "in[es]?|ien|ines?|ions?|ionen|on[es]?|onen|ums?|us|ea|as?|is|i[ae]s?|i|es|e[dn]?|en|s"
    ")$"
)


@remembered(1 << 17)
def skeleton(word: str) -> str:
    """Returns the skeleton of a word in normal form: a form that Dutch and English words of the same origin share.

    A word that is short or has a digit is returned unchanged.
    """
    if len(word) < _SHORTEST or not word.isalpha():
        return word
    word = _PARTICIPLE.sub("", word)
    word = _DOUBLE.sub(r"\1", _SOUND.sub(_sound, word))
    short = _ENDINGS.sub("", word)
    return short if len(short) >= _SHORTEST - 1 else word


def _sound(found: re.Match[str]) -> str:
    letters = found[0]
    soft = letters == "ie" or (letters == "c" and found.string[found.end() : found.end() + 1] in tuple("eiy"))
    return _SOFT[letters] if soft else _SPELT[letters]
