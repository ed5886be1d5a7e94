"""api: cohorts of patients, answered as counts behind disclosure control."""
