"""ingest: FHIR R4 resources to records, whichever way they are written down."""
