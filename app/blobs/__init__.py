"""Keep contents outside the database: in a folder, or in a bucket of an object store.

A content is written before the row that names it is committed, and deleted after the row is gone.
"""
