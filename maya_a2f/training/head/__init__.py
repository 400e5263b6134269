"""The default head, made by code: forms, topology, features, blend shapes and the asset they are written to."""
