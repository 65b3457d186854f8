"""Codes of languages: the 204 of FLORES-200 with their ISO 639 codes and names, and all of ISO 639.

``flores200.tsv`` has a line for each: the code, its ISO 639-3 part, the macrolanguage that it is a
kind of (Swahili ``swh`` of ``swa``), two letters, whether NLLB-200 translates it, and its name.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Flores:
    """One language in one script, as FLORES-200 and NLLB-200 name it."""

    flores: str
    code: str  # ISO 639-3
    macro: str  # of the macrolanguage; empty where there is none
    two: str  # ISO 639-1, of the language or its macrolanguage
    nllb: bool
    name: str


@cache
def flores() -> dict[str, Flores]:
    """All 204 by their code."""
    path = Path(__file__).with_name("flores200.tsv")
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {
            r["flores"]: Flores(
                r["flores"], r["code"], r["macro"], r["two"], r["nllb"] == "yes", r["name"]
            )
            for r in rows
        }


def of_code(code: str) -> list[Flores]:
    """Those of an ISO 639-3 code, of a language or a macrolanguage, or of two letters."""
    return [f for f in flores().values() if code and code in (f.code, f.macro, f.two)]


def is_known(code: str) -> bool:
    """Whether ISO 639 has a code of three letters. ``qaa`` to ``qtz`` are for one's own use.

    Those for several languages, for none and for one that nobody has named are of no language.
    """
    from langcodes import Language

    if not re.fullmatch("[a-z]{2,3}", code) or code in ("mul", "und", "zxx"):
        return False
    return bool(of_code(code)) or Language.get(code).is_valid()
