"""Judges an animation of speech: what is good, what to look at and when; as text, as JSON and as one picture.

Everything is measured on the shipped head, from weights alone: the gap of the inner lips and the distance of the mouth
corners, in centimetres.
"""
