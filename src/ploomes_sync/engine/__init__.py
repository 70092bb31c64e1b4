"""A sync from plan to finish."""
