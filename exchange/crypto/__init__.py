"""Cryptography without policy: age files, SSH signatures, canonical JSON, hashes, boxes.

Nothing here knows parties, agreements or bundles, and nothing outside this room imports `nacl`, `cryptography` or
`rfc8785`. Callers choose no cipher: each thing is done in one way.
"""
