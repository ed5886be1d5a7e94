"""ontologies: checks the form of a code, so that a word or a person's number is not accepted as a code.

A pattern of the Bioregistry is used if the pattern distinguishes a code from a word. This file has patterns for other
code systems. For these systems, the Bioregistry has no pattern, a pattern that also matches names, or a pattern that
does not match all codes in use.
"""

from __future__ import annotations

import re

from ontologies.registry import registry
from ontologies.remembered import remembered
from ontologies.ucum import is_ucum

_ICD10 = r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4}|\.-)?[*+!]?(?:-[A-Z]\d\d)?"
_ICD9 = r"[EV]?\d{2,4}(?:\.\d{1,2})?"
_ICPC = r"[A-Z]\d\d(?:\.\d{1,2})?"
_WHY_NOT = "altchoice|clarif|drughigh|hospadm|labint|non-avail|preg|saig|salg|sddi|sdupther|sintol|surg|washout"
_PATTERNS = {
    "cpt": r"\d{4}[0-9AFTUM]",
    "cvx": r"\d{1,3}",
    "dcm": r"\d{5,6}",
    "dhd.diagnose": r"\d{1,10}",
    "dhd.verrichting": r"\d{1,10}",
    "hcpcs": r"[A-V]\d{4}",
    "icd10": _ICD10,
    "icd10cm": _ICD10,
    "icd10pcs": r"(?=.*\d)[0-9A-HJ-NP-Z]{7}",
    "icd11.code": r"(?=.*\d)[0-9A-Z]{4,6}(?:\.[0-9A-Z]{1,4})?",
    "hl7.admit-source": "hosp-trans|emd|outp|born|gp|mp|nursing|psych|rehab|other",
    "hl7.discharge-disposition": "home|alt-home|other-hcf|hosp|long|aadvice|exp|psy|rehab|snf|oth",
    "hl7.medicationdispense-status-reason": rf"frr0[1-6]|outofstock|offmarket|{_WHY_NOT}",
    "hl7.medicationrequest-status-reason": _WHY_NOT,
    "icd9": _ICD9,
    "icd9cm": _ICD9,
    "icdo": r"\d{4}(?:/\d)?|C\d\d(?:\.\d)?",
    "icpc1.nl": _ICPC,
    "icpc2": _ICPC,
    "loinc": r"(?:L[APGL]|MTHU)?\d{1,7}-\d",
    "ndc": r"\d{4,5}-\d{3,4}-\d{1,2}|\d{10,11}",
    "omim": r"\d{6}",
    "snomedct": r"\d{1,18}",
    "unii": r"(?=.*\d)[A-Z0-9]{10}",
}
# Patterns for all prefixes with this first part. Codes in HL7's tables are words. Codes of the G-Standaard and of NHG
# are numbers.
_FAMILIES = {"hl7": r"[A-Z0-9]{1,5}", "gstandaard": r"\d{1,8}", "nhg": r"\d{1,6}"}
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9._/+-]{0,23}")
_WORD = re.compile(r"[A-Za-z]{6}")


def looks_like_code(text: str) -> bool:
    """True if the text is short, has no spaces, and contains a digit and no word."""
    return bool(_CODE.fullmatch(text)) and not _WORD.search(text)


def fits(prefix: str, code: str) -> bool:
    """True if `code` can be a code of the system `prefix`. If no pattern is known, `code` must look like a code."""
    if prefix == "ucum":
        return is_ucum(code)
    pattern = _pattern(prefix)
    return bool(pattern.fullmatch(code)) if pattern else looks_like_code(code)


@remembered(1 << 10)
def _pattern(prefix: str) -> re.Pattern[str] | None:
    found = _PATTERNS.get(prefix) or _FAMILIES.get(prefix.partition(".")[0]) or registry().patterns.get(prefix)
    return re.compile(found, re.ASCII) if found else None
