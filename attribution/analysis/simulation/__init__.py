"""Synthetic business between companies: a mechanism, and the tables it would leave.

``settings`` holds the knobs, ``draws`` the random numbers, ``mechanism`` what happens,
``records`` what of it is written down; ``results`` is the door.
"""
