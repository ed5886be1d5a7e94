"""cohorts: definitions of cohorts of patients, and their answers."""
