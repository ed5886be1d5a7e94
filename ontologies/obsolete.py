"""ontologies: recognises obsolete concepts.

OBO (https://oboacademy.github.io/obook/howto/obsolete-term/) requires `owl:deprecated` and a label that begins with
*obsolete*. Some sources use only one of these two marks, a parent such as oboInOwl:ObsoleteClass, or another property:
`obsoleted_in_version` (EFO), `obsolete_since` (EDAM), or a status (ADMS, vocabularies of the EU, `P310` of NCIT).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ontologies.remembered import remembered

_BEGINS = re.compile(r"[\[(]?(?:obsoleted?|deprecated)[\])]?[\s:_-]+\S", re.IGNORECASE)
_ENDS = ("(obsolete)", "[obsolete]", "(deprecated)", "[deprecated]")
_BIN = re.compile(r"(?:obsolete|deprecated|retired)[ _-]?(?:class|concept|term)(?:e?s)?(?: \(.*\))?", re.IGNORECASE)
_FLAGS = frozenset(("deprecated", "is_deprecated", "isdeprecated", "obsolete", "is_obsolete", "isobsolete"))
_TRUE = frozenset(("true", "1", "yes"))
_STATUS = frozenset(("status", "hasstatus", "term_status", "concept_status", "conceptstatus", "p310"))
_STATES = frozenset(
    ("deprecated", "obsolete", "retired", "withdrawn", "inactive", "archaic", "obsolete_concept", "retired_concept")
)
# Properties that mark an obsolete concept with any value. IAO:0000231 is *has obsolescence reason*.
_REASONS = frozenset(("obsolete_since", "obsoleted_in_version", "reason_for_obsolescence", "iao_0000231"))
PROPERTIES = _FLAGS | _STATUS | _REASONS


def by_label(label: str) -> bool:
    """True for a label like `obsolete virus sensitivity`, `OBSOLETE: Behr syndrome` or `Behr syndrome (obsolete)`."""
    return bool(_BEGINS.match(label)) or label[-20:].rstrip().lower().endswith(_ENDS)


def is_bin(identifier: str, label: str = "") -> bool:
    """True for a parent of obsolete concepts, such as `oboInOwl:ObsoleteClass` or `Obsolete concept (EDAM)`."""
    return bool(_BIN.fullmatch(_last_part(identifier)) or _BIN.fullmatch(label))


@remembered(1 << 12)
def key(predicate: str) -> str | None:
    """Returns the name that a predicate has in PROPERTIES, in any namespace; None if PROPERTIES lacks the name."""
    names = (_last_part(predicate).lower(), predicate.replace(":", "_").lower())
    return next((name for name in names if name in PROPERTIES), None)


def by_property(predicate: str, values: Iterable[str]) -> bool:
    name = key(predicate)
    if name is None:
        return False
    texts = [value.strip().lower() for value in values]
    if name in _REASONS:
        return any(text not in ("", "false", "0") for text in texts)
    wanted = _STATES if name in _STATUS else _TRUE
    return any(_last_part(text).replace(" ", "_") in wanted for text in texts)


def _last_part(text: str) -> str:
    return re.split(r"[/#:]", text)[-1]
