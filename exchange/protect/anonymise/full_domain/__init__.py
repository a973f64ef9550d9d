"""The method `full_domain`: one level of the ladder for each column, the best there is (`search.full_domain`).

`lattice` makes the groups of a node, `bounds` says what no node of a box can lose less than.
"""
