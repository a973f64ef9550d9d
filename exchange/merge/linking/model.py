"""From which probability on two reports count as one person, and from which a person is asked."""

LINK = 0.995
"""At or above: one person. Below, down to `ASK`: a person should look."""
ASK = 0.5
