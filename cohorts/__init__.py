"""cohorts: reads, writes, checks, saves and answers definitions of patient cohorts."""
