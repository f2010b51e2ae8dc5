"""Splitting deals from inside a program: a request in, a response out, no dataframe."""
