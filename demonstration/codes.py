"""demonstration: the codes of the made-up patients. The codes are real, but their combinations are made up.

Code systems have the URIs of https://hl7.org/fhir/R4/terminologies-systems.html.
"""

from __future__ import annotations

from typing import NamedTuple

SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CVX = "http://hl7.org/fhir/sid/cvx"
VISITS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


class Coding(NamedTuple):
    """A code of a CodeableConcept."""

    system: str
    code: str
    display: str


class Measure(NamedTuple):
    """A measurement: its code, its UCUM unit, the inclusive bounds of its values, and the number of decimals."""

    coding: Coding
    unit: str
    low: float
    high: float
    digits: int


def _sct(code: str, display: str) -> Coding:
    return Coding(SNOMED, code, display)


def _icd(code: str, display: str) -> Coding:
    return Coding(ICD10, code, display)


def _test(code: str, display: str, unit: str, low: float, high: float, digits: int = 0) -> Measure:
    return Measure(Coding(LOINC, code, display), unit, low, high, digits)


def _drug(code: str, display: str) -> Coding:
    return Coding(RXNORM, code, display)


_T2D = _sct("44054006", "Type 2 diabetes mellitus")
_E119 = _icd("E11.9", "Diabetes mellitus type 2 zonder complicaties")

# The diagnosis of a patient in a group is one of these CodeableConcepts. Some have only an ICD-10 code, to show that
# mappings are followed.
DIAGNOSES: dict[str, tuple[tuple[Coding, ...], ...]] = {
    "t2d": ((_T2D,), (_T2D,), (_T2D, _E119), (_E119,)),
    "ckd": (
        (_sct("433144002", "Chronic kidney disease stage 3"),),
        (_sct("431857002", "Chronic kidney disease stage 4"),),
        (_sct("709044004", "Chronic kidney disease"), _icd("N18.9", "Chronische nierschade")),
        (_icd("N18.3", "Chronische nierschade, stadium 3"),),
    ),
    "dkd": (
        (_sct("127013003", "Diabetic kidney disease"),),
        (_icd("E11.2", "Diabetes mellitus type 2 met niercomplicaties"),),
    ),
    "hf": (
        (_sct("84114007", "Heart failure"),),
        (_sct("417996009", "Systolic heart failure"),),
        (_sct("418304008", "Diastolic heart failure"),),
        (_sct("88805009", "Chronic congestive heart failure"), _icd("I50.9", "Hartfalen, niet gespecificeerd")),
        (_icd("I50.1", "Linkerventrikelfalen"),),
    ),
    "malaria": (
        (_sct("62676009", "Plasmodium falciparum malaria"), _sct("3095005", "Induced malaria")),
        (_sct("62676009", "Plasmodium falciparum malaria"),),
        (_sct("27052006", "Plasmodium vivax malaria"),),
        (_icd("B50.9", "Malaria tropica, niet gespecificeerd"),),
    ),
    "hookworm": (
        (_sct("36667009", "Necatoriasis"),),
        (_sct("36667009", "Necatoriasis"), _icd("B76.1", "Necatoriasis")),
        (_icd("B76.1", "Necatoriasis"),),
    ),
    "fabry": ((_sct("16652001", "Fabry disease"),),),
    "t1d": ((_sct("46635009", "Type 1 diabetes mellitus"),),),
    "hypertension": ((_sct("59621000", "Essential hypertension"),), (_icd("I10", "Essentiële hypertensie"),)),
    "obesity": ((_sct("414916001", "Obesity"),),),
    "infarct": ((_sct("22298006", "Myocardial infarction"),),),
    "fibrillation": ((_sct("49436004", "Atrial fibrillation"),),),
    "retinopathy": ((_sct("422034002", "Retinopathy due to type 2 diabetes"),),),
    "anaemia": ((_sct("87522002", "Iron deficiency anemia"),),),
    "lipids": ((_sct("55822004", "Hyperlipidemia"),),),
}

COMPLAINTS = {
    "t2d": (_sct("84229001", "Fatigue"),),
    "hf": (_sct("267036007", "Dyspnea"), _sct("267038008", "Edema")),
    "malaria": (_sct("386661006", "Fever"), _sct("25064002", "Headache"), _sct("422587007", "Nausea")),
    "hookworm": (_sct("62315008", "Diarrhea"), _sct("84229001", "Fatigue")),
}

SYSTOLIC = _test("8480-6", "Systolic blood pressure", "mm[Hg]", 105, 175)
DIASTOLIC = _test("8462-4", "Diastolic blood pressure", "mm[Hg]", 60, 100)
PRESSURE = Coding(LOINC, "85354-9", "Blood pressure panel")

