"""ingest: converts GA4GH Phenopackets, version 2, to records."""
