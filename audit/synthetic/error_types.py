"""What a type of planted error is, and planting the types one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from audit.carriers import dataclass
from audit.synthetic.planted import PlantedError
from audit.synthetic.planter import Instance, Planter

Outcome = tuple[tuple[int, ...], str] | None
"""Ids of the annotations that an error left, and what was done; None where it turned out not to work, and
then nothing was changed."""


@dataclass(frozen=True, slots=True)
class ErrorType:
    """One type of error that is planted on annotations."""

    rule: str
    """The rule that should find it; empty where no rule looks for it."""
    count: int
    """How many in a demo of 40 pictures."""
    suits: Callable[[Instance], bool]
    """Says which clean instances lend themselves to it."""
    plant: Callable[..., Outcome]
    """Spoils the annotation: gets the `Planter`, the victim and, with ``min_contact``, its neighbour."""
    min_contact: int | None = None
    """Least contact with a neighbour that takes part, pixels; None = the victim alone."""
    checked: bool = True
    """False where finding it is not promised."""
    in_picture: bool = True
    """False where the annotation no longer belongs to a picture that exists."""


def is_alone(min_area: int = 250) -> Callable[[Instance], bool]:
    """Make the condition of most types: a cell with nothing near, so that only it is at fault."""
    return lambda instance: instance.alone and instance.area >= min_area


def has_area(min_area: int = 150) -> Callable[[Instance], bool]:
    """Make the condition of types that leave the neighbours out of it."""
    return lambda instance: instance.area >= min_area


def touches(min_contact: int = 8, min_area: int = 200) -> Callable[[Instance], bool]:
    """Make the condition of types that need a neighbour.

    Parameters
    ----------
    min_contact : int
        Pixels.
    min_area : int
        Pixels.
    """
    return lambda instance: (
        instance.area >= min_area and any(contact >= min_contact for _, contact in instance.contacts)
    )


def plant_errors(
    planter: Planter, types: Sequence[ErrorType], file_names: Sequence[str]
) -> Iterator[PlantedError]:
    """Plant every type of error, each on its own victims, spread over the pictures.

    Parameters
    ----------
    planter : Planter
        Changed in place.
    types : sequence of ErrorType
        Planted in this order; the pickiest first, while there is a choice.
    file_names : sequence of str
        Of the pictures.

    Yields
    ------
    PlantedError
        At least one a type.

    Raises
    ------
    ValueError
        If not even one victim suits a type: there are too few pictures.
    """
    for error_type in types:
        n_wanted = max(1, round(error_type.count * len(planter.sizes) / 40))
        spoiled_images: set[int] = set()
        tried_rows: set[int] = set()
        n_planted = 0
        while n_planted < n_wanted:
            victim = planter.choose(error_type.suits, spoiled_images, tried_rows)
            if victim is None:
                break
            tried_rows.add(victim.row)
            planted = _plant_on(planter, error_type, victim)
            if planted is None:
                continue
            spoiled_images.add(victim.image)
            n_planted += 1
            annotation_ids, note = planted
            file_name = file_names[victim.image] if error_type.in_picture else None
            yield PlantedError(
                error_type.rule, file_name, annotation_ids, note=note, checked=error_type.checked
            )
        if n_planted == 0:
            raise ValueError(f"no instance suits {error_type.rule}: make more pictures")


def _plant_on(planter: Planter, error_type: ErrorType, victim: Instance) -> Outcome:
    victims = [victim]
    if error_type.min_contact is not None:
        neighbour = planter.find_neighbour(victim, error_type.min_contact)
        if neighbour is None:
            return None
        victims.append(neighbour)
    outcome = error_type.plant(planter, *victims)
    if outcome is not None:
        for instance in victims:
            planter.take(instance.row)
    return outcome
