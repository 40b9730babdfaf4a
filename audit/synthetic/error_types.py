"""What a kind of planted error is, and planting the kinds one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from audit.synthetic.planted import Planted
from audit.synthetic.planter import Desk, Instance


@dataclass(frozen=True, slots=True)
class Done:
    """What planting one error came to."""

    annotation_ids: tuple[int, ...]
    note: str
    category_ids: tuple[int, ...] = ()
    in_picture: bool = True
    """False where the annotation no longer belongs to a picture that exists."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of error that is planted on single annotations."""

    rule: str
    count: int
    """How many in a dataset of 40 pictures."""
    suits: Callable[[Instance], bool]
    """Says which clean instances lend themselves to it."""
    plant: Callable[[Desk, Instance], Done | None]
    """Spoils the annotation; None where it turned out not to work, and then nothing was changed."""
    checked: bool = True


def alone(least_area: int = 250) -> Callable[[Instance], bool]:
    """Make the condition of most kinds: a cell with nothing near, so that only it is at fault."""
    return lambda i: i.alone and i.area >= least_area


def anyone(least_area: int = 150) -> Callable[[Instance], bool]:
    """Make the condition of kinds that leave the neighbours out of it."""
    return lambda i: i.area >= least_area


def touching(least_contact: int = 8, least_area: int = 200) -> Callable[[Instance], bool]:
    """Make the condition of kinds that need a neighbour."""
    return lambda i: i.area >= least_area and any(edges >= least_contact for _, edges in i.contacts)


def free_neighbour(desk: Desk, victim: Instance, least_contact: int = 8) -> Instance | None:
    """Return the untouched neighbour of the same category with the longest contact, if there is one."""
    free = [
        (edges, -row)
        for row, edges in victim.contacts
        if edges >= least_contact
        and desk.free(row)
        and desk.instances[row].category == victim.category
        and desk.instances[row].area >= 200
    ]
    return desk.instances[-max(free)[1]] if free else None


def plant(desk: Desk, kinds: Sequence[Kind], file_names: Sequence[str]) -> Iterator[Planted]:
    """Plant every kind of error, each on its own victims.

    Parameters
    ----------
    desk : Desk
        Changed in place.
    kinds : sequence of Kind
        Planted in this order; the pickiest first, while there is a choice.
    file_names : sequence of str
        Of the desk's pictures.

    Yields
    ------
    Planted
        At least one a kind.

    Raises
    ------
    ValueError
        If not even one victim suits a kind: there are too few pictures.
    """
    for kind in kinds:
        wanted = max(1, round(kind.count * len(desk.scenes) / 40))
        used: set[int] = set()
        tried: set[int] = set()
        planted = 0
        while planted < wanted and (victim := desk.choose(kind.suits, used, tried)) is not None:
            tried.add(victim.row)
            done = kind.plant(desk, victim)
            if done is None:
                continue
            desk.take(victim.row)
            used.add(victim.image)
            planted += 1
            yield Planted(
                kind.rule,
                file_names[victim.image] if done.in_picture else None,
                done.annotation_ids,
                done.category_ids,
                done.note,
                kind.checked,
            )
        if planted == 0:
            raise ValueError(f"no instance suits {kind.rule}: make more pictures")
