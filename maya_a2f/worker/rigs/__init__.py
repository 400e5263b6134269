"""Rigs that lie in files of other programs: glTF and USD meshes with shapes."""
