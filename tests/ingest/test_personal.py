"""tests of ingest: texts that may identify a person, and texts that only look like it."""

from __future__ import annotations

import pytest

from ingest.personal import is_bsn, may_name_person


@pytest.mark.parametrize(
    "text",
    [
        "Dhr. J. de Vries komt op controle",
        "hartfalen bij mevrouw Jansen",
        "Dr. Bakker",
        "Jan Jansen",
        "JAN VAN DER BERG",
        "Jansen, Piet",
        "Jansen, P.",
        "P.J. van der Berg",
        "111222333",
        "nr 1112.22.333",
        "111 222 333",
        "bsn: 12345678",
        "06-12345678",
        "bel +31 6 12345678",
        "0031612345678",
        "555-123-4567",
        "a.b@example.org",
        "1012 AB",
        "geboren 3 april 1962",
        "12 maart 1980",
        "DHR JANSEN",
        "JANSEN PIET",
        "J de Vries",
        "3511ab",
        "3-4-1962",
        "1962-04-03",
    ],
)
def test_texts_that_may_name_a_person_are_found(text: str) -> None:
    assert may_name_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "Type 2 diabetes mellitus",
        "ziekte van Parkinson",
        "Graves disease",
        "syndroom van Down",
        "Guillain-Barre syndrome",
        "Salmonella S. Typhi",
        "E. coli in urine",
        "amoxicillin 1000 MG tablet",
        "Influenza, seasonal, 2023-2024",
        "SARS-CoV-2 (COVID-19) vaccine",
        "Hemoglobin A1c/Hemoglobin.total in Blood",
        "271737000",
        "111222334",
    ],
)
def test_texts_that_name_no_person_are_not_found(text: str) -> None:
    assert not may_name_person(text)


def test_the_eleven_test() -> None:
    assert is_bsn("111222333") and is_bsn("123456782")
    assert not is_bsn("123456789") and not is_bsn("000000000") and not is_bsn("12345678")
