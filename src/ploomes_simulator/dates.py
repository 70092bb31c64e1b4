"""Dates as the pretend service writes and reads them: milliseconds inside, -03:00 outside."""

from datetime import UTC, datetime, timedelta, timezone

LOCAL = timezone(timedelta(hours=-3))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def format_date(ms: int) -> str:
    """Write an instant with offset -03:00 and a fraction without trailing zeros."""
    seconds, fraction = divmod(ms, 1000)
    text = datetime.fromtimestamp(seconds, LOCAL).strftime("%Y-%m-%dT%H:%M:%S")
    digits = f"{fraction:03d}".rstrip("0")
    return f"{text}.{digits}-03:00" if digits else f"{text}-03:00"


def parse_date(value: object) -> int | None:
    """Read an instant in milliseconds, or None when the value is no full date with an offset."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return (moment - _EPOCH) // _MILLISECOND
