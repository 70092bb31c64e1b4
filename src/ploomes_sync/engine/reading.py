"""How records are read now: the rules, the tables of the account, and the program itself."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from importlib import resources

from ploomes_sync.domain.context import Context
from ploomes_sync.domain.lookups import Lookups
from ploomes_sync.domain.profile import Profile


def reading(profile: Profile, lookups: Lookups) -> Context:
    """Return the context for a run; its mark changes with the program too, so that a new one reads all anew."""
    return Context(profile, lookups, _program())


@cache
def _program() -> bytes:
    """Digest the program text of the domain."""
    digest = blake2b(digest_size=16)
    folder = resources.files("ploomes_sync").joinpath("domain")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".py"):
            digest.update(file.read_bytes())
    return digest.digest()
