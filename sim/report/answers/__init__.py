"""The answers of studies of several parts: what all share, and a folder a study, named as its yaml in ``configs/experiment``."""
