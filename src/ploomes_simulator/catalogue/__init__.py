"""The pretend company's data: a seeded catalogue like that of a compressor dealer."""
