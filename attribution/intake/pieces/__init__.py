"""Journeys of tables larger than memory, piece by piece."""
