"""Comparisons that can be run again; timings are ratios within one run."""
