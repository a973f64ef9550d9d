"""Caveats: what a reader must know before using the data, beside those that the agreement carries itself.

Each derived caveat follows from the account of a step, never from somebody's typing, so that what is said and what was
done cannot part. The kinds are a closed list (kinds.py). Figures that could point at people leave only in bands.

`derive` (deriving.py) is the way in: who is missing (missing.py), what happened to rows and tables (rows.py) and to
fields (fields.py), and how it stands to other periods and bundles (periods.py).
"""
