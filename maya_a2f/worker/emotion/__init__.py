"""Emotion from the voice: who listens (an Audio2Emotion network or our own estimator), and what becomes of it."""
