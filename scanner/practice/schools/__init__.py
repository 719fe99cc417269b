"""The imagined schools: each a small description of its faults, and the truth about it, written by hand."""

from scanner.practice.schools.certificates import CERTIFICATE_FAULTS
from scanner.practice.schools.ciphers import CIPHER_FAULTS
from scanner.practice.schools.delegations import DELEGATION_FAULTS
from scanner.practice.schools.exchangers import EXCHANGER_FAULTS
from scanner.practice.schools.hacked import HACKED
from scanner.practice.schools.headers import HEADER_FAULTS
from scanner.practice.schools.healthy import HEALTHY
from scanner.practice.schools.hostile import HOSTILE
from scanner.practice.schools.identity import IDENTITY_FAULTS
from scanner.practice.schools.lifecycle import LIFECYCLE_FAULTS
from scanner.practice.schools.mail import MAIL_FAULTS
from scanner.practice.schools.names import NAME_FAULTS
from scanner.practice.schools.pages import PAGE_FAULTS
from scanner.practice.schools.personal import PERSONAL_DATA
from scanner.practice.schools.redirects import REDIRECT_FAULTS
from scanner.practice.schools.reputation import REPUTATION_FAULTS
from scanner.practice.schools.sampled import SAMPLED_FAULTS
from scanner.practice.schools.scripts import SCRIPT_FAULTS
from scanner.practice.schools.silent import UNREACHABLE
from scanner.practice.schools.versions import VERSION_FAULTS
from scanner.practice.site import PracticeSite

ALL: tuple[PracticeSite, ...] = (
    *HEALTHY,
    *CERTIFICATE_FAULTS,
    *VERSION_FAULTS,
    *CIPHER_FAULTS,
    *REDIRECT_FAULTS,
    *HEADER_FAULTS,
    *HACKED,
    *PAGE_FAULTS,
    *IDENTITY_FAULTS,
    *SCRIPT_FAULTS,
    *SAMPLED_FAULTS,
    *PERSONAL_DATA,
    *NAME_FAULTS,
    *MAIL_FAULTS,
    *EXCHANGER_FAULTS,
    *DELEGATION_FAULTS,
    *LIFECYCLE_FAULTS,
    *REPUTATION_FAULTS,
    *UNREACHABLE,
    *HOSTILE,
)
