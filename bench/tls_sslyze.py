"""SSLyze by its own scheduler, as the process that ``bench.tls`` measures.

``python -m bench.tls_sslyze PORT ADDRESS ...`` prints the suites seen, by address and version.  It runs the commands
whose facts our look has too, and none of those that hold a vulnerable conversation.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

from sslyze.plugins.scan_commands import ScanCommand
from sslyze.scanner.models import ServerScanRequest
from sslyze.scanner.scanner import Scanner
from sslyze.server_setting import ServerNetworkLocation

from scanner.probes.tls.second_opinion import numbers_by_name

HOST = "truong.edu.vn"


def main() -> None:
    """Look, and say what was seen."""
    port, *addresses = sys.argv[1:]
    sys.stdout.write(json.dumps(_looks(int(port), addresses)))


def _looks(port: int, addresses: Sequence[str]) -> dict[str, dict[str, list[int]]]:
    by_version = {
        "SSL 2": ScanCommand.SSL_2_0_CIPHER_SUITES,
        "SSL 3": ScanCommand.SSL_3_0_CIPHER_SUITES,
        "TLS 1.0": ScanCommand.TLS_1_0_CIPHER_SUITES,
        "TLS 1.1": ScanCommand.TLS_1_1_CIPHER_SUITES,
        "TLS 1.2": ScanCommand.TLS_1_2_CIPHER_SUITES,
        "TLS 1.3": ScanCommand.TLS_1_3_CIPHER_SUITES,
    }
    commands = {
        *by_version.values(),
        ScanCommand.CERTIFICATE_INFO,
        ScanCommand.ELLIPTIC_CURVES,
        ScanCommand.SESSION_RENEGOTIATION,
        ScanCommand.TLS_COMPRESSION,
        ScanCommand.TLS_EXTENDED_MASTER_SECRET,
        ScanCommand.TLS_FALLBACK_SCSV,
        ScanCommand.TLS_1_3_EARLY_DATA,
    }
    scanner = Scanner(per_server_concurrent_connections_limit=5, concurrent_server_scans_limit=25)
    scanner.queue_scans(
        [
            ServerScanRequest(
                ServerNetworkLocation(f"{HOST}", port, ip_address=address), scan_commands=commands
            )
            for address in addresses
        ]
    )
    found: dict[str, dict[str, list[int]]] = {}
    for done in scanner.get_results():
        address = str(done.server_location.ip_address)
        result: Any = done.scan_result
        found[address] = {
            version: [
                numbers_by_name()[one.cipher_suite.name]
                for one in getattr(result, str(command.value)).result.accepted_cipher_suites
            ]
            for version, command in by_version.items()
        }
    return found


if __name__ == "__main__":
    main()
