"""What the installers share. Python 3.9 and newer, standard library only; nothing here imports ``maya_a2f``."""
