"""Tests of the package api on the example graph."""
