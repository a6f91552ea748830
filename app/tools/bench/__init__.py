"""``offbook bench``: load on the service, and the same load straight on its engine.

Needs the extra ``bench``. Nothing of the service imports this package.
"""
