"""Tables of counts: small cells withheld, and others so that no small one can be worked out."""
