"""linking: the assertion of mentions in sentences of letters and forms. The mention is between < and >."""

from __future__ import annotations

import pytest

from linking.grounding.assertion import assertion

SAID = {
    # A relative has it.
    "Her son has <asthma>.": "family",
    "His daughter had <epilepsy> as a child.": "family",
    "A cousin died of <colon cancer>.": "family",
    "The patient's nephew was treated for <leukaemia>.": "family",
    "One niece has <cystic fibrosis>.": "family",
    "Her husband has <diabetes>.": "family",
    "A half-brother with <haemophilia>.": "family",
    "His grandson has <autism>.": "family",
    "Mother's <breast cancer> was found at 40.": "family",
    "Her mother, who had <diabetes>, died at 60.": "family",
    "Great-aunt with <dementia>.": "family",
    "Her twin sister has <lupus>.": "family",
    "Family history: <stroke>.": "family",
    "<Diabetes> in his brother.": "family",
    "<Glaucoma> in a cousin.": "family",
    "<Asthma> (mother), hay fever (brother).": "family",
    "Two of her children have <asthma>.": "family",
    "An infant born to a mother with <epilepsy>.": "family",
    "She is the daughter of a man with <haemophilia>.": "family",
    "Haar zoon is bekend met <epilepsie>.": "family",
    "Zijn dochter heeft <astma>.": "family",
    "Een neef met <taaislijmziekte>.": "family",
    "Een nichtje met <taaislijmziekte>.": "family",
    "Kleinzoon heeft <autisme>.": "family",
    "Halfbroer met <hemofilie>.": "family",
    "Haar man heeft <suikerziekte>.": "family",
    "Zijn vrouw heeft <reuma>.": "family",
    "Schoonmoeder bekend met <dementie>.": "family",
    "Familieanamnese: <beroerte> op jonge leeftijd.": "family",
    "<Borstkanker> bij haar zus.": "family",
    "<Diabetes> bij moeder.": "family",
    "Diens opa had <jicht>.": "family",
    "Kind van een moeder met <epilepsie>.": "family",
    # A relative is mentioned, but the patient has it.
    "Mother of two with <asthma>.": "present",
    "The patient is the son of a farmer and has <asthma>.": "present",
    "A boy born to a healthy mother has <asthma>.": "present",
    "A 4-year-old daughter of unrelated parents was seen for <epilepsy>.": "present",
    "Lives with her daughter and has <diabetes>.": "present",
    "According to her son she has <dementia>.": "present",
    "Accompanied by his wife, he was seen for <stroke>.": "present",
    "Cares for her mother and has <depression>.": "present",
    "Zoon van een bakker, heeft <astma>.": "present",
    "Een jongen, geboren uit een gezonde moeder, heeft <astma>.": "present",
    "Woont bij haar dochter, bekend met <hartfalen>.": "present",
    "Volgens zijn vrouw heeft hij <dementie>.": "present",
    "Vergezeld door haar man gezien wegens <angina pectoris>.": "present",
    "Moeder van drie kinderen met <migraine>.": "present",
    "Mother is well. <Asthma> since childhood.": "present",
    # Negated.
    "<Diabetes>: no.": "negated",
    "<Diabetes>: No, hypertension: yes.": "negated",
    "<Diabetes>: none": "negated",
    "<Diabetes> -": "negated",
    "<Diabetes> -, hypertension +": "negated",
    "<Diabetes> (-)": "negated",
    "<Diabetes>: negative": "negated",
    "<Diabetes>: no evidence.": "negated",
    "<Diabetes>? No.": "negated",
    "<Diabetes>: absent; smoking: yes": "negated",
    "<Heart failure> was never diagnosed.": "negated",
    "<Heart failure> could not be confirmed.": "negated",
    "Not known to have <epilepsy>.": "negated",
    "Tested negative for <hepatitis B>.": "negated",
    "<Diabetes>: nee.": "negated",
    "<Diabetes>: nee, roken: ja": "negated",
    "<Diabetes>: geen": "negated",
    "<Diabetes>: niet bekend.": "negated",
    "<Diabetes>? Nee.": "negated",
    "Onbekend met <hartfalen>.": "negated",
    "Niet bekend met <hartfalen>.": "negated",
    "<Diabetes> werd niet vastgesteld.": "negated",
    "<Diabetes> kon niet worden aangetoond.": "negated",
    "<Longembolie> werd niet gezien.": "negated",
    "Van <hartfalen> is geen sprake.": "negated",
    "<Hartfalen> is niet geconstateerd.": "negated",
    "Er is geen sprake van <hartfalen>.": "negated",
    "Nooit <tuberculose> gehad.": "negated",
    # Looks negated, but is present.
    "<Diabetes>: yes.": "present",
    "<Diabetes>: ja, roken: nee": "present",
    "<Diabetes>: no insulin yet.": "present",
    "<Diabetes> with no complications": "present",
    "<Diabetes> - type 2, well controlled": "present",
    "<Diabetes>: geen insuline nodig.": "present",
    "<Diabetes> +": "present",
    "Bekend met <hartfalen>.": "present",
    "<Diabetes> no. 3 on the list": "present",
    "<hart>- en vaatziekten": "present",
    "<borst>-, long- en darmkanker": "present",
    # Uncertain, or possible in the future.
    "At risk for <diabetes>.": "hypothetical",
    "Risk of <stroke> discussed.": "hypothetical",
    "High risk of <falls>.": "hypothetical",
    "Risk factors for <heart disease>: smoking.": "hypothetical",
    "Screening for <colon cancer>.": "hypothetical",
    "Prevention of <stroke>.": "hypothetical",
    "Aspirin to prevent <stroke>.": "hypothetical",
    "Vaccinated against <hepatitis B>.": "hypothetical",
    "Afraid of <cancer>.": "hypothetical",
    "<Diabetes>: unknown.": "hypothetical",
    "<Pneumonia> is likely.": "hypothetical",
    "Verhoogd risico op <diabetes>.": "hypothetical",
    "Verhoogde kans op <borstkanker>.": "hypothetical",
    "Risicofactoren voor <hartfalen>: roken.": "hypothetical",
    "Screening op <darmkanker>.": "hypothetical",
    "Gescreend op <diabetes>.": "hypothetical",
    "Preventie van <beroerte>.": "hypothetical",
    "Ter voorkoming van <trombose>.": "hypothetical",
    "Om <trombose> te voorkomen.": "hypothetical",
    "Gevaccineerd tegen <hepatitis B>.": "hypothetical",
    "Bang voor <kanker>.": "hypothetical",
    "<Diabetes>: onbekend.": "hypothetical",
    "Waarschijnlijk <longontsteking>.": "hypothetical",
    "Low risk diet for <diabetes>.": "present",
    "Risk of falls discussed; has <diabetes>.": "present",
    "Screening was done and showed <diabetes>.": "present",
    # Written before the cues, to test them on sentences that they were not made for.
    "Both sons have <colour blindness>.": "family",
    "His older brother died from <lung cancer>.": "family",
    "There is a maternal aunt with <ovarian cancer>.": "family",
    "Her partner was diagnosed with <HIV>.": "family",
    "Patient's uncle: <Parkinson's disease>.": "family",
    "Stepfather treated for <hepatitis C>.": "family",
    "<Schizophrenia> runs in the family.": "family",
    "Positive family history for <glaucoma>.": "family",
    "Tante van moederskant had <eierstokkanker>.": "family",
    "Een achterneef is overleden aan <leukemie>.": "family",
    "Jongste dochter: <coeliakie>.": "family",
    "<COPD> bij zijn vader.": "family",
    "Beide ouders hebben <hypertensie>.": "family",
    "Haar echtgenoot kreeg <prostaatkanker>.": "family",
    "Zusje met <syndroom van Down>.": "family",
    "No signs or symptoms of <meningitis>.": "negated",
    "She doesn't have <asthma>.": "negated",
    "<Fever>: denies.": "negated",
    "<Jaundice> was not seen.": "negated",
    "Smoking: yes. <Alcohol abuse>: no.": "negated",
    "No personal history of <cancer>.": "negated",
    "<Pulmonary embolism> has been excluded.": "negated",
    "Hypertensie: ja. <Diabetes>: nee.": "negated",
    "Geen klachten passend bij <angina pectoris>.": "negated",
    "Er zijn geen aanwijzingen voor <trombose>.": "negated",
    "<Koorts> -, hoesten +, dyspnoe +": "negated",
    "Mevrouw heeft geen <hoge bloeddruk>.": "negated",
    "<Astma> is nooit vastgesteld.": "negated",
    "Patiënt heeft <suikerziekte> niet.": "negated",
    "Increased risk for <osteoporosis>.": "hypothetical",
    "Screened for <tuberculosis> before starting.": "hypothetical",
    "Please rule out <deep vein thrombosis>.": "hypothetical",
    "Return if <fever> develops.": "hypothetical",
    "Prophylaxis against <malaria> given.": "hypothetical",
    "She worries about <dementia>.": "hypothetical",
    "<Stroke> prevention was discussed.": "hypothetical",
    "DD: <longembolie>.": "hypothetical",
    "Kans op <hartinfarct> verhoogd.": "hypothetical",
    "Onderzoek naar <coeliakie> ingezet.": "hypothetical",
    "Ter preventie van <osteoporose>.": "hypothetical",
    "Known with <diabetes> and hypertension.": "present",
    "Brought in by his mother because of <seizures>.": "present",
    "Her mother reports <headache> every morning.": "present",
    "<Asthma> without exacerbations.": "present",
    "<Hypertension>: yes, diabetes: no": "present",
    "Treated for <diabetes> to prevent complications.": "present",
    "Father of two, known with <epilepsy>.": "present",
    "No change in her <psoriasis>.": "present",
    "Sinds het overlijden van zijn vrouw <depressie>.": "present",
    "<Diabetes>: ja. Roken: nee.": "present",
    "Opgenomen met <hartfalen>, geen koorts.": "present",
    "Mantelzorger voor zijn vrouw; zelf bekend met <artrose>.": "present",
    "Moeder vertelt dat hij <buikpijn> heeft.": "present",
}
# What a course or trial says about itself. There a condition is the subject.
TOPICS = [
    text
    for text, said in SAID.items()
    if said == "hypothetical"
    and any(
        word in text.lower() for word in ("risk", "risic", "kans", "screen", "preven", "voorkom", "vaccin", "prophyl")
    )
]


def said_of(text: str, record: bool) -> str:
    start, end = text.index("<"), text.index(">") - 1
    return assertion(text.replace("<", "").replace(">", ""), start, end, record)


def test_there_are_enough_sentences_of_every_assertion() -> None:
    assert len(SAID) > 150
    assert all(sum(said == kind for said in SAID.values()) > 30 for kind in SAID.values())


@pytest.mark.parametrize(("text", "said"), SAID.items())
def test_the_assertion_in_a_text_about_a_patient(text: str, said: str) -> None:
    assert said_of(text, record=False) == said


@pytest.mark.parametrize("text", TOPICS)
def test_a_record_is_about_a_condition_that_it_prevents(text: str) -> None:
    assert said_of(text, record=True) == "present"


@pytest.mark.parametrize("text", ["Guide to <diabetes> -", "<Stroke> prevention", "<Diabetes> - a course"])
def test_a_dash_in_a_title_is_no_negation(text: str) -> None:
    assert said_of(text, record=True) == "present"
