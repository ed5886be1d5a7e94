"""tests: GiBleed, a real export in the Common Data Model 5.3, compared with SQL on its own files."""
