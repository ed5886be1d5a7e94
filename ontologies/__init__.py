"""ontologies: reads terminologies, a file per format, into one tagged stream; knows nothing of the other rooms."""
