"""api: answers cohorts of patients with counts that have passed disclosure control."""
