"""ontologies: the names and definitions of an RDF subject in every language (BCP 47, https://www.rfc-editor.org/info/bcp47)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ontologies.model import DEFINITION, LABEL, Item, Refused, Synonym, SynonymKind, Translation
from ontologies.rdf import Subject, Text, Value, texts

_ENGLISH = ("en", "")


def _is_english(language: str) -> bool:
    return language in _ENGLISH or language.startswith("en-")


def literals(concept: str, subject: Subject, *keys: str) -> Iterator[Text | Refused]:
    """Yields the texts of `keys`. Yields Refused for an IRI, a blank node or a text with a NUL character."""
    for key in keys:
        for value in subject.get(key, ()):
            if not isinstance(value, Text):
                yield Refused(concept, f"{key} is {value[:200]} instead of a text; write a literal")
            elif "\0" in value.value:
                yield Refused(concept, f"{key} has a NUL character; remove it")
            elif value.value.strip():
                yield value


def english(concept: str, subject: Subject, *keys: str) -> str | None:
    """Returns the English text among the values of `keys`, or None.

    A text with the tag `en` comes first, then a text without a language, then regional English such as `en-GB`.
    """
    found = [text for text in literals(concept, subject, *keys) if isinstance(text, Text)]
    ranked = sorted(
        (text for text in found if _is_english(text.language)),
        key=lambda text: _ENGLISH.index(text.language) if text.language in _ENGLISH else len(_ENGLISH),
    )
    return ranked[0].value if ranked else None


def main_language(subjects: Iterable[Subject], *keys: str) -> str:
    """The language other than English in which most subjects have a text; empty if all texts are in English."""
    counts: Counter[str] = Counter()
    for subject in subjects:
        counts.update({text.language for key in keys for text in texts(subject, key) if not _is_english(text.language)})
    return min(counts, key=lambda language: (-counts[language], language), default="")


def name(concept: str, subject: Subject, language: str, *keys: str) -> str:
    """The name in English, or else in `language`, or else in any other language; empty if there is no name."""
    if chosen := english(concept, subject, *keys):
        return chosen
    found = [text for text in literals(concept, subject, *keys) if isinstance(text, Text)]
    ranked = sorted(found, key=lambda text: (text.language != language, text.language))
    return ranked[0].value if ranked else ""


def labels(concept: str, subject: Subject, *keys: str) -> Iterator[Item]:
    """Yields the labels among the values of `keys`, except the label that `english` returns.

    Labels in other languages become translations. Other labels in English become exact synonyms.
    """
    chosen = english(concept, subject, *keys)
    for text in literals(concept, subject, *keys):
        if isinstance(text, Refused):
            yield text
        elif not _is_english(text.language):
            yield Translation(concept, LABEL, text.value, text.language, "")
        elif text.value != chosen:
            yield Synonym(concept, text.value, "exact", text.language or "en")


def definitions(concept: str, subject: Subject, *keys: str) -> Iterator[Item]:
    """Yields the definitions in other languages than English. A second definition in English is refused."""
    chosen = english(concept, subject, *keys)
    for text in literals(concept, subject, *keys):
        if isinstance(text, Refused):
            yield text
        elif not _is_english(text.language):
            yield Translation(concept, DEFINITION, text.value, text.language, "")
        elif text.value != chosen:
            yield Refused(concept, "a second definition in English; keep one")


def synonyms(concept: str, subject: Subject, kinds: Iterable[tuple[str, SynonymKind]]) -> Iterator[Item]:
    for key, kind in kinds:
        for text in literals(concept, subject, key):
            yield text if isinstance(text, Refused) else Synonym(concept, text.value, kind, text.language or "en")


def iri(concept: str, key: str, value: Value) -> str | Refused:
    """Returns the value if it is an IRI or a blank node; Refused for a literal. `key` is the name of its property."""
    if isinstance(value, Text):
        return Refused(concept, f"{key} is the text {value.value[:200]!r} instead of an IRI; write a resource")
    return value
