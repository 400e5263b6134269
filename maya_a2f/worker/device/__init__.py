"""The pipeline of regression packages on one torch device, many clips at a time. The only place beside the engines
that imports torch; everything also works without it, on the processor with numpy."""
