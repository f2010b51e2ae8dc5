"""From a user's tables or paths to journeys."""
