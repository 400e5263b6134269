"""Training speech from free synthesisers: own text, several engines, exact phone times, deterministic from a seed."""
