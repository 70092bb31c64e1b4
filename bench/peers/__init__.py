"""The programs that ours is compared with, each with a driver and an environment of its own.

A driver is told by its environment: BENCH_SOURCE and BENCH_DATABASE (addresses), BENCH_STATE (a folder to keep
things in between runs), and BENCH_SINCE when only what changed from then on is wanted.
"""
