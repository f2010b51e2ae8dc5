"""Arithmetic on columns: segments, labels, instants and money. Numpy only."""
