"""Runs: what one is, its key, the store, and who simulates it. Named so since ``experiments.runs`` is a public function."""
