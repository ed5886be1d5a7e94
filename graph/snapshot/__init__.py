"""graph.snapshot: builds, reads and replaces snapshots. A snapshot holds one epoch of a store as columns."""

from graph.snapshot import roles
from graph.snapshot.build import build_snapshot, carried_snapshot, fresh_snapshot
from graph.snapshot.build_groups import sources_of
from graph.snapshot.build_patients import save_patients
from graph.snapshot.contents import is_by_number, unlike
from graph.snapshot.files import forget_others, newest, snapshot_name
from graph.snapshot.having import save_having
from graph.snapshot.identify import identified
from graph.snapshot.keys import patient_keys
from graph.snapshot.medicines import are_medicines, medicine
from graph.snapshot.not_counted import WHY
from graph.snapshot.patient_records import PatientRecords, StoredEvent, patient_records, stated_by
from graph.snapshot.reader import Reader, read_snapshot
from graph.snapshot.record_index import WHOLE, RecordIndex
from graph.snapshot.record_texts import RecordText, texts_of
from graph.snapshot.records import LINKS, Patients, Records, starts
from graph.snapshot.roles import LISTED, listed
from graph.snapshot.site_names import LOCAL, name_counts
from graph.snapshot.snapshot import NONE, Numbers, Snapshot
from graph.snapshot.standing import ABSENT, UNSURE, qualified

__all__ = [
    "ABSENT",
    "LINKS",
    "LISTED",
    "LOCAL",
    "NONE",
    "UNSURE",
    "WHOLE",
    "WHY",
    "Numbers",
    "PatientRecords",
    "Patients",
    "Reader",
    "RecordIndex",
    "RecordText",
    "Records",
    "Snapshot",
    "StoredEvent",
    "are_medicines",
    "build_snapshot",
    "carried_snapshot",
    "forget_others",
    "fresh_snapshot",
    "identified",
    "is_by_number",
    "listed",
    "medicine",
    "name_counts",
    "newest",
    "patient_keys",
    "patient_records",
    "qualified",
    "read_snapshot",
    "roles",
    "save_having",
    "save_patients",
    "snapshot_name",
    "sources_of",
    "starts",
    "stated_by",
    "texts_of",
    "unlike",
]
