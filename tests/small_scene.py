"""A character's scene with five shapes, one of them locked."""

SCENE = """//Maya ASCII 2025 scene
requires maya "2025";
currentUnit -l centimeter -a degree -t film;
createNode transform -n "face";
createNode mesh -n "faceShape" -p "face";
createNode mesh -n "faceShapeOrig" -p "face";
	setAttr ".io" yes;
	setAttr -s 4 ".vt[0:3]" 0 0 0 1 0 0 1 1 0 0 1 0;
	setAttr -s 4 ".ed[0:3]" 0 1 0 1 2 0 2 3 0 3 0 0;
	setAttr ".fc[0]" -type "polyFaces"
		f 4 0 1 2 3 ;
createNode blendShape -n "shapes";
	setAttr -s 5 ".w[0:4]" 0 0 0 0 0;
	setAttr -l on ".w[3]";
	setAttr ".it[0].itg[0].iti[6000].ipt" -type "pointArray" 1 0 -0.5 0 1 ;
	setAttr ".it[0].itg[0].iti[6000].ict" -type "componentList" 1 "vtx[0]";
	setAttr ".aal" -type "attributeAlias" {"jawOpen","weight[0]","mouthSmile_L","weight[1]"
		,"mouthSmile_R","weight[2]","eyeBlink_L","weight[3]","tail_wag","weight[4]"} ;
connectAttr "faceShapeOrig.w" "shapes.ip[0].ig";
connectAttr "faceShapeOrig.o" "shapes.orggeom[0]";
connectAttr "shapes.og[0]" "faceShape.i";
// End of face.ma
"""
