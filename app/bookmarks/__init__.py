"""How far readers are in scripts, and what follows from it: nothing later is shown or said.

:mod:`app.bookmarks.reading` is the one way from a reader to what they have read.
"""
