"""ontologies: lists the names of code systems that the Bioregistry lacks.

FHIR's URIs: https://hl7.org/fhir/R4/terminologies-systems.html. Dutch OIDs: the OID registry of HL7 Netherlands and
Nictiz, https://www.hl7.nl/wiki/index.php/OIDs. OMOP: https://ohdsi.github.io/CommonDataModel/cdm54.html#vocabulary.
"""

from __future__ import annotations

_HL7 = "2.16.840.1.113883."

#: lower-case name (a prefix or an OMOP vocabulary id) -> canonical prefix
NAMES = {
    "cpt4": "cpt",
    "icd9proc": "icd9cm",
    "icdo3": "icdo",
    "icd-10-nl": "icd10",
    "icd-10-gm": "icd10",
    "icpc-1": "icpc1.nl",
    "icpc-1-nl": "icpc1.nl",
    "icpc1.nl": "icpc1.nl",
    "gpk": "gstandaard.gpk",
    "hpk": "gstandaard.hpk",
    "prk": "gstandaard.prk",
    "clinicaltrials.gov": "clinicaltrials",
}

#: lower-case URI without scheme, `www.` and last slash -> canonical prefix
SYSTEMS = {
    "snomed.info/sct": "snomedct",
    "loinc.org": "loinc",
    "nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "nlm.nih.gov/research/umls/umls": "umls",
    "unitsofmeasure.org": "ucum",
    "whocc.no/atc": "atc",
    "ama-assn.org/go/cpt": "cpt",
    "fdasis.nlm.nih.gov": "unii",
    "varnomen.hgvs.org": "hgvs",
    "genenames.org": "hgnc",
    "genenames.org/geneid": "hgnc",
    "human-phenotype-ontology.org": "HP",
    "monarchinitiative.org": "MONDO",
    "orpha.net": "ORPHA",
    "omim.org": "omim",
    "ncithesaurus.nci.nih.gov": "NCIT",
    "ncithesaurus-stage.nci.nih.gov": "NCIT",
    "nlm.nih.gov/mesh": "mesh",
    "id.nlm.nih.gov/mesh": "mesh",
    "meddra.org": "meddra",
    "radlex.org": "radlex",
    "id.who.int/icd/release/11/mms": "icd11.code",
    "id.who.int/icd/release/11/foundation": "icd11",
    "urn:ietf:bcp:47": "ietf.language",
    "hl7.org/fhir/sid/icd-o-3": "icdo",
    "hl7.org/fhir/ndfrt": "ndfrt",
    "dicom.nema.org/resources/ontology/dcm": "dcm",
}

#: OID -> canonical prefix
OIDS = {
    _HL7 + "3.26.1.1": "NCIT",
    _HL7 + "4.9": "unii",
    _HL7 + "6.12": "cpt",
    _HL7 + "6.103": "icd9cm",
    _HL7 + "6.104": "icd9cm",
    _HL7 + "6.3.2": "icd10",
    "1.2.276.0.76.5.409": "icd10",
    "1.2.840.10008.2.16.4": "dcm",
    _HL7 + "12.292": "cvx",
    _HL7 + "2.4.3.120.5.1": "dhd.diagnose",
    _HL7 + "2.4.3.120.5.2": "dhd.verrichting",
    _HL7 + "2.4.4.1": "gstandaard.gpk",
    _HL7 + "2.4.4.7": "gstandaard.hpk",
    _HL7 + "2.4.4.8": "gstandaard.zi",
    _HL7 + "2.4.4.10": "gstandaard.prk",
    _HL7 + "2.4.4.1.725": "gstandaard.ssk",
    _HL7 + "2.4.4.1.750": "gstandaard.snk",
    _HL7 + "2.4.4.31.1": "icpc1.nl",
}

#: code systems of HL7 in patients' records; numbered tables such as `v2-0487` are not listed
HL7 = frozenset(
    "admit-source discharge-disposition medicationdispense-status-reason medicationrequest-status-reason "
    "v3-ActCode v3-ActPriority v3-ActSite v3-EntityCode v3-Ethnicity v3-ObservationInterpretation v3-ObservationValue "
    "v3-ParticipationMode v3-Race v3-RoleCode v3-RouteOfAdministration".split()
)

#: IRI namespace -> canonical prefix
IRIS = {
    "http://snomed.info/sct/": "snomedct",
    "https://omim.org/phenotypicSeries/PS": "omim.ps",
    "http://www.orpha.net/ORDO/Orphanet_": "ORPHA",
}
