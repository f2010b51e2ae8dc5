"""The other sides: compiled loops, queries by hand, and other libraries."""