TESTS = {
    "all": (_test("39156-5", "Body mass index", "kg/m2", 19, 38, 1),),
    "t2d": (
        _test("4548-4", "Hemoglobin A1c", "%", 6.2, 10.4, 1),
        _test("2345-7", "Glucose", "mg/dL", 110, 290),
        _test("14959-1", "Albumin/creatinine in urine", "mg/g", 5, 420),
    ),
    "ckd": (
        _test("2160-0", "Creatinine", "mg/dL", 1.4, 4.2, 1),
        _test("33914-3", "Glomerular filtration rate", "mL/min/{1.73_m2}", 16, 58),
        _test("2823-3", "Potassium", "mmol/L", 3.8, 5.9, 1),
    ),
    "hf": (
        _test("33762-6", "NT-proBNP", "pg/mL", 450, 6800),
        _test("10230-1", "Left ventricular ejection fraction", "%", 22, 58),
    ),
    "malaria": (
        _test("8310-5", "Body temperature", "Cel", 36.4, 40.1, 1),
        _test("777-3", "Platelets", "10*3/uL", 70, 240),
    ),
    "hookworm": (
        _test("711-2", "Eosinophils", "10*3/uL", 0.4, 4.5, 1),
        _test("2276-4", "Ferritin", "ng/mL", 8, 60),
    ),
}

TESTS["dkd"] = TESTS["ckd"]

# LOINC codes outside the loaded subset of LOINC: in the graph they are stubs.
FILM = Coding(LOINC, "10710-2", "Plasmodium sp identified in Blood by Thin film")
STOOL = Coding(LOINC, "10704-5", "Ova and parasites identified in Stool by Light microscopy")
POSITIVE = _sct("10828004", "Positive")
NEGATIVE = _sct("260385009", "Negative")

DRUGS = {
    "t2d": (
        _drug("860975", "Metformin 500 MG Extended Release Oral Tablet"),
        _drug("860975", "Metformin 500 MG Extended Release Oral Tablet"),
        _drug("1664323", "Empagliflozin 12.5 MG / Metformin 500 MG Oral Tablet"),
        _drug("897122", "Liraglutide 6 MG/ML Pen Injector"),
        _drug("106892", "Human insulin 70/30"),
    ),
    "ckd": (
        _drug("979492", "Losartan potassium 50 MG Oral Tablet"),
        _drug("313988", "Furosemide 40 MG Oral Tablet"),
        _drug("205923", "Epoetin alfa 4000 UNT/ML Injection"),
    ),
    "hf": (
        _drug("200033", "Carvedilol 25 MG Oral Tablet"),
        _drug("1656354", "Sacubitril 97 MG / Valsartan 103 MG Oral Tablet"),
        _drug("313096", "Spironolactone 25 MG Oral Tablet"),
    ),
    "malaria": (
        _drug("1116758", "Chloroquine phosphate 500 MG Oral Tablet"),
        _drug("198440", "Acetaminophen 500 MG Oral Tablet"),
    ),
    "hypertension": (
        _drug("197361", "Amlodipine 5 MG Oral Tablet"),
        _drug("314076", "Lisinopril 10 MG Oral Tablet"),
        _drug("310798", "Hydrochlorothiazide 25 MG Oral Tablet"),
    ),
    "lipids": (_drug("312961", "Simvastatin 20 MG Oral Tablet"), _drug("259255", "Atorvastatin 80 MG Oral Tablet")),
    "anaemia": (_drug("310325", "Ferrous sulfate 325 MG Oral Tablet"),),
}

DRUGS["dkd"] = DRUGS["ckd"][:2]

PROCEDURES = {
    "t2d": (_sct("20067007", "Retinal photography"),),
    "ckd": (_sct("302497006", "Hemodialysis"), _sct("70536003", "Kidney transplantation")),
    "hf": (_sct("40701008", "Echocardiography"), _sct("29303009", "Electrocardiogram")),
    "infarct": (
        _sct("415070008", "Percutaneous coronary intervention"),
        _sct("232717009", "Coronary artery bypass graft"),
    ),
    "malaria": (_sct("12845003", "Malaria smear"),),
}

VACCINES = (Coding(CVX, "140", "Influenza, seasonal"), Coding(CVX, "207", "COVID-19, mRNA"))
TRAVEL_VACCINE = Coding(CVX, "25", "Typhoid, oral")
ALLERGIES = (
    _sct("91936005", "Allergy to penicillin"),
    _sct("91935009", "Allergy to peanut"),
    _sct("91939003", "Allergy to sulfonamide"),
)
ENCOUNTERS = (
    _sct("185349003", "Check-up encounter"),
    _sct("390906007", "Follow-up encounter"),
    _sct("185317003", "Telephone encounter"),
)
ADMISSION = _sct("32485007", "Hospital admission")
PARTICIPANT = _sct("428024001", "Clinical trial participant")
