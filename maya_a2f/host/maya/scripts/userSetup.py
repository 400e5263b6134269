"""Maya runs every ``userSetup.py`` it finds on its script paths when it starts. This one makes the shelf and the menu.

It lies in a folder of its own because Maya puts the whole folder on its script path and Python's.
"""


def _start() -> None:
    try:
        from maya_a2f.host.maya.desktop import start_up

        start_up.start()
    except Exception as error:
        from maya import cmds

        cmds.warning(f"A2F could not start: {error}")


_start()
del _start
