"""Records kept beside the inventory: excuses and documents of units, and the inventory with them added."""

from inventory.model import Attestation, Excuse, Inventory, Record, Text


class Attested(Record):
    """A document, and whose it is."""

    unit: Text
    attestation: Attestation


class RecordsUsed(Record):
    """The records of one or more files."""

    excuses: tuple[Excuse, ...] = ()
    attestations: tuple[Attested, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there are none."""
        return not (self.excuses or self.attestations)


def with_used(inventory: Inventory, used: RecordsUsed) -> Inventory:
    """The inventory with these records; what stands there already is not added twice."""
    if used.empty:
        return inventory
    excuses: dict[str, list[Excuse]] = {}
    documents: dict[str, list[Attestation]] = {}
    for excuse in used.excuses:
        excuses.setdefault(excuse.unit, []).append(excuse)
    for one in used.attestations:
        documents.setdefault(one.unit, []).append(one.attestation)
    units = tuple(
        unit.model_copy(
            update={
                "excuses": tuple(dict.fromkeys((*unit.excuses, *excuses.get(unit.id, ())))),
                "attestations": tuple(
                    dict.fromkeys((*unit.attestations, *documents.get(unit.id, ())))
                ),
            }
        )
        for unit in inventory.units
    )
    return inventory.model_copy(update={"units": units})
