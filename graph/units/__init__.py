"""graph.units: converts measured values between UCUM units, also where the conversion depends on the substance."""

from graph.units.conversion import NotComparable, conversion, converted, convertible

__all__ = ["NotComparable", "conversion", "converted", "convertible"]
