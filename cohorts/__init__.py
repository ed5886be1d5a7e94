"""cohorts: definitions of cohorts of patients, their spellings, and their answers."""
