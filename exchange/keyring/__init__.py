"""Keys and whom they belong to: our identity, the cards of others, who confirmed them, safety words.

It knows no agreement: whether a party may receive something is decided elsewhere; here is only whether a key is
that party's.
"""
