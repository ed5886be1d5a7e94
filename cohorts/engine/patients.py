"""cohorts: finds the patients of a part who meet a group, as sets.

A question that does not depend on times can be answered from sets of patients, without reading events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyroaring import BitMap

from cohorts.engine.found import Everyone
from cohorts.engine.groups import holds
from cohorts.model import Among, Group, Occurs, Person
from graph.columns import bitmap_of
from graph.events import Part

if TYPE_CHECKING:
    from cohorts.engine.question import Asked


def having(asked: Asked, part: Part, group: Group) -> BitMap:
    """The patients of `part` who meet `group`."""
    least, most = group.at_least, group.at_most
    if least is None and most is None:
        found = sorted((_of(asked, part, member) for member in group.of), key=len)
        return BitMap.intersection(asked.everyone(part), *found)
    if (least or 0, most) in ((1, None), (0, 0)):
        side = asked if most is None else asked.denying()
        some = BitMap.union(BitMap(), *(_of(side, part, member) for member in group.of))
        return some if most is None else asked.everyone(part) - some
    return _counted(asked, part, group)


def _of(asked: Asked, part: Part, member: Any) -> BitMap:
    read: Callable[[Any, Part, Any], BitMap] = _SETS.get(type(member), _counted)
    return read(asked, part, member)


def _counted(asked: Asked, part: Part, member: Any) -> BitMap:
    """The patients who meet a criterion of any type. Events are counted for each patient."""
    return bitmap_of(holds(asked, Group(of=(member,)), Everyone(part)), part.first) & asked.everyone(part)


def _occurs(asked: Asked, part: Part, member: Occurs) -> BitMap:
    events, limits = member.events, (min(member.at_least, 1), member.at_most)
    plain = not (events.nth or events.where or events.fixed or events.group or member.windows or member.same_visit)
    if not plain or member.at_least > 1 or limits not in ((1, None), (0, 0)):
        return _counted(asked, part, member)
    found = asked.having(part, events.concepts, events.kinds)
    return found if member.at_least else asked.everyone(part) - found


def _person(asked: Asked, part: Part, member: Person) -> BitMap:
    plain = not (member.age or member.dates or member.ends)
    return asked.persons.people(part, member) if plain else _counted(asked, part, member)


_SETS: dict[type, Callable[[Any, Part, Any], BitMap]] = {
    Occurs: _occurs,
    Group: having,
    Person: _person,
    Among: _counted,
}
