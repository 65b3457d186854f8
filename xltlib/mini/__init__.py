"""The mini profile: a generated parallel news corpus and the small models trained on it."""
