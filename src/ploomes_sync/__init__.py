"""Keeps a Ploomes product catalogue in step with a PostgreSQL database."""
