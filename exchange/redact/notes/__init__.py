"""Case notes, free text in Indonesian, English or both: what in them tells who someone is, found and masked."""
