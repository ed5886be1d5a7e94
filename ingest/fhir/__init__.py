"""ingest: converts FHIR R4 resources, in JSON or XML, to records."""
