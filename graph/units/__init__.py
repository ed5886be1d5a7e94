"""graph.units: converts measured values between UCUM units. Some conversions depend on the substance."""

from graph.units.conversion import NotComparable, conversion, converted, convertible

__all__ = ["NotComparable", "conversion", "converted", "convertible"]
