"""From weights to money, and to every table of it."""
