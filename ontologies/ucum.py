"""ontologies: recognises unit codes of UCUM (https://ucum.org/ucum), and other spellings of units.

UCUM allows any text in an annotation in braces. Only the annotations listed here are accepted.
"""

from __future__ import annotations

import re

from ontologies.remembered import remembered

SYSTEM = "http://unitsofmeasure.org"
NOT_COMPARABLE = "{not comparable}"
"""The unit of a value if the stated unit is not a UCUM code.

NOT_COMPARABLE has the form of a UCUM code, but no meaning in UCUM.
"""

_PREFIXES = "da|[YZEPTGMkhdcmunpfazy]|[KMGT]i"
_ATOMS = """
    m s g rad K C cd % mol sr Hz N Pa J W A V F Ohm S Wb Cel T H lm lx Bq Gy Sv gon deg ' '' l L ar min h d a_t a_j a_g
    a wk mo_s mo_j mo_g mo t bar u eV pc atm gf Ky Gal dyn erg P Bi St Mx G Oe Gb sb Lmb ph Ci R RAD REM cal_[15]
    cal_[20] cal_m cal_IT cal_th cal tex m[H2O] m[Hg] %[slope] eq osm g% kat U Np B B[SPL] B[V] B[mV] B[uV] B[10.nV]
    B[W] B[kW] st Ao b att mho circ sph bit_s bit By Bd
"""
_BRACKETED = """
    pi ppth ppm ppb pptr c h k eps_0 mu_0 e m_e m_p G g ly lbf_av pH S HPF LPF degF degR degRe Cal Btu_39 Btu_59 Btu_60
    Btu_m Btu_IT Btu_th Btu HP den in_i'H2O in_i'Hg PRU wood'U diop p'diop mesh_i Ch drp hnsf'U MET iU IU arb'U USP'U
    GPL'U MPL'U APL'U beth'U anti'Xa'U todd'U dye'U smgy'U bdsk'U ka'U knk'U mclg'U tb'U CCID_50 TCID_50 EID_50 PFU FFU
    CFU IR BAU AU Amb'a'1'U PNU Lf D'ag'U FEU ELU EU psi car_m car_Au smoot NTU FNU sct twp pnt pca pnt_pr pca_pr
    pied pouce ligne didot cicero lne hp'_X hp'_C hp'_M hp'_Q hp_X hp_C hp_M hp_Q kp_X kp_C kp_M kp_Q gr mil_i cml_i
    hd_i bf_i cr_i in_i ft_i yd_i mi_i fth_i nmi_i kn_i sin_i sft_i syd_i cin_i cft_i cyd_i in_us ft_us yd_us rd_us
    ch_us lk_us rch_us rlk_us fth_us fur_us mi_us acr_us srd_us smi_us mil_us in_br ft_br rd_br ch_br lk_br fth_br pc_br
    yd_br mi_br nmi_br kn_br acr_br gal_us bbl_us qt_us pt_us gil_us foz_us fdr_us min_us crd_us bu_us gal_wi pk_us
    dqt_us dpt_us tbs_us tsp_us cup_us foz_m cup_m tsp_m tbs_m gal_br pk_br bu_br qt_br pt_br gil_br foz_br fdr_br
    min_br lb_av oz_av dr_av scwt_av lcwt_av ston_av lton_av stone_av pwt_tr oz_tr lb_tr sc_ap dr_ap oz_ap lb_ap oz_m
"""
_ANNOTATIONS = """
    # beat Beats beats breath breaths Breaths CFU cell cells Cells copies count creat creatinine dose events fetus Hb
    H.B. HPF INR index Index IU K'U LPF M.o.M mol mutation pack packs pH prot protein ratio RBC RBCs
    score ScoreOf spermatozoa T-score T tablet tbl times titer tot total total_vol U units WBC WBCs w Z-score Z 1.73_m2
"""


