"""Synthetic business between companies: a mechanism, and the tables it would leave.

``settings`` holds the knobs, ``draws`` the random numbers, ``weeks`` and
``mechanism`` what happens, ``world`` how long it goes on, ``records`` what of it is
written down; ``results`` is the door.
"""
