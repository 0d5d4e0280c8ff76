"""A search over settings of an arm: what may vary, which candidates to try next, and what was tried."""