_DISPLAYS = """
    %=percent,procent  kg=kilogram,kgs  g=gram,grams,gr  mg=milligram  ug=mcg,microgram,\N{MICRO SIGN}g  ng=nanogram
    cm=centimeter,cms  mm=millimeter  m=meter  m2=m\N{SUPERSCRIPT TWO}  L=liter,litre  mL=ml,milliliter,cc  dL=dl
    mm[Hg]=mmhg  /min=bpm,/minute,beats/minute,beats/min,breaths/minute,per_minute,slagen/min  d=dag,dagen,day,days
    h=uur,hour,hours,hr  min=minuten,minute,minutes
    wk=week,weeks,weken  mo=month,months,maand,maanden  s=sec,seconden
    a=jaar,year,years,yr,yrs  Cel=c,\N{DEGREE SIGN}c,graden_celsius,degrees_c,celsius
    [degF]=f,\N{DEGREE SIGN}f,degrees_f
    [lb_av]=lb,lbs  [in_i]=in,inch,inches  [IU]=ie  [IU]/L=ie/l  [IU]/mL=ie/ml  U/L=u/l,e/l  deg=graden,degrees
    kg/m2=kg/m\N{SUPERSCRIPT TWO},kg/m^2  10*9/L=10^9/l,x10^9/l,x10*9/l,10e9/l
    10*12/L=10^12/l,x10^12/l,x10*12/l,10e12/l
    10*3/uL=k/ul,10^3/ul,x10^3/ul  10*6/uL=m/ul,10^6/ul,x10^6/ul  [pH]=ph  mL/min/{1.73_m2}=ml/min/1.73m2
    mmol/L=mmol/l  umol/L=\N{MICRO SIGN}mol/l,umol/l  g/dL=g/dl  mg/dL=mg/dl  ug/mL=ug/ml,mcg/ml  {score}=score,punten
    [CFU]/mL=cfu/ml  [diop]=dioptrie  [p'diop]=prisma_dioptrie
"""
"""Codes, each with the texts that people write for the code, in lower case and with `_` for a space."""


def _any_of(words: str) -> str:
    """A pattern for any of the words; the longest words are first."""
    return "|".join(map(re.escape, sorted(words.split(), key=len, reverse=True)))


_ATOM = rf"(?:{_PREFIXES})?(?:{_any_of(_ATOMS)}|\[(?:{_any_of(_BRACKETED)})\])(?:[+-]?[0-9]{{1,2}})?"
_ANNOTATION = rf"\{{(?:{_any_of(_ANNOTATIONS)})\}}"
_PART = rf"(?:(?:10[*^](?:[+-]?[0-9]{{1,2}})?|{_ATOM}|[0-9]{{1,4}})(?:{_ANNOTATION})?|{_ANNOTATION})"
_TERM = re.compile(rf"/?{_PART}(?:[./]{_PART})*")
_GROUP = re.compile(r"\(([^()]*)\)(?:[+-]?[0-9]{1,2})?")
_LONGEST = 60
# A number with at least five digits, possibly in parts. Factors are shorter. A number this long may identify a person.
_NUMBER = re.compile(r"(?:[./]?[0-9]){5,}")
_CODES = {
    name.replace("_", " "): code
    for code, _, names in (part.partition("=") for part in _DISPLAYS.split())
    for name in names.split(",")
}


@remembered(1 << 12)
def is_ucum(code: str) -> bool:
    """True if the text is a UCUM code. UCUM codes are case-sensitive."""
    if len(code) > _LONGEST or _NUMBER.fullmatch(code):
        return False
    while group := _GROUP.search(code):
        if not _TERM.fullmatch(group[1]):
            return False
        code = f"{code[: group.start()]}[pi]{code[group.end() :]}"
    return bool(_TERM.fullmatch(code))


def unit(system: str | None, code: str | None, display: str | None) -> str | None:
    """Returns the UCUM code of a unit in a record; NOT_COMPARABLE for an unknown unit; None if no unit is given."""
    given = [code if system in (None, "", SYSTEM) else None, display]
    texts = [text.strip() for text in given if text and text.strip()]
    for text in texts:
        if is_ucum(text):
            return text
    known = (_CODES.get(" ".join(text.lower().split())) for text in texts)
    return next(filter(None, known), NOT_COMPARABLE if texts or code else None)
