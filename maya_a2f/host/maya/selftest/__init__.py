"""Every point of the specification that nobody could verify without a Maya, as a small check; and one whole job."""
