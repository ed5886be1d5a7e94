"""ontologies: reads terminologies of many formats into one stream of items. It imports no other package."""
