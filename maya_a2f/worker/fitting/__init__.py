"""Fit by shape: what a rig's own controls must do so that its face moves as ours does. No names are needed."""
