"""Many recordings at once: a manifest becomes a plan of packs, and packs are run here or on other machines."""
