"""The steps of `local_ranges`: values along axes, cuts from the whole table down, moves between groups, labels."""
