"""The source: everything that speaks HTTP to Ploomes."""
