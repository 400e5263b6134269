"""A voice for somebody's own face: their animation read, the default network fine-tuned on it, a package written."""
