"""Counts over the merged view: people with the doubt of the links, overlap, coverage, trends."""
