"""Decides how a connection is encrypted: never by chance.

On this machine a string says what it likes. To any other host a connection is encrypted (`require`), and the
server proves who it is (`verify-full`) as soon as there is a certificate to prove it with. In the clear only on
request, and only within a private network.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path

from ploomes_sync.errors import SettingsError

_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_OPEN_TO_CHANCE = ("", "allow", "prefer")
_PRIVATE_NAMES = (".local", ".internal", ".lan", ".home.arpa")
_FLAGS = {"true": "require", "1": "require", "false": "disable", "0": "disable", "no-verify": "require"}


def mode_of_flag(value: str) -> str:
    """Read the `ssl=` of other drivers."""
    return _FLAGS.get(value.lower(), value)


def chosen(values: Mapping[str, str], ca_file: Path | None, notes: list[str]) -> dict[str, str]:
    """Return the `sslmode` and `sslrootcert` to use; raises SettingsError for what must not be."""
    mode = mode_of_flag(values.get("sslmode", ""))
    certificate = str(ca_file) if ca_file else values.get("sslrootcert", "")
    if mode and mode not in _MODES:
        raise SettingsError(f"DATABASE_URL: sslmode={mode[:20]} is unknown: use require or verify-full.")
    if certificate and mode == "disable":
        raise SettingsError(
            "DATABASE_URL: sslmode=disable contradicts the certificate of DATABASE_CA_FILE or sslrootcert: "
            "leave one of them out."
        )
    if certificate:
        _check_readable(certificate)
        return {"sslrootcert": certificate, "sslmode": "verify-ca" if mode == "verify-ca" else "verify-full"}
    hosts = (values.get("hostaddr") or values.get("host") or "").split(",")
    if all(map(_here, hosts)):
        return {"sslmode": mode} if mode not in _OPEN_TO_CHANCE else {}
    return {"sslmode": _mode_afar(mode, hosts, notes)}


def _mode_afar(mode: str, hosts: list[str], notes: list[str]) -> str:
    if mode == "disable" and not all(_here(host) or _private(host) for host in hosts):
        raise SettingsError(
            "DATABASE_URL: sslmode=disable would send password and data in the clear through the internet: "
            "leave it out. Only a private network allows it: an address such as 10.0.0.5, or a name without dots."
        )
    if mode in _OPEN_TO_CHANCE:
        if mode:
            notes.append(f"sslmode={mode} was raised to require")
        return "require"
    return mode


def _check_readable(certificate: str) -> None:
    if certificate != "system" and not Path(certificate).is_file():
        raise SettingsError(
            f"DATABASE_CA_FILE: {certificate} is not there: download the certificate from the dashboard's "
            "database settings, or leave the setting out."
        )


def _here(host: str) -> bool:
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def _private(host: str) -> bool:
    address = _address(host)
    if address is None:
        return "." not in host or host.endswith(_PRIVATE_NAMES)
    return address.is_private or address.is_link_local


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
