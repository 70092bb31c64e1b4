"""Who looks at the dashboard, and what that may do."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Scope as AsgiScope

from ploomes_sync.api.access import Principal
from ploomes_sync.api.problems import FORBIDDEN, ApiError
from ploomes_sync.domain.token import Scope


class NotAllowedError(ApiError):
    """A visitor asked for what its scope does not include."""

    def __init__(self, asked: Scope, held: Scope) -> None:
        super().__init__(
            FORBIDDEN, f"This needs the scope {asked}, and you have {held}: sign in with a token that has it."
        )
        self.asked = asked
        self.held = held


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks; `signed_in` by a session, else this machine itself, which is served without tokens."""

    principal: Principal
    signed_in: bool

    def may(self, asked: Scope) -> bool:
        """Tell whether the visitor's scope suffices."""
        return self.principal.scope.allows(asked)

    def require(self, asked: Scope) -> None:
        """Raise NotAllowedError unless the scope suffices."""
        if not self.may(asked):
            raise NotAllowedError(asked, self.principal.scope)


def visitor_of(scope: AsgiScope) -> Visitor:
    """Return who looks; only where nobody is served without being known."""
    visitor: Visitor = scope["state"]["visitor"]
    return visitor
