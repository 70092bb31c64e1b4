"""The query language: text in, syntax tree and tests of rows out."""
