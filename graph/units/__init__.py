"""graph.units: conversion of measured values between UCUM units, with what must be known of the substance."""

from graph.units.conversion import NotComparable, conversion, converted, convertible

__all__ = ["NotComparable", "conversion", "converted", "convertible"]
