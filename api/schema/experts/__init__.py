"""api: experts on a concept, who are the persons that the records in the reach of the concept name."""
