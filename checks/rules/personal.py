"""Personal data of pupils that anybody can read: in tables of pages and in the lists that they link."""
from enum import StrEnum

from checks.evidence.personal import Personal, PersonalTable
class Weight(StrEnum):
    PUPILS="pupils"
    REVIEW="review"
def weight_of(table: PersonalTable) -> Weight:
    deciding=max((c.cells for c in table.counts if c.kind in (Personal.CITIZEN_ID, Personal.PHONE, Personal.BIRTH_DATE)),default=0)
    return Weight.PUPILS if table.pupils and table.names>=3 and deciding>=3 else Weight.REVIEW
