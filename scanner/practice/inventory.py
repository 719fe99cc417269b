"""The inventory of a practice fleet, as an operator would write it, with the permission that goes with it."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence

from scanner.practice.site import Place

RATES = {
    "requests_per_minute": 100_000,
    "connections_per_address": 200,
    "new_connections_per_second": 2000,
    "connections_per_network": 400,
}


def inventory_yaml(
    places: Sequence[Place],
    ports: Iterable[int],
    control: str,
    now: dt.datetime,
    families: Sequence[str] = (),
) -> str:
    """The whole file."""
    lines = ["permission:"]
    lines += [
        f"  {key}: {_text(value)}"
        for key, value in _permission(places, ports, control, now, families).items()
    ]
    lines.append("rows:")
    for place in places:
        first, *rest = (f"{key}: {_text(value)}" for key, value in _row(place).items())
        lines.append(f"  - {first}")
        lines += [f"    {line}" for line in rest]
    return "\n".join(lines) + "\n"


def _permission(
    places: Sequence[Place],
    ports: Iterable[int],
    control: str,
    now: dt.datetime,
    families: Sequence[str],
) -> dict[str, object]:
    today = now.date()
    return {
        "reference": "01/GP-THUCHANH",
        "granted_by": "Sở Giáo dục và Đào tạo (thực hành)",
        "granted_on": str(today - dt.timedelta(days=1)),
        "expires_on": str(today + dt.timedelta(days=365)),
        "hosts": [f"*.{place.zone}" for place in places],
        "networks": ["127.0.0.0/8"],
        "families": list(families),
        "ports": sorted(set(ports)),
        **RATES,
        "contact": "thuchanh@thuchanh.example",
        "controls": [control],
    }


def _row(place: Place) -> dict[str, object]:
    site = place.site
    row: dict[str, object] = {
        "unit_id": place.unit,
        "unit_name": place.name,
        "kind": site.kind,
        "commune": site.commune,
        "manager": site.manager,
        "url": place.url,
        "http_port": place.http_port,
    }
    if site.registration_days is not None:
        ends_on = place.now.date() + dt.timedelta(days=site.registration_days)
        row["registration_expires_on"] = ends_on.isoformat()
    if site.platform:
        row["platform"] = site.platform
    if site.names.mail_at_host:
        row["mail_domain"] = place.host
    return row


def _text(value: object) -> str:
    """JSON is YAML; text is always quoted, so that no code is read as a number."""
    return json.dumps(value, ensure_ascii=False)
