"""cohorts: the messages and remedies of findings, in each language of the controlled language."""

from __future__ import annotations

from cohorts.language import Language

MESSAGES: dict[str, dict[Language, tuple[str, str]]] = {
    "unknown_concept": {
        "en": ("{id} is not a known concept", "check the CURIE, or load its terminology"),
        "nl": ("{id} is geen bekend concept", "controleer de CURIE, of laad de terminologie waarin het staat"),
    },
    "unknown_concept.in_value_set": {
        "en": (
            "unknown concepts in {id}: {count}, such as {one}",
            "correct the value set, or load the release that contains these concepts",
        ),
        "nl": (
            "onbekende concepten in {id}: {count}, zoals {one}",
            "verbeter de waardelijst, of laad de release waarin ze staan",
        ),
    },
    "unknown_concept.not_loaded": {
        "en": (
            "unknown concepts in {id}, of terminologies that are not loaded ({systems}): {count}, such as {one}",
            "load {systems} with `tricuspid load FILE`",
        ),
        "nl": (
            "onbekende concepten in {id}, van terminologieën die niet geladen zijn ({systems}): {count}, zoals {one}",
            "laad {systems} met `tricuspid load FILE`",
        ),
    },
    "obsolete_concept.replaced": {
        "en": ("{id} is obsolete", "use {replaced}"),
        "nl": ("{id} is vervallen", "gebruik {replaced}"),
    },
    "obsolete_concept.not_replaced": {
        "en": ("{id} is obsolete", "use another concept"),
        "nl": ("{id} is vervallen", "gebruik een ander concept"),
    },
    "undefined_concept": {
        "en": (
            "no loaded terminology defines {id}",
            "load its terminology; until then, the concept has no narrower concepts of its own",
        ),
        "nl": (
            "geen geladen terminologie definieert {id}",
            "laad de terminologie ervan; tot dan heeft het zelf geen nauwere concepten",
        ),
    },
    "unknown_value_set": {
        "en": ("{wrong}", "load or correct the value set"),
        "nl": ("{wrong}", "laad of verbeter de waardelijst"),
    },
    "empty_set.all_excluded": {
        "en": ("no concept is in this set", "add a concept that is not excluded"),
        "nl": ("er is geen concept in deze verzameling", "voeg een concept toe dat niet is uitgesloten"),
    },
    "empty_set.nothing_left": {
        "en": ("all concepts in this set are also excluded", "exclude fewer concepts"),
        "nl": ("door de uitgesloten concepten blijft er niets over in deze verzameling", "sluit minder uit"),
    },
    "no_events": {
        "en": (
            "no patient in this store has an event of these concepts",
            "use concepts that occur in this store, or map the codes of the source",
        ),
        "nl": (
            "geen patiënt heeft hier een gebeurtenis van deze concepten",
            "gebruik concepten die hier in gebruik zijn, of koppel de codes van de bron",
        ),
    },
    "unused_item.included": {
        "en": ("{id} adds nothing to the set", "leave it out"),
        "nl": ("{id} voegt niets toe aan de verzameling", "laat het weg"),
    },
    "unused_item.excluded": {
        "en": ("{id} excludes nothing that is in the set", "leave it out"),
        "nl": ("{id} sluit niets uit dat in de verzameling is", "laat het weg"),
    },
    "other_label": {
        "en": ('{id} is not called "{label}"', 'write "{own}", or correct the CURIE'),
        "nl": ('{id} heet niet "{label}"', 'schrijf "{own}", of verbeter de CURIE'),
    },
    "unknown_unit": {
        "en": ('"{unit}" is not a UCUM unit', "write a UCUM code, such as mmol/L"),
        "nl": ('"{unit}" is geen eenheid van UCUM', "schrijf een UCUM-code, zoals mmol/L"),
    },
    "no_such_field": {
        "en": ('no event of kind "{kinds}" has the field "{field}"', "leave this condition out"),
        "nl": ('geen gebeurtenis van de soort "{kinds}" heeft het veld "{field}"', "laat deze voorwaarde weg"),
    },
    "not_a_date": {
        "en": ('"{date}" is not a date', "write 2021-03-04, 2021-03 or 2021"),
        "nl": ('"{date}" is geen datum', "schrijf 2021-03-04, 2021-03 of 2021"),
    },
    "empty_range.numbers": {
        "en": ("no number is in this range", "swap or correct the limits"),
        "nl": ("er ligt geen getal tussen deze grenzen", "verwissel of verbeter de grenzen"),
    },
    "empty_range.dates": {
        "en": ("the last date is before the first", "swap or correct the dates"),
        "nl": ("de laatste datum ligt vóór de eerste", "verwissel of verbeter de datums"),
    },
    "empty_group.conditions": {
        "en": ("no condition is stated, so no event matches", "add a condition"),
        "nl": ("er staat geen voorwaarde, dus geen gebeurtenis voldoet", "voeg een voorwaarde toe"),
    },
    "empty_group.patients": {
        "en": ("no patient is listed, so no patient matches", "list at least one"),
        "nl": ("er staat geen patiënt in de lijst, dus geen patiënt voldoet", "noem er minstens één"),
    },
    "empty_group.always": {
        "en": ("a group without members always holds", "add members, or leave the group out"),
        "nl": ("een groep zonder leden geldt altijd", "voeg leden toe, of laat de groep weg"),
    },
    "empty_group.never": {
        "en": ("a group without members never holds", "add members, or leave the group out"),
        "nl": ("een groep zonder leden geldt nooit", "voeg leden toe, of laat de groep weg"),
    },
    "always.group": {
        "en": ("this group always holds", "correct its limits or its members"),
        "nl": ("deze groep geldt altijd", "verbeter de aantallen of de leden"),
    },
    "always.events": {
        "en": ("any number of these events is allowed", "leave this condition out"),
        "nl": ("elk aantal van deze gebeurtenissen is toegestaan", "laat dit weg"),
    },
    "always.person": {
        "en": ("no property is stated, so every patient matches", "leave this condition out"),
        "nl": ("er staat geen eigenschap, dus elke patiënt voldoet", "laat dit weg"),
    },
    "contradiction.group": {
        "en": ("this group never holds", "correct its limits or its members"),
        "nl": ("deze groep geldt nooit", "verbeter de aantallen of de leden"),
    },
    "contradiction.events": {
        "en": ("at least {least} and at most {most} contradict each other", "swap or correct the limits"),
        "nl": ("minstens {least} en hoogstens {most} spreken elkaar tegen", "verwissel of verbeter de grenzen"),
    },
    "contradiction.rules": {
        "en": ("the rules contradict each other", "correct or leave out one of the rules"),
        "nl": ("de regels spreken elkaar tegen", "verbeter er een, of laat er een weg"),
    },
    "contradiction.sexes": {
        "en": ("no patient has all of these sexes", "correct or leave out one of these conditions"),
        "nl": ("geen patiënt heeft al deze geslachten", "verbeter een van deze voorwaarden, of laat er een weg"),
    },
    "contradiction.ages": {
        "en": (
            "no patient has all of these ages or years of birth",
            "correct or leave out one of these conditions",
        ),
        "nl": (
            "geen patiënt heeft al deze leeftijden of geboortejaren",
            "verbeter een van deze voorwaarden, of laat er een weg",
        ),
    },
    "contradiction.too_young": {
        "en": (
            "nobody who was born in these years has reached this age at the index",
            "correct or leave out one of these conditions",
        ),
        "nl": (
            "niemand die in deze jaren geboren is, heeft bij de index deze leeftijd bereikt",
            "verbeter een van deze voorwaarden, of laat er een weg",
        ),
    },
    "contradiction.too_old": {
        "en": (
            "everybody who was born in these years is older than this age at the index",
            "correct or leave out one of these conditions",
        ),
        "nl": (
            "iedereen die in deze jaren geboren is, is bij de index ouder dan deze leeftijd",
            "verbeter een van deze voorwaarden, of laat er een weg",
        ),
    },
    "repeated.member": {
        "en": ("this repeats an earlier member of the group", "leave this member out"),
        "nl": ("dit zegt hetzelfde als een lid ervoor", "laat dit weg"),
    },
    "repeated.rule": {
        "en": ("this rule repeats an earlier rule", "leave this rule out"),
        "nl": ("deze regel zegt hetzelfde als een regel ervoor", "laat deze regel weg"),
    },
    "unused_part.also_limit": {
        "en": ("without a group in also, this field has no effect", "use limit instead"),
        "nl": ("zonder groep in also heeft dit geen betekenis", "gebruik in plaats daarvan limit"),
    },
    "unused_part.limit": {
        "en": ("after an earlier limit, a patient has at most one event", "leave this limit out"),
        "nl": ("na een eerdere beperking heeft een patiënt hoogstens één gebeurtenis", "laat dit weg"),
    },
    "unused_part.no_entry": {
        "en": ("without entry events, this field has no effect", "state entry events, or leave this field out"),
        "nl": ("zonder instapgebeurtenissen heeft dit geen betekenis", "noem instapgebeurtenissen, of laat dit weg"),
    },
    "window_never.days": {
        "en": (
            "no day is at least {since} and at most {until} days after the index",
            "swap or correct the days",
        ),
        "nl": (
            "geen dag ligt {since} of meer en {until} of minder dagen na de index",
            "verwissel of verbeter de dagen",
        ),
    },
    "window_never.before_birth": {
        "en": ("this window ends before any patient was born", "correct the days"),
        "nl": ("dit venster eindigt voordat een patiënt geboren was", "verbeter de dagen"),
    },
    "window_never.windows": {
        "en": ("no event can be in all of these windows", "correct or leave out one of the windows"),
        "nl": ("geen gebeurtenis kan in al deze vensters liggen", "verbeter er een, of laat er een weg"),
    },
    "no_index.person": {
        "en": (
            "a definition without entry events has no index, so there is no age or date at the index",
            "state entry events, or use years of birth",
        ),
        "nl": (
            "een definitie zonder instapgebeurtenissen heeft geen index, en dus geen leeftijd of datum bij de index",
            "noem instapgebeurtenissen, of gebruik geboortejaren",
        ),
    },
    "no_index.window": {
        "en": (
            "a definition without entry events has no index, so windows and visits have no effect",
            "state entry events, or leave the window out",
        ),
        "nl": (
            "een definitie zonder instapgebeurtenissen heeft geen index, dus geen vensters en bezoeken",
            "noem instapgebeurtenissen, of laat het venster weg",
        ),
    },
    "after_exit": {
        "en": (
            "the patient has left the cohort before this window begins",
            "let the patient leave later, or correct the days",
        ),
        "nl": (
            "de patiënt heeft het cohort verlaten voordat dit venster begint",
            "laat de patiënt later vertrekken, of verbeter de dagen",
        ),
    },
    "short_observation.before": {
        "en": (
            "events are counted up to {days} days before the index, but {observed} days of observation are required",
            "require {days} days of observation before the index",
        ),
        "nl": (
            "gebeurtenissen tellen tot {days} dagen vóór de index, maar {observed} dagen observatie zijn vereist",
            "eis {days} dagen observatie vóór de index",
        ),
    },
    "short_observation.after": {
        "en": (
            "events are counted up to {days} days after the index, but {observed} days of observation are required",
            "require {days} days of observation after the index",
        ),
        "nl": (
            "gebeurtenissen tellen tot {days} dagen na de index, maar {observed} dagen observatie zijn vereist",
            "eis {days} dagen observatie na de index",
        ),
    },
    "no_exit": {
        "en": (
            "events after the index are used, but the patient stays until the end of observation",
            "if the patient must leave earlier, state when",
        ),
        "nl": (
            "gebeurtenissen na de index worden gebruikt, maar de patiënt blijft tot het einde van de observatie",
            "als de patiënt eerder moet vertrekken, zeg dan wanneer",
        ),
    },
    "no_limit": {
        "en": (
            "a patient can enter the cohort several times",
            "to prevent this, select the first or last event of each patient",
        ),
        "nl": (
            "een patiënt kan meermaals in het cohort instappen",
            "kies de eerste of laatste gebeurtenis van elke patiënt om dit te voorkomen",
        ),
    },
}
"""For each key, the message and the remedy. The part of a key before the dot is the code of the finding."""
