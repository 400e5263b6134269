"""Many lines onto many scenes, without a window: ``mayapy -m maya_a2f.batch``.

A line is one recording on one character of a scene. Lines with the same scene and the same target make a shot: the
scene is opened once, takes all of them and is saved once, or not at all. What happened is in the result file, which is
renewed after every shot, whole or not at all: mayapy's exit codes are not to be trusted.
"""
