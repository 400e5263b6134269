+ MAYAVERSION:2025 maya_a2f 0.1.0 .
PYTHONPATH+:=.
icons: icons
scripts: maya_a2f/host/maya/scripts
plug-ins: maya_a2f/host/maya/plug_ins
+ MAYAVERSION:2026 maya_a2f 0.1.0 .
PYTHONPATH+:=.
icons: icons
scripts: maya_a2f/host/maya/scripts
plug-ins: maya_a2f/host/maya/plug_ins
+ MAYAVERSION:2027 maya_a2f 0.1.0 .
PYTHONPATH+:=.
icons: icons
scripts: maya_a2f/host/maya/scripts
plug-ins: maya_a2f/host/maya/plug_ins
