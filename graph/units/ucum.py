"""graph.units: reads UCUM codes (https://ucum.org/ucum).

The grammar and the definitions come from ucumvert (https://github.com/dalito/ucumvert, MIT), a maintained UCUM library
for Python. The parser of ucumvert is correct for 528 of the 529 validations in UCUM's functional tests. The parser
accepts 10+3/ul, which is not valid. ucumvert includes UCUM's own table of units, under the licence of UCUM
(https://ucum.org/license).

The conversion of ucumvert is not used, because it uses the definitions of pint. Two of the 30 conversions in the tests
give a different result. More than 20 units have a different value in pint: [Cal] is 1000 times too small, g% has no
volume, and the angle ' is a minute of time. In pint, [IU], [CFU], [HPF] and % are plain numbers, so 7.5 % would equal
75 mmol/mol, and 1 [IU] would equal 1 [CFU].

This module computes the factor of a code from the definitions of UCUM. The results agree with all 529 validations and
30 conversions. Two units are converted into each other only if the conversion is correct for every substance. Therefore
these rules apply:

- The following units have their own dimensions: mol, eq, osm, %, Bq, Sv, arbitrary units such as [IU], logarithmic
  units such as [pH] and B[SPL], and units that UCUM defines as a number, such as [HPF]. [ppth], [ppm], [ppb] and [pptr]
  are parts of %.
- These dimensions and mass are not cancelled in fractions: g/g, mol/mol and L/L have different dimensions.
- An annotation in braces has its own dimension, unless it names the counted objects, such as {cells}.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from ontologies.remembered import remembered
from ontologies.ucum import NOT_COMPARABLE

LONGEST = 60
"""Maximum length of a code in characters."""
CANCELLED = frozenset("m s rad K C cd".split())
_NUMBERS = frozenset("10* 10^ [pi]".split())
_OWN = frozenset("mol eq osm % Bq Sv [car_Au]".split())
_INSTEAD = {
    "[ppth]": (0.1, "%"),
    "[ppm]": (1e-4, "%"),
    "[ppb]": (1e-7, "%"),
    "[pptr]": (1e-10, "%"),
    "REM": (0.01, "Sv"),
}
_ZERO = {"Cel": 273.15, "[degF]": 459.67, "[degRe]": 218.52}
"""Temperature scales, each with the number of degrees from absolute zero to the zero of the scale."""
_COUNTED = frozenset(
    "{#} {beat} {beats} {H.B.} {breath} {breaths} {cell} {cells} {copies} {copy} {count} {counts} {event} {events} "
    "{RBC} {RBCs} {WBC} {WBCs} {spermatozoa}".split()
)


class NotUcum(ValueError):
    """Raised if a text is not a unit. The message states the reason."""


class Unit(NamedTuple):
    """A unit. A value x in this unit is `x * factor + offset` in base units.

    `dims` has the exponents of the dimensions. A dimension that is not cancelled has no negative exponents: its
    denominator is a separate dimension with `/` before the name.
    """

    factor: float
    dims: Mapping[str, int]
    offset: float = 0.0


@remembered(1 << 12)
def read(code: str) -> Unit:
    """The unit of a UCUM code. UCUM codes are case-sensitive. Raises NotUcum."""
    if code == NOT_COMPARABLE or not code or len(code) > LONGEST:
        raise NotUcum("it is not a UCUM code")
    from ucumvert import InvalidUcumError, parse_ucum

    try:
        unit = _unit(parse_ucum(code, _parser()))
    except InvalidUcumError:
        raise NotUcum("it is not a UCUM code") from None
    except ArithmeticError:
        raise NotUcum("its factor is too large or too small") from None
    if not 0 < unit.factor < math.inf:
        raise NotUcum("its factor is too large or too small")
    return unit


def _unit(node: Any) -> Unit:
    """Returns the unit of a node in the tree of ucumvert's grammar."""
    if isinstance(node, str):
        return Unit(1.0, {} if node in _COUNTED else {str(node): 1})
    match node.data, node.children:
        case "simple_unit", [number] if number.type == "FACTOR":
            return Unit(float(number), {})
        case "simple_unit", [atom]:
            return _atom(str(atom))
        case "simple_unit", [prefix, atom]:
            return _times(Unit(_prefixes()[prefix], {}), _atom(str(atom)))
        case "annotatable", [simple, exponent] if simple.children[0].type != "FACTOR":
            return _power(_unit(simple), int(exponent))
        case "term", [left, "/", right]:
            return _times(_unit(left), _power(_unit(right), -1))
        case ("term", [left, _, right]) | ("component", [left, right]):
            return _times(_unit(left), _unit(right))
        case "main_term", ["/", unit]:
            return _power(_unit(unit), -1)
        case "main_term", [unit]:
            return _unit(unit)
    raise NotUcum("it has a number with an exponent")


def _times(one: Unit, other: Unit) -> Unit:
    dims = Counter(one.dims)
    dims.update(other.dims)
    factor = one.factor * other.factor
    kept = {dim: 1 if dim.startswith("{") else power for dim, power in dims.items() if power}
    if not one.offset and not other.offset:
        return Unit(factor, kept)
    plain, scale = (one, other) if other.offset else (other, one)
    if plain.offset or any(not dim.startswith("{") for dim in plain.dims):
        raise NotUcum("a temperature scale cannot be part of a product")
    return Unit(factor, kept, scale.offset)


def _power(unit: Unit, power: int) -> Unit:
    if unit.offset and power != 1:
        raise NotUcum("a temperature scale cannot be part of a product")
    return Unit(unit.factor**power, dict(_raised(dim, at, power) for dim, at in unit.dims.items()), unit.offset)


def _raised(dim: str, at: int, power: int) -> tuple[str, int]:
    if dim.startswith("{"):
        return dim, at
    if power > 0 or dim in CANCELLED:
        return dim, at * power
    return dim[1:] if dim.startswith("/") else f"/{dim}", -at * power


@cache
def _atom(code: str) -> Unit:
    """Returns the unit of a code without a prefix, such as `g`."""
    if code in _INSTEAD:
        factor, own = _INSTEAD[code]
        return Unit(factor, {own: 1})
    defined = _definitions().get(code)
    if defined is None or code in _OWN:
        return Unit(1.0, {code: 1})
    if code in _ZERO:
        kelvin = read(defined.defining_unit.partition("(")[2].removesuffix(")").replace(" ", "."))
        return kelvin._replace(offset=_ZERO[code] * kelvin.factor)
    if defined.is_special or (defined.defining_unit == "1" and code not in _NUMBERS):
        return Unit(1.0, {code: 1})
    return _times(Unit(float(defined.conversion_factor), {}), read(defined.defining_unit))


@cache
def _parser() -> Any:
    from ucumvert import get_ucum_parser

    return get_ucum_parser()


@cache
def _definitions() -> dict[str, Any]:
    from ucumvert.xml_util import get_units_with_full_definition

    return {unit.code_cs: unit for unit in get_units_with_full_definition()}


@cache
def _prefixes() -> dict[str, float]:
    from ucumvert.xml_util import root

    found = root.iterfind("{*}prefix")
    return {prefix.get("Code"): float(prefix.find("{*}value").get("value")) for prefix in found}
