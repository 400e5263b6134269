"""maya_a2f: from a recording to a keyed face.

Everything a script needs is in :mod:`maya_a2f.api`. Importing this package does no work and needs only the standard
library, so that it is safe inside Maya.
"""

__version__ = "0.1.0"
