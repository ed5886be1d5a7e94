"""linking: selects the concepts for grounding, and the forms of their names."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.snapshot import Snapshot
from linking.encoding import Mask


def wanted(snapshot: Snapshot, ontologies: Collection[str]) -> Mask:
    """True for each live concept. If ontologies are given, True for each live concept of these ontologies."""
    if not ontologies:
        return snapshot.live
    names = pa.array(sorted(name.lower() for name in ontologies))
    own = pc.is_in(pc.utf8_lower(snapshot.concepts["ontology"]), value_set=names).fill_null(False)
    return np.asarray(snapshot.live & np.asarray(own))


def forms_of(snapshot: Snapshot, concepts: Mask) -> Mask:
    """True for each form that is a name of one of these concepts."""
    forms = snapshot.names.forms
    keep = np.zeros(len(forms.texts), bool)
    keep[forms.of_concept.gather(np.flatnonzero(concepts[: len(forms.of_concept.sizes())]))] = True
    return keep
