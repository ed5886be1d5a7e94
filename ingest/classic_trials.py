"""ingest: converts a trial of the classic API of ClinicalTrials.gov to the current structure (ingest/trials.py)."""

from __future__ import annotations

from typing import Any

# Names that do not follow the rule of `current_shape`.
_RENAMED = {
    "NCTId": "nctId",
    "NCTIdAliasList": "nctIdAliases",
    "SecondaryId": "id",
    "SecondaryIdType": "type",
    "LastUpdatePostDate": "date",
    "StartDate": "date",
    "CompletionDate": "date",
    "ResponsiblePartyType": "type",
    "ResponsiblePartyInvestigatorFullName": "investigatorFullName",
    "ResponsiblePartyInvestigatorAffiliation": "investigatorAffiliation",
    "OverallOfficialName": "name",
    "OverallOfficialAffiliation": "affiliation",
    "OverallOfficialRole": "role",
    "LocationContactList": "contacts",
    "LocationContactName": "name",
    "LocationContactRole": "role",
    "LeadSponsorName": "name",
    "CollaboratorName": "name",
    "LeadSponsorClass": "class",
    "CollaboratorClass": "class",
    "EnrollmentCount": "count",
    "InterventionName": "name",
    "InterventionOtherNameList": "otherNames",
    "ConditionMeshList": "meshes",
    "InterventionMeshList": "meshes",
    "ConditionMeshId": "id",
    "InterventionMeshId": "id",
    "ConditionMeshTerm": "term",
    "InterventionMeshTerm": "term",
    "PrimaryOutcomeMeasure": "measure",
    "SecondaryOutcomeMeasure": "measure",
    "OtherOutcomeMeasure": "measure",
}


def current_shape(value: Any) -> Any:
    """Converts a classic value to the current structure: `{XList: {X: [..]}}` becomes `{xs: [..]}`."""
    if isinstance(value, list):
        return [current_shape(element) for element in value]
    if not isinstance(value, dict):
        return value
    return {_name(key): current_shape(_unwrapped(key, inner)) for key, inner in value.items()}


def _name(key: str) -> str:
    plain = key[:1].lower() + key[1:]
    return _RENAMED.get(key) or (plain.removesuffix("List") + "s" if key.endswith("List") else plain)


def _unwrapped(key: str, inner: Any) -> Any:
    return inner.get(key.removesuffix("List"), []) if key.endswith("List") and isinstance(inner, dict) else inner
