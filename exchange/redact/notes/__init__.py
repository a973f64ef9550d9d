"""Case notes: what in them tells who someone is, found and masked. A note is in Indonesian, English or both."""
