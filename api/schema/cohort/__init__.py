"""api: groups of patients, as counts behind the disclosure gate."""
