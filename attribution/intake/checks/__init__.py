"""Checks of what comes in: each gives back clean columns and adds what it found."""
