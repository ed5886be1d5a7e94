"""ingest: decides whether a Consent of FHIR R4 is an objection to research (https://hl7.org/fhir/R4/consent.html).

Only a Consent of scope `research` is read. In the Dutch zibs, treatment directives and advance directives are also
Consents, with other scopes.
"""

from __future__ import annotations

from ingest.dates import date
from ingest.fhir import resources as fhir

EXCEPTIONS = "consent to research has exceptions: not applied"
NO_STATUS = "status of a consent is not a code of FHIR R4"
_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
#: https://terminology.hl7.org/CodeSystem-v3-ActCode.html: opt-out without or with exceptions.
_OPT_OUT = ("OPTOUT", "OPTOUTE")
_STATUSES = ("draft", "proposed", "active", "rejected", "inactive", "entered-in-error")


def is_research(consent: fhir.Consent) -> bool:
    codings = consent.scope.coding if consent.scope else ()
    return any(coding.code == "research" and coding.system in (None, "", _SCOPE) for coding in codings)


def denies(consent: fhir.Consent, lost: list[str]) -> bool:
    """True if the Consent is active, and its provision or its policy rule denies research.

    Adds to `lost` the parts of the Consent that could not be applied.
    """
    if consent.status not in _STATUSES:
        lost.append(NO_STATUS)
    provision = consent.provision or fhir.Provision()
    policy = consent.policyRule.coding if consent.policyRule else ()
    denied = provision.type == "deny" or any(coding.code in _OPT_OUT for coding in policy)
    if not denied and (provision.provision or provision.modifierExtension):
        lost.append(EXCEPTIONS)
    return consent.status == "active" and denied


def period(consent: fhir.Consent, lost: list[str]) -> tuple[str | None, str | None]:
    """Returns the first and the last date on which a Consent applies. An end that cannot be read counts as no end."""
    given = (consent.provision or fhir.Provision()).period or fhir.Period()
    return date(given.start, lost), date(given.end, lost)
