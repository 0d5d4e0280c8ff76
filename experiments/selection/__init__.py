"""The best of several arms, by a race in which those that fall behind drop out."""
