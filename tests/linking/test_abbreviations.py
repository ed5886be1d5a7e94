"""linking: abbreviations defined in a text, in both orders and both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linking.grounding import expand

DEFINED = {
    "with heart failure (HF) and HF": {"HF": "heart failure"},
    "HF (heart failure) is common": {"HF": "heart failure"},
    "Patients: type 2 diabetes mellitus (T2DM).": {"T2DM": "type 2 diabetes mellitus"},
    "diabetes mellitus type 2 (DM2; since 2010)": {"DM2": "diabetes mellitus type 2"},
    "non-small cell lung cancer [NSCLC]": {"NSCLC": "non-small cell lung cancer"},
    "congenital heart defects (CHDs)": {"CHDs": "congenital heart defects", "CHD": "congenital heart defects"},
    "attention-deficit/hyperactivity disorder (ADHD)": {"ADHD": "attention-deficit/hyperactivity disorder"},
    "multiple\nsclerosis (MS)": {"MS": "multiple sclerosis"},
    "tumour necrosis factor α (TNF-α)": {"TNF-α": "tumour necrosis factor α"},
    "een hartinfarct, myocardinfarct (MI),": {"MI": "myocardinfarct"},
    "chronisch obstructieve longziekte (COPD)": {"COPD": "chronisch obstructieve longziekte"},
    "kinderen met acute lymfatische leukemie (afgekort: ALL)": {"ALL": "acute lymfatische leukemie"},
    "ALS (amyotrofische laterale sclerose)": {"ALS": "amyotrofische laterale sclerose"},
    "warfarin-associated intracerebral hemorrhage (W-ICH)": {
        "W-ICH": "warfarin-associated intracerebral hemorrhage",
        "ICH": "intracerebral hemorrhage",
    },
    "hyperparathyroidism-jaw tumor syndrome (HPT-JT)": {
        "HPT-JT": "hyperparathyroidism-jaw tumor syndrome",
        "HPT": "hyperparathyroidism",
        "JT": "jaw tumor syndrome",
    },
    "called attenuated adenomatous polyposis coli (AAPC)": {"AAPC": "attenuated adenomatous polyposis coli"},
    "with multiple myeloma (MM)": {"MM": "multiple myeloma"},
    "myotonic dystrophy (DM) and DM": {"DM": "myotonic dystrophy"},
    "heart failure (HF) or hay fever (HF)": {"HF": "heart failure"},
    "breast cancer (Figure 2)": {},
    "bloedarmoede (anemie)": {},
    "in Leiden (LUMC)": {},
    "the mean (SD)": {},
    "Stop. Heart (HF)": {},
    "HF (HF)": {},
    "()( )(A)[]": {},
    "": {},
}


@pytest.mark.parametrize(("text", "found"), DEFINED.items())
def test_abbreviations_defined_in_a_text(text: str, found: dict[str, str]) -> None:
    assert expand(text) == found


@given(
    st.lists(st.sampled_from(["(", ")", "HF", " heart", " failure", "[", "]", ". ", "\n"]) | st.text(max_size=4)).map(
        "".join
    )
)
def test_both_forms_are_in_the_text_and_have_the_same_first_letter(text: str) -> None:
    line = " ".join(text.split())
    for short, long in expand(text).items():
        assert short in line and long in line
        assert short[0].lower() == next(c for c in long if c.isalnum()).lower()
        assert len(long) > len(short)


HOSTILE = [
    "(" * 250_000,
    "(HF)" * 50_000,
    "a " * 120_000 + "(AB)",
    "(" + "A" * 250_000 + ")",
    "A (a b c) " * 25_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:7])
@pytest.mark.timeout(60)
def test_a_long_text_takes_time_in_proportion(text: str) -> None:
    assert len(expand(text)) <= 1
