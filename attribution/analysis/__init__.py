"""Studies of journeys and credits, and what follows from them."""
