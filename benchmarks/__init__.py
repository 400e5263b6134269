"""Measurements, as ratios within one run. Not part of the test suite."""
