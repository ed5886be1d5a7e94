"""ontologies: reads terminologies of many formats into one stream of items.

This package imports no other package of Tricuspid.
"""
