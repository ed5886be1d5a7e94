"""ingest.omop: reads a database in the OMOP Common Data Model in columns, by SQL of DuckDB.

`tables` declares the event tables. `opening` and `postgres` make them readable in DuckDB. `select` makes the SQL.
`people` turns the result into patients with their events.
"""
