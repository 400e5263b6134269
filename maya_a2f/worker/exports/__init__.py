"""A retargeted take as files of other programs: USD (UsdSkel) and glTF."""
