"""The method `local_ranges`: the least range or set for each group (`partitioning.local_ranges`).

`axes` put values in an order, `holding` says who can be in a group at all; the steps are `cutting` and `moving`, which
asks `needs`; `labels` writes what was found, and reads it back.
"""
