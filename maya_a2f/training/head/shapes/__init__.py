"""Blend shapes of the face and the tongue, one module per region."""
