"""The programs that ours is compared with, each with a driver of its own and an environment of its own.

A driver is told by its environment: BENCH_SOURCE (address), BENCH_DATABASE (address), BENCH_STATE (a folder to keep
things in between two runs), and BENCH_SINCE when only what changed from then on is wanted.
"""
