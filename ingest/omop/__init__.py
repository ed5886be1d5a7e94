"""ingest.omop: reads data in the OMOP Common Data Model, in columns, with SQL in DuckDB.

`tables` declares the event tables. `opening` and `postgres` make the tables readable in DuckDB. `select` makes the SQL.
`people` turns the result into patients with their events.
"""
