"""Diffusion packages (Audio2Face-3D v3): a network with a memory, vertices instead of coefficients, several faces."""
