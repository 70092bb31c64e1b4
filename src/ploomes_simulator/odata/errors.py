"""What can be wrong with a query."""


class QueryError(ValueError):
    """The query cannot be read or evaluated: 400."""


class UnknownNameError(QueryError):
    """The query names a field or relation that does not exist: 403, as the real service answers."""
