"""Studies: designs over any keys, and several parts on one page of answers."""
