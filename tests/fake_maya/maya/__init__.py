"""A strict stand-in for Maya's ``maya`` package; see ``tests/fake_maya``."""
