"""The methods `local_labels` and `local_suppression`: labels of the ladder for each group (`clustering.local_labels`).

`rungs` are the ladders as this search needs them. Its steps: `lining`, `gathering`, `settling`, `moving`. Cell
suppression is the same search on ladders with nothing between a value and "*" (`local_suppression.only_star`).
"""
