"""Journeys: one deal with its touches in order, as columns."""
