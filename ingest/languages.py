"""ingest: converts the language codes of sources to BCP 47 tags (https://www.rfc-editor.org/rfc/rfc5646)."""

from __future__ import annotations

import re

# A simplified form of BCP 47, enough to reject other text.
TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}")
# Instead of these ISO 639-2 codes, BCP 47 uses the two-letter codes of ISO 639-1.
_CODES = """
    afr:af ara:ar baq:eu bul:bg cat:ca chi:zh cze:cs dan:da deu:de dut:nl eng:en est:et fin:fi fra:fr fre:fr fry:fy
    ger:de gle:ga gre:el heb:he hrv:hr hun:hu ice:is ind:id ita:it jpn:ja kor:ko lat:la lav:lv lit:lt mac:mk nld:nl
    nob:nb nno:nn nor:no per:fa pol:pl por:pt rum:ro rus:ru slo:sk slv:sl spa:es srp:sr swe:sv tha:th tur:tr ukr:uk
    vie:vi
"""
_ISO_639_1 = dict(pair.split(":") for pair in _CODES.split())


NO_TAG = "language: not a BCP 47 tag"


def tag(code: str | None, lost: list[str] | None = None) -> str | None:
    """Returns the tag for an ISO 639-2 language code.

    A text that is already a tag is returned unchanged. For any other text, the result is None, and the reason is added
    to `lost`.
    """
    code = (code or "").strip()
    if not TAG.fullmatch(code):
        if code and lost is not None:
            lost.append(NO_TAG)
        return None
    return _ISO_639_1.get(code.lower(), code)
