"""The door for dataframes: the only room that sees pandas and narwhals.

Whatever frame comes in becomes a :class:`~attribution.doors.frames.native.Table` of
numpy columns, and numpy columns become pandas frames on the way out.
"""
