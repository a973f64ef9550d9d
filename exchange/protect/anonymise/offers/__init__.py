"""Where a plan cannot be met: what to change in it, and at what price (`best.offers`)."""
