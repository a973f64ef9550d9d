"""Who said yes to what: which rows of an extract may go to one recipient, and what others may know of how many not.

`apply_consent` (applying.py) is the way in; `band` (bands.py) makes a count fit for others' eyes.
"""
